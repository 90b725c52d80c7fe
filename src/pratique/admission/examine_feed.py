"""Every image that is pushed is examined, whether or not its project asks for it: whoever asks one day need not wait.

A feed and no step of the push: a project that asks for nothing pays nothing for it while it pushes.
"""

from collections.abc import Sequence
from typing import Protocol

from pratique.admission.examination import examine_later
from pratique.admission.store import scans
from pratique.admission.store.scans import Target
from pratique.clock import Clock
from pratique.db import Tx
from pratique.events import ManifestPushed
from pratique.jobs import OutboxRow
from pratique.oci import media


class Switches(Protocol):
    """What a project has asked for (projects)."""

    def scans_pushes(self, tx: Tx, project_id: int) -> bool:
        """Whether what is pushed has a scan record of its own (`auto_scan`)."""
        ...


class ExamineFeed:
    """Reads the outbox and enqueues. Where `auto_scan` is on it is noted that a scan was asked for."""

    def __init__(self, switches: Switches, clock: Clock) -> None:
        self._switches = switches
        self._clock = clock

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        pushed: dict[tuple[int, str], None] = {}
        for row in rows:
            event = row.event()
            if isinstance(event, ManifestPushed) and _is_cargo(event):
                pushed[event.project_id, event.digest] = None
        for project_id, digest in pushed:
            examine_later(tx, project_id, digest)
        projects = {project_id for project_id, _ in pushed}
        asking = {project_id for project_id in projects if self._switches.scans_pushes(tx, project_id)}
        scans.ask(tx, [Target(*one) for one in pushed if one[0] in asking], self._clock.now())


def _is_cargo(event: ManifestPushed) -> bool:
    return media.is_image(event.media_type) and not event.is_evidence
