"""What the registry does to itself."""

from typing import Any

from pratique.events.base import Event


class TokenKeyRotated(Event, frozen=True, kw_only=True):
    """Access tokens are signed with a new key; an older one verifies until its last token has ended."""

    key_id: str
    retired: tuple[str, ...] = ()


class SettingsChanged(Event, frozen=True, kw_only=True):
    """An administrator changed settings of the running system. `before` and `after` hold what differs."""

    before: dict[str, Any]
    after: dict[str, Any]


class GarbageCollected(Event, frozen=True, kw_only=True):
    """A garbage collection has ended. A dry run only counts what it would have deleted."""

    blobs: int
    manifests: int
    freed_bytes: int
    is_dry_run: bool = False


class Scrubbed(Event, frozen=True, kw_only=True):
    """Stored blobs were read and hashed. `corrupt` are digests of other bytes, `missing` those of none."""

    checked: int
    checked_bytes: int
    corrupt: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class BackupMade(Event, frozen=True, kw_only=True):
    """A consistent copy of the database was written. `target` is the file's name, without its directory."""

    target: str
    size: int


class JobDied(Event, frozen=True, kw_only=True):
    """A job failed as often as it may and waits for an administrator, in `jobs`' dead letters."""

    job_id: int
    job: str
    error: str
