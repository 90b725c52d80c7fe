"""Deleting manifests, tags, blob links and repositories (distribution-spec, "Content Management").

Bytes stay until garbage collection finds that nothing names them.
"""

from pratique.access.principal import Principal
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import BlobUnknown, ManifestUnknown, PreconditionFailed, StillNamed
from pratique.events import BlobDeleted, ManifestDeleted, RepositoryDeleted, TagDeleted
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.registry import referrers_tag
from pratique.registry.ports import Gate
from pratique.registry.pull import known
from pratique.registry.store import blobs, manifests, repositories, tags
from pratique.registry.values import Artifact, Repository

REPOSITORY_LIMIT = 20_000
"""Manifests that a repository may have to be deleted in one transaction; above, delete artifacts first."""


class Deleter:
    """Takes things out. Whether somebody may is decided at the door."""

    def __init__(self, database: Database, gate: Gate, clock: Clock) -> None:
        self._database = database
        self._gate = gate
        self._clock = clock

    def manifest(self, name: str, digest: Digest, by: Principal) -> None:
        """Delete a manifest, and take it from both sides of its tags. Raises ManifestUnknown, RepositoryUnknown."""

        def work(tx: Tx) -> None:
            repository = self._locked(tx, name)
            artifact = manifests.by_digest(tx, repository.id, digest)
            if artifact is None:
                raise ManifestUnknown(f"{name} has no manifest {digest}")
            self.remove(tx, repository, artifact, by)

        self._database.write(work)

    def tag(self, name: str, tag: str, by: Principal) -> None:
        """Delete a tag with both its sides; the manifests stay. Raises ManifestUnknown, RepositoryUnknown."""

        def work(tx: Tx) -> None:
            repository = self._locked(tx, name)
            sides = tags.by_name(tx, repository.id, tag)
            if sides is None:
                raise ManifestUnknown(f"{name} has no tag {tag}")
            tags.remove(tx, repository.id, tag)
            tx.touch(f"tag:{name}:{tag}")
            publish(tx, TagDeleted(actor=by.name, **repository.place, tag=tag, digest=sides.candidate))

        self._database.write(work)

    def blob(self, name: str, digest: Digest, by: Principal) -> None:
        """Take a blob out of a repository. Raises BlobUnknown, and StillNamed while a manifest here names it."""

        def work(tx: Tx) -> None:
            repository = self._locked(tx, name)
            found = blobs.linked(tx, repository.id, digest)
            if found is None:
                raise BlobUnknown(f"{name} has no blob {digest}")
            if blobs.is_named(tx, repository.id, digest):
                raise StillNamed(f"a manifest of {name} names {digest}; delete the manifest first")
            blobs.unlink(tx, repository.id, digest)
            tx.touch(f"blob:{name}@{digest}")
            publish(tx, BlobDeleted(actor=by.name, **repository.place, digest=digest, size=found[0]))

        self._database.write(work)

    def repository(self, name: str, by: Principal) -> None:
        """Delete a repository with all it holds. Raises RepositoryUnknown, PreconditionFailed when it is too large."""

        def work(tx: Tx) -> None:
            repository = self._locked(tx, name)
            if manifests.count(tx, repository.id) > REPOSITORY_LIMIT:
                raise PreconditionFailed(
                    f"{name} holds more than {REPOSITORY_LIMIT} manifests; delete artifacts until it does not"
                )
            for artifact in manifests.all_of(tx, repository.id):
                self.remove(tx, repository, artifact, by, quietly=True)
            tags.remove_all(tx, repository.id)
            blobs.unlink_all(tx, repository.id)
            repositories.remove(tx, repository.id)
            tx.touch(f"repository:{name}")
            publish(tx, RepositoryDeleted(actor=by.name, **repository.place))

        self._database.write(work)

    def hold(self, tx: Tx, repository: Repository) -> None:
        """Hold what whoever deletes in a repository must hold: the gate first, as everybody does."""
        self._gate.hold(tx, repository.project_id)
        repositories.lock(tx, repository.id, self._clock.now())

    def remove(
        self, tx: Tx, repository: Repository, artifact: Artifact, by: Principal, *, quietly: bool = False
    ) -> None:
        """Delete a manifest inside a transaction. `quietly`: its repository goes too, so nothing is judged or told."""
        gone: tuple[str, ...] = ()
        if not quietly:
            gone = tuple(sides.name for sides in tags.of_digest(tx, repository.id, artifact.digest))
            tags.remove_digest(tx, repository.id, artifact.digest)
        self._gate.removed(tx, repository, artifact, quietly=quietly)
        manifests.remove(tx, artifact.id)
        if quietly:
            return
        if artifact.is_evidence and artifact.subject is not None:
            referrers_tag.settle(tx, repository, artifact.subject, by, self._clock.now())
        tx.touch(f"repository:{repository.name}")
        publish(
            tx,
            ManifestDeleted(
                actor=by.name,
                **repository.place,
                digest=artifact.digest,
                media_type=artifact.media_type,
                subject=artifact.subject or "",
                tags=gone,
            ),
        )

    def _locked(self, tx: Tx, name: str) -> Repository:
        repository = known(tx, name)
        self.hold(tx, repository)
        return repository
