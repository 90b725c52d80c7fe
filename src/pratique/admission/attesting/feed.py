"""Which facts have something said or taken away, beside examinations and imports."""

from collections.abc import Iterator, Sequence

from pratique import events
from pratique.access.principal import SYSTEM
from pratique.admission.attesting.forms import SWITCHES, asked_by
from pratique.admission.attesting.later import attest_later
from pratique.admission.countersign_sweep import sweep_later
from pratique.admission.store import attestations
from pratique.db import Tx
from pratique.events import Event
from pratique.jobs import OutboxRow
from pratique.oci.digest import Digest
from pratique.projects import Projects
from pratique.registry.store import repositories


class AttestFeed:
    """Reads the outbox and enqueues."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        wanted: dict[tuple[str, Digest], None] = {}
        for row in rows:
            event = row.event()
            if isinstance(event, events.ProjectUpdated) and {*event.before, *event.after}.intersection(
                SWITCHES
            ):
                sweep_later(tx, event.project_id)
            wanted |= dict.fromkeys(self._spoken_of(tx, event))
        for repository, digest in wanted:
            attest_later(tx, repository, digest)

    def _spoken_of(self, tx: Tx, event: Event) -> Iterator[tuple[str, Digest]]:
        """Artifacts that came, which may have been examined for another project, and whose referrers or selves went."""
        match event:
            case events.ManifestPushed(is_evidence=False):
                project = self._projects.by_id(tx, event.project_id)
                if project is not None and asked_by(project):
                    yield event.repository, Digest(event.digest)
            case events.ManifestDeleted():
                # What the registry takes away itself of its own is no fact about the subject.
                by_others = event.actor != SYSTEM.name
                for digest in (event.digest, event.subject if by_others else ""):
                    if digest and _is_known(tx, event.repository, Digest(digest)):
                        yield event.repository, Digest(digest)


def _is_known(tx: Tx, name: str, digest: Digest) -> bool:
    repository = repositories.by_name(tx, name)
    return repository is not None and bool(attestations.about(tx, repository.id, digest))
