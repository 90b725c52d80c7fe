"""Labels come off what is deleted, told by the outbox: the registry does not know labels.

A label that somebody puts on the same digest in the moment between its deletion and this goes too; labels decide
nothing at the gate.
"""

from collections.abc import Sequence

from pratique.db import Tx
from pratique.events import ManifestDeleted, RepositoryDeleted, kind_of
from pratique.jobs import OutboxRow
from pratique.oci.digest import Digest
from pratique.projects.labels import Labels

_KINDS = frozenset({kind_of(ManifestDeleted), kind_of(RepositoryDeleted)})


class LabelClearing:
    """A consumer for `jobs.Feed`."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """Take the labels off what these facts say is gone."""
        for row in rows:
            if row.kind not in _KINDS:
                continue
            event = row.event()
            if isinstance(event, ManifestDeleted):
                self._labels.forget(tx, event.repository, [Digest(event.digest)])
            elif isinstance(event, RepositoryDeleted):
                self._labels.forget(tx, event.repository)
