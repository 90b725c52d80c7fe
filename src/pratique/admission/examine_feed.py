"""Every image that is pushed is examined, whether or not its project asks for it: whoever asks one day need not wait.

A feed and no step of the push: a project that asks for nothing pays nothing for it while it pushes.
"""

from collections.abc import Sequence

from pratique.admission.examination import examine_later
from pratique.db import Tx
from pratique.events import ManifestPushed
from pratique.jobs import OutboxRow
from pratique.oci import media


class ExamineFeed:
    """Reads the outbox and enqueues."""

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        pushed: dict[tuple[int, str], None] = {}
        for row in rows:
            event = row.event()
            if isinstance(event, ManifestPushed) and _is_cargo(event):
                pushed[event.project_id, event.digest] = None
        for project_id, digest in pushed:
            examine_later(tx, project_id, digest)


def _is_cargo(event: ManifestPushed) -> bool:
    return media.is_image(event.media_type) and not event.is_evidence
