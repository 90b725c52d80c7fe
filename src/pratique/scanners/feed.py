"""What is pushed is scanned, in projects that ask for it and have a scanner beside our own examination."""

from collections.abc import Sequence

from pratique.db import Tx
from pratique.events import ManifestPushed
from pratique.jobs import OutboxRow
from pratique.oci import media
from pratique.scanners.ports import Switches
from pratique.scanners.scans import Scans
from pratique.scanners.values import Target


class ScanFeed:
    """Reads the outbox and asks for scans."""

    def __init__(self, scans: Scans, switches: Switches) -> None:
        self._scans = scans
        self._switches = switches

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        asking: dict[int, bool] = {}
        for row in rows:
            event = row.event()
            if (
                not isinstance(event, ManifestPushed)
                or event.is_evidence
                or not media.is_image(event.media_type)
            ):
                continue
            if event.project_id not in asking:
                asking[event.project_id] = self._switches.scans_pushes(tx, event.project_id)
            if asking[event.project_id]:
                self._scans.ask(tx, target_of(event))


def target_of(event: ManifestPushed) -> Target:
    """What was pushed."""
    return Target(event.project_id, event.repository, event.digest, event.media_type, event.size)
