"""Which facts make the registry sign: verdicts, tags that come and go, classic signatures that others push."""

from collections.abc import Iterator, Sequence

from pratique import events
from pratique.access.principal import SYSTEM
from pratique.admission.countersign import countersign_later
from pratique.admission.countersign_sweep import sweep_later
from pratique.batches import batched
from pratique.db import Tx
from pratique.events import Event
from pratique.jobs import OutboxRow
from pratique.oci.digest import Digest
from pratique.oci.names import evidence_tag_subject
from pratique.projects import Projects
from pratique.registry.store import repositories, tags
from pratique.registry.values import Repository
from pratique.trust.store import signing

DEMANDS = frozenset({"admission", "prevent_vul"})
"""Metadata by which a project comes to ask for something, or for nothing."""
NAMES_AT_ONCE = 1_000
"""Docker-references looked for by one statement."""


class CountersignFeed:
    """Reads the outbox and enqueues. `host` is what clients call the registry."""

    def __init__(self, projects: Projects, host: str) -> None:
        self._projects = projects
        self._host = host

    def consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:
        """As `jobs.Consume`."""
        wanted: dict[tuple[str, Digest], None] = {}
        for row in rows:
            event = row.event()
            if isinstance(event, events.ProjectUpdated) and DEMANDS & {*event.before, *event.after}:
                sweep_later(tx, event.project_id)
            elif isinstance(event, events.InRepository):
                self._note(tx, event, wanted)
        for repository, digest in wanted:
            countersign_later(tx, repository, digest)

    def _note(self, tx: Tx, event: events.InRepository, wanted: dict[tuple[str, Digest], None]) -> None:
        if not _is_of_interest(event):
            return
        repository = repositories.by_name(tx, event.repository)
        project = self._projects.by_id(tx, event.project_id)
        # What an open project held before is seen to by the sweep that followed its turning.
        if repository is None or project is None or project.asks_for_nothing:
            return
        for digest in (*_spoken_of(event), *self._sharing(tx, repository, event)):
            wanted[repository.name, digest] = None

    def _sharing(self, tx: Tx, repository: Repository, event: Event) -> list[Digest]:
        """What is signed by the name of a tag that this fact has moved: it may be another's by now."""
        names: set[str] = set()
        if isinstance(event, events.TagMoved | events.TagDeleted):
            # Nothing else has moved: a digest may have any number of tags, and each of them such an event.
            names = {event.tag}
        elif isinstance(event, events.VerdictChanged):
            sides = tags.of_digest(tx, repository.id, Digest(event.digest))
            names = {one.name for one in sides if one.admitted == event.digest}
        asked = [f"{self._host}/{repository.name}:{name}" for name in sorted(names)]
        found = (signing.subjects_named(tx, repository.id, some) for some in batched(asked, NAMES_AT_ONCE))
        return list(dict.fromkeys(digest for some in found for digest in some))


def _is_of_interest(event: events.InRepository) -> bool:
    """What the registry writes and deletes itself makes no further work."""
    if isinstance(event, events.VerdictChanged):
        return True
    followed = events.TagMoved | events.TagDeleted | events.ManifestDeleted
    return isinstance(event, followed) and event.actor != SYSTEM.name


def _spoken_of(event: Event) -> Iterator[Digest]:
    """The artifacts that a fact is about; of evidence, its subject."""
    match event:
        case events.VerdictChanged():
            yield Digest(event.digest)
        case events.TagMoved() | events.TagDeleted():
            yield evidence_tag_subject(event.tag) or Digest(event.digest)
            if isinstance(event, events.TagMoved) and event.previous:
                yield Digest(event.previous)
        case events.ManifestDeleted():
            yield Digest(event.subject or event.digest)
