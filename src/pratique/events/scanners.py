"""What happens to other scanners, and what they have done."""

from typing import Any

from pratique.events.base import Event, InProject, InRepository


class ScannerRegistered(Event, frozen=True, kw_only=True):
    """A scanner was registered."""

    scanner: str
    scanner_id: str
    url: str


class ScannerChanged(Event, frozen=True, kw_only=True):
    """A registration was changed, or became the default one. `before` and `after` hold what differs."""

    scanner: str
    scanner_id: str
    before: dict[str, Any]
    after: dict[str, Any]


class ScannerRemoved(Event, frozen=True, kw_only=True):
    """A scanner was taken away, with what it had found."""

    scanner: str
    scanner_id: str


class ProjectScannerChanged(InProject, frozen=True, kw_only=True):
    """A project uses another scanner than before."""

    scanner: str
    previous: str


class ForeignScanEnded(InRepository, frozen=True, kw_only=True):
    """Another scanner has looked into an image, or has failed to. `state` is Success, Error or Stopped."""

    digest: str
    scanner: str
    capability: str
    state: str
    findings: int = 0
    problem: str = ""
