"""Lists: tags, repositories, referrers. Listing is a way out too: what is refused is not listed (gate.md 6)."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from pratique.access.principal import Tier
from pratique.db import Database, Tx
from pratique.errors import Quarantined
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.names import fallback_tag_of
from pratique.registry.ports import Gate
from pratique.registry.pull import seen
from pratique.registry.store import manifests, repositories, tags
from pratique.registry.values import Artifact, Page, Reader, Repository


@dataclass(frozen=True, slots=True)
class Shelf:
    """The projects whose repositories a principal may list: all of them, or the admitted side only."""

    inspected: frozenset[int]
    admitted_only: frozenset[int]


@dataclass(frozen=True, slots=True)
class Referrers:
    """A page of referrers; `last` is the cursor of the next page, None when there is none."""

    descriptors: tuple[Descriptor, ...]
    last: str | None


class Lister:
    """Lists what a reader may see."""

    def __init__(self, database: Database, gate: Gate, *, referrers_page: int) -> None:
        self._database = database
        self._gate = gate
        self._referrers_page = referrers_page

    def tags(self, name: str, reader: Reader, page: Page) -> list[str]:
        """Names of tags: to READ only those with an admitted side. Raises RepositoryUnknown."""
        with self._database.read() as tx:
            repository = seen(tx, name, reader)
            return tags.listed(tx, repository.id, page, admitted_only=reader.tier < Tier.INSPECT)

    def catalog(self, shelf: Shelf | None, page: Page) -> list[str]:
        """Names of repositories. `shelf` None: of every project, whatever their state."""
        with self._database.read() as tx:
            if shelf is None:
                found = repositories.listed(tx, page, project_ids=None)
            else:
                ids = shelf.inspected | shelf.admitted_only
                found = repositories.listed(tx, page, project_ids=ids, admitted_only=shelf.admitted_only)
            return [repository.name for repository in found]

    def referrers(
        self, name: str, subject: Digest, reader: Reader, artifact_type: str | None, last: str | None = None
    ) -> Referrers:
        """What refers to a subject (distribution-spec, "Listing Referrers"): never an error for an unknown one.

        Of a refused subject READ gets an empty list, else what is let out. Manifests listed by an index at the
        fallback tag are folded in.
        """
        with self._database.read() as tx:
            repository = repositories.by_name(tx, name)
            if repository is not None:
                seen(tx, name, reader)
            if repository is None or not self._shows_subject(tx, repository, subject, reader):
                return Referrers((), None)
            found: list[Descriptor] = []
            for artifact in self._candidates(tx, repository, subject):
                if last is not None and artifact.digest <= last:
                    continue
                if artifact_type is not None and artifact.artifact_type != artifact_type:
                    continue
                if not self._is_let_out(tx, repository, artifact, reader):
                    continue
                if len(found) == self._referrers_page:
                    return Referrers(tuple(found), found[-1].digest)
                found.append(self._descriptor(tx, artifact))
            return Referrers(tuple(found), None)

    def _shows_subject(self, tx: Tx, repository: Repository, subject: Digest, reader: Reader) -> bool:
        spoken_of = manifests.by_digest(tx, repository.id, subject)
        if spoken_of is None:
            return True  # nothing that it could hide; each referrer is still asked for itself
        return self._is_let_out(tx, repository, spoken_of, reader)

    def _is_let_out(self, tx: Tx, repository: Repository, artifact: Artifact, reader: Reader) -> bool:
        try:
            self._gate.let_out(tx, reader, repository, artifact)
        except Quarantined:
            return False
        return True

    def _candidates(self, tx: Tx, repository: Repository, subject: Digest) -> Iterator[Artifact]:
        found = {artifact.digest: artifact for artifact in manifests.referring_to(tx, repository.id, subject)}
        for digest in self._folded(tx, repository, subject):
            if digest not in found:
                artifact = manifests.by_digest(tx, repository.id, digest)
                if artifact is not None:
                    found[digest] = artifact
        yield from (found[digest] for digest in sorted(found))

    def _folded(self, tx: Tx, repository: Repository, subject: Digest) -> list[Digest]:
        """Children of an index at the fallback tag (distribution-spec, "Enabling the Referrers API").

        Children that name another subject themselves are not this one's referrers, whoever lists them.
        """
        sides = tags.by_name(tx, repository.id, fallback_tag_of(subject))
        index = manifests.by_digest(tx, repository.id, sides.candidate) if sides else None
        if index is None or not index.is_index or index.digest == subject:
            return []
        children = [child for child, _ in manifests.children_of(tx, index.id)]
        return [child.digest for child in children if child.subject in (None, subject)]

    def _descriptor(self, tx: Tx, artifact: Artifact) -> Descriptor:
        annotations = msgspec.json.decode(manifests.annotations_of(tx, artifact.id), type=dict[str, str])
        return Descriptor(
            media_type=artifact.media_type,
            digest=artifact.digest,
            size=artifact.size,
            artifact_type=artifact.artifact_type,
            annotations=annotations,
        )
