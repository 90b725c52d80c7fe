"""The one way out (design, wall 1): every byte that leaves asks the gate here.

Manifests by tag and digest, blobs, and the handles that file senders use. Which side of a tag a reader gets is
decided in `resolve` (gate.md 4); whether he gets it at all, by the gate (gate.md 5 and 6).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from pratique.access.principal import Tier
from pratique.blobs import BlobStore, ByteRange, LocalPath
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import BlobUnknown, Corrupt, ManifestUnknown, Quarantined, RepositoryUnknown
from pratique.oci.digest import Digest, is_digest, parse_digest
from pratique.oci.names import check_tag, evidence_tag_subject
from pratique.registry.ports import Gate
from pratique.registry.store import blobs, manifests, repositories, tags
from pratique.registry.values import Artifact, Passage, Pulled, PulledBlob, Reader, Repository, TagSides


class Puller:
    """Reads for clients. `candidate_window` (microseconds): how long a candidate goes to whoever pushed it."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        gate: Gate,
        clock: Clock,
        *,
        candidate_window: int,
        paths: LocalPath | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._gate = gate
        self._clock = clock
        self._window = candidate_window
        self._paths = paths

    def manifest(self, name: str, reference: str, reader: Reader) -> Pulled:
        """A manifest by tag or digest.

        Raises RepositoryUnknown, ManifestUnknown, DigestInvalid, TagInvalid, Quarantined.
        """
        with self._database.read() as tx:
            repository = seen(tx, name, reader)
            artifact, sides = self._resolved(tx, repository, reference, reader)
            passage = self._gate.let_out(tx, reader, repository, artifact)
            return Pulled(repository, artifact, manifests.body_of(tx, artifact.id), passage, sides)

    def blob(self, name: str, digest: Digest, reader: Reader, *, head: bool = False) -> PulledBlob:
        """A blob of the repository, if the gate lets it out. Raises BlobUnknown, Quarantined, Corrupt.

        `head`: only its headers are asked for. Whoever may push here learns by HEAD that a linked blob is there, or
        every second push breaks (gate.md 6); the door then sets `reader.may_push`, for Basic credentials too.
        """
        with self._database.read() as tx:
            if head and reader.may_push:
                repository = known(tx, name)
                return PulledBlob(repository, digest, self._to_push(tx, repository, digest), Passage())
            repository = seen(tx, name, reader)
            size = self._linked(tx, repository, digest)
            passage = self._gate.let_blob_out(tx, reader, repository, digest)
            return PulledBlob(repository, digest, size, passage)

    def lets_blob_out(self, tx: Tx, repository: Repository, digest: Digest, reader: Reader) -> bool:
        """Whether `blob` would let it out, inside a transaction: for mounts and copies, whose refusals are silent."""
        found = blobs.linked(tx, repository.id, digest)
        if found is None or found[2] or reader.tier is Tier.NONE:
            return False
        try:
            self._gate.let_blob_out(tx, reader, repository, digest)
        except Quarantined:
            return False
        return True

    def open_blob(
        self, pulled: PulledBlob, within: ByteRange | None = None
    ) -> AbstractContextManager[BinaryIO]:
        """The bytes of a blob that was let out."""
        return self._store.open(pulled.digest, within)

    def path_of_blob(self, pulled: PulledBlob) -> Path | None:
        """The file of a blob that was let out, where blobs are local files."""
        return self._paths.path_of(pulled.digest) if self._paths else None

    def resolve(
        self, tx: Tx, repository: Repository, reference: str, reader: Reader
    ) -> tuple[Artifact, str | None]:
        """The artifact that a reference means to a reader, and the tag it was asked by. Raises ManifestUnknown."""
        artifact, sides = self._resolved(tx, repository, reference, reader)
        return artifact, sides.name if sides else None

    def _resolved(
        self, tx: Tx, repository: Repository, reference: str, reader: Reader
    ) -> tuple[Artifact, TagSides | None]:
        if is_digest(reference):
            found = manifests.by_digest(tx, repository.id, parse_digest(reference))
            if found is None:
                raise ManifestUnknown(f"{repository.name} has no manifest {reference}")
            return found, None
        tag = check_tag(reference)
        self._hold_back_evidence(tx, repository, tag, reader)
        sides = tags.by_name(tx, repository.id, tag)
        if sides is None:
            raise ManifestUnknown(f"{repository.name} has no tag {tag}")
        digest = self.side_of(sides, reader, lambda side: self._is_admitted(tx, repository, side))
        found = manifests.by_digest(tx, repository.id, digest)
        if found is None:
            raise ManifestUnknown(f"{repository.name}:{tag} names {digest}, which is gone")
        return found, sides

    def side_of(self, sides: TagSides, reader: Reader, is_admitted: Callable[[Digest], bool]) -> Digest:
        """Which side of a tag a reader gets (gate.md 4, "By tag everybody gets the admitted side, except")."""
        if sides.is_single or sides.candidate == sides.admitted:
            return sides.candidate
        if reader.may_push or reader.holds_inspect or self._pushed_it_lately(sides, reader):
            return sides.candidate
        refused = sides.admitted is None or not is_admitted(sides.admitted)
        if refused and reader.tier >= Tier.INSPECT:
            return sides.candidate
        return sides.admitted or sides.candidate

    def _pushed_it_lately(self, sides: TagSides, reader: Reader) -> bool:
        recent = self._clock.now() - sides.candidate_at <= self._window
        return recent and sides.candidate_by == reader.principal.key and reader.tier >= Tier.INSPECT

    def _is_admitted(self, tx: Tx, repository: Repository, digest: Digest) -> bool:
        found = manifests.by_digest(tx, repository.id, digest)
        return found is not None and self._gate.is_admitted(tx, repository, found)

    def _hold_back_evidence(self, tx: Tx, repository: Repository, tag: str, reader: Reader) -> None:
        """Evidence tags of a refused subject say why, whether or not the tag is there (gate.md 6)."""
        subject = evidence_tag_subject(tag)
        if subject is None or reader.tier >= Tier.INSPECT:
            return
        spoken_of = manifests.by_digest(tx, repository.id, subject)
        if spoken_of is not None:
            self._gate.let_out(tx, reader, repository, spoken_of)

    def _linked(self, tx: Tx, repository: Repository, digest: Digest) -> int:
        found = blobs.linked(tx, repository.id, digest)
        if found is None:
            raise BlobUnknown(f"{repository.name} has no blob {digest}")
        size, _, corrupt = found
        if corrupt:
            raise Corrupt(f"the stored bytes of {digest} are damaged; push them again to heal it")
        return size

    def _to_push(self, tx: Tx, repository: Repository, digest: Digest) -> int:
        """The size, for somebody who asks whether he need push it: damaged bytes count as missing, so he heals them."""
        found = blobs.linked(tx, repository.id, digest)
        if found is None or found[2]:
            raise BlobUnknown(f"{repository.name} has no blob {digest}")
        return found[0]

    def now(self) -> Moment:
        """The registry's time, by which answers are kept warm."""
        return self._clock.now()


def seen(tx: Tx, name: str, reader: Reader) -> Repository:
    """The repository of that name, for somebody who may read there: to all others there is none.

    Raises RepositoryUnknown. The doors say 401 or 404 before; what comes here past them is let nothing out.
    """
    repository = known(tx, name)
    if reader.tier is Tier.NONE:
        raise RepositoryUnknown(f"there is no repository {name}")
    return repository


def known(tx: Tx, name: str) -> Repository:
    """The repository of that name. Raises RepositoryUnknown."""
    repository = repositories.by_name(tx, name)
    if repository is None:
        raise RepositoryUnknown(f"there is no repository {name}")
    return repository
