"""What the registry itself writes about an artifact: signatures and summaries, by a path of their own (gate.md 2).

Nothing written here is examined, and none of it is ever kept as evidence: no record of verification is made, so no
verdict rests on it and no evidence digest changes. It is evidence in shape only: let out with its subject, kept with
it, listed among its referrers. `SYSTEM` stands as its pusher, and tells it from what others pushed.
"""

import uuid
from collections.abc import Mapping

from pratique.access.principal import SYSTEM
from pratique.blobs import Spool
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.events import ManifestDeleted
from pratique.jobs import publish
from pratique.oci.digest import Digest, digest_of
from pratique.oci.manifest import parse_manifest
from pratique.registry import referrers_tag
from pratique.registry.disposal import Disposal, Store
from pratique.registry.entering import Entry, enter, point
from pratique.registry.ports import Gate
from pratique.registry.store import blobs, manifests, repositories, tags
from pratique.registry.values import Artifact, Repository


def is_inscribed(artifact: Artifact) -> bool:
    """Whether the registry wrote a manifest."""
    return artifact.is_evidence and artifact.pushed_by == SYSTEM.key


class Inscriber:
    """Writes and takes away. `lease` is for blobs that no manifest names yet, as an upload's; microseconds."""

    def __init__(
        self, database: Database, spool: Spool, store: Store, gate: Gate, clock: Clock, *, lease: int
    ) -> None:
        self._spool = spool
        self._store = store
        self._gate = gate
        self._clock = clock
        self._lease = lease
        self._disposal = Disposal(database, store)

    def lay_down(self, contents: Mapping[Digest, bytes]) -> None:
        """Store blobs durably, before the transaction that names them. Raises Unavailable when the disk is full."""
        for digest, content in contents.items():
            if self._store.stat(digest) == len(content):
                continue
            upload = str(uuid.uuid4())
            self._spool.begin(upload)
            with self._spool.append(upload, 0) as writer:
                writer.write(content)
            self._spool.commit(upload, digest)

    def hold(self, tx: Tx, repository: Repository) -> None:
        """Hold project and repository until the transaction ends, in the order of pushes."""
        self._gate.hold(tx, repository.project_id)
        repositories.hold(tx, repository.id)

    def write(
        self,
        tx: Tx,
        repository: Repository,
        subject: Digest,
        manifest: bytes,
        contents: Mapping[Digest, bytes],
        tag: str = "",
    ) -> Artifact:
        """Store a manifest about `subject` whose blobs are laid down or here already, at `tag` if it needs one.

        Raises Unavailable when a blob was cleared away meanwhile: lay it down again.
        """
        now = self._clock.now()
        for digest, content in contents.items():
            self._record(tx, repository, digest, len(content), now)
        entry = Entry(parse_manifest(manifest), digest_of(manifest), manifest, subject, (tag,) if tag else ())
        there = manifests.by_digest(tx, repository.id, entry.digest)
        artifact = there or enter(tx, repository, entry, SYSTEM, now)
        if tag:
            point(tx, repository, artifact, tag, SYSTEM, now)
        else:
            referrers_tag.settle(tx, repository, subject, SYSTEM, now)
        tx.touch(f"repository:{repository.name}")
        return artifact

    def point(self, tx: Tx, repository: Repository, artifact: Artifact, tag: str) -> None:
        """Point a tag of evidence at a manifest that is here."""
        point(tx, repository, artifact, tag, SYSTEM, self._clock.now())

    def take_away(self, tx: Tx, repository: Repository, artifact: Artifact) -> None:
        """Delete a manifest; nothing is judged by that."""
        gone = tuple(sides.name for sides in tags.of_digest(tx, repository.id, artifact.digest))
        tags.remove_digest(tx, repository.id, artifact.digest)
        self._gate.removed(tx, repository, artifact, quietly=True)
        manifests.remove(tx, artifact.id)
        if artifact.subject is not None:
            referrers_tag.settle(tx, repository, artifact.subject, SYSTEM, self._clock.now())
        tx.touch(f"repository:{repository.name}")
        event = ManifestDeleted(
            actor=SYSTEM.name,
            **repository.place,
            digest=artifact.digest,
            media_type=artifact.media_type,
            subject=artifact.subject or "",
            tags=gone,
        )
        publish(tx, event)

    def _record(self, tx: Tx, repository: Repository, digest: Digest, size: int, now: Moment) -> None:
        until = Moment(now + self._lease)
        self._disposal.hold(tx, digest, size)
        blobs.put(tx, digest, size, now=now, until=until)
        blobs.link(tx, repository.id, digest, now=now, until=until)
