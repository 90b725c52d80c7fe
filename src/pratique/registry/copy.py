"""Copying an artifact into another repository of this registry: a pull from the source, a push into the target.

The gate of the source is asked for every manifest and blob, as for any pull (gate.md 6); the copy is judged in its new
home. Children come first, then the artifact, then its evidence, the tag last: an interruption leaves untagged content
and never half an artifact under a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pratique.access.principal import Principal, Tier
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import BadRequest
from pratique.events import CopyMade
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.oci.manifest import Kind, Manifest, parse_manifest
from pratique.oci.names import evidence_tag_subject, fallback_tag_of, is_fallback_tag
from pratique.registry import quota
from pratique.registry.founding import founded
from pratique.registry.inscribing import is_inscribed
from pratique.registry.ports import Gate, Projects
from pratique.registry.pull import Puller, known, seen
from pratique.registry.push import Pusher, Received
from pratique.registry.store import blobs, manifests, tags
from pratique.registry.values import Artifact, Reader, Repository

COPY_LIMIT = 2_000
"""Manifests of one copy: an index's children, theirs, and the evidence of all of them."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One manifest to copy, what to push it as, and the blobs of the repository that it names, with their sizes."""

    digest: Digest
    reference: str
    media_type: str
    content: bytes
    blobs: Mapping[Digest, int]


class Copier:
    """Copies. `lease` (microseconds) keeps linked blobs until the manifest that names them is there."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        projects: Projects,
        puller: Puller,
        pusher: Pusher,
        clock: Clock,
        *,
        lease: int,
    ) -> None:
        self._database = database
        self._gate = gate
        self._projects = projects
        self._puller = puller
        self._pusher = pusher
        self._clock = clock
        self._lease = lease

    def copy(self, source: str, reference: str, reader: Reader, target: str, by: Principal) -> Digest:
        """Copy what `reference` means to `reader` in `source`, with its evidence, tag included.

        Raises RepositoryUnknown, ManifestUnknown, Quarantined, BadRequest (too many manifests), and what a push
        raises.
        """
        with self._database.read() as tx:
            repository = seen(tx, source, reader)
            artifact, tag = self._puller.resolve(tx, repository, reference, reader)
            pieces = self._pieces(tx, repository, artifact, _of_contents(reader))
        for piece in pieces:
            self._link(target, piece.blobs, by)
            self._put(target, piece, piece.reference, by)
        if tag is not None:
            main = next(piece for piece in pieces if piece.digest == artifact.digest)
            self._put(target, main, tag, by)
        self._tell(source, target, artifact.digest, tag, by)
        return artifact.digest

    def _pieces(self, tx: Tx, repository: Repository, artifact: Artifact, reader: Reader) -> list[_Piece]:
        """Everything to copy, each once, in the order in which it can be pushed."""
        pieces: dict[Digest, _Piece] = {}
        self._add(tx, repository, artifact, reader, pieces)
        return list(pieces.values())

    def _add(
        self, tx: Tx, repository: Repository, artifact: Artifact, reader: Reader, pieces: dict[Digest, _Piece]
    ) -> None:
        if artifact.digest in pieces:
            return
        if len(pieces) >= COPY_LIMIT:
            raise BadRequest(f"a copy takes {COPY_LIMIT} manifests at most; copy its parts one by one")
        self._gate.let_out(tx, reader, repository, artifact)
        for child, _ in manifests.children_of(tx, artifact.id):
            self._add(tx, repository, child, reader, pieces)
        pieces[artifact.digest] = self._piece(tx, repository, artifact, reader)
        if not artifact.is_evidence:
            for evidence in manifests.evidence_of(tx, repository.id, artifact.digest):
                # What the registry signed speaks of this place; its new home signs by its own rules.
                if not is_inscribed(evidence):
                    self._add(tx, repository, evidence, reader, pieces)

    def _piece(self, tx: Tx, repository: Repository, artifact: Artifact, reader: Reader) -> _Piece:
        content = manifests.body_of(tx, artifact.id)
        manifest = parse_manifest(content, artifact.media_type, limit=len(content))
        named = [blob.digest for blob in (*manifest.blobs(), *manifest.optional_blobs())]
        there = {digest: found[0] for digest in named if (found := blobs.linked(tx, repository.id, digest))}
        for digest in there:
            self._gate.let_blob_out(tx, reader, repository, digest)
        reference = _reference(tx, repository, artifact, manifest)
        return _Piece(artifact.digest, reference, artifact.media_type, content, there)

    def _link(self, target: str, sizes: Mapping[Digest, int], by: Principal) -> None:
        def work(tx: Tx) -> None:
            now = self._clock.now()
            repository = founded(tx, self._projects, target, by, now)
            for digest, size in sizes.items():
                quota.check_room(tx, self._projects, repository.project_id, digest, size)
                blobs.link(tx, repository.id, digest, now=now, until=Moment(now + self._lease))

        if sizes:
            self._database.write(work)

    def _put(self, target: str, piece: _Piece, reference: str, by: Principal) -> None:
        self._pusher.put(Received(target, reference, piece.content, piece.media_type), by)

    def _tell(self, source: str, target: str, digest: Digest, tag: str | None, by: Principal) -> None:
        def work(tx: Tx) -> None:
            place = known(tx, target).place
            publish(
                tx, CopyMade(actor=by.name, **place, digest=digest, source_repository=source, tag=tag or "")
            )

        self._database.write(work)


def _of_contents(reader: Reader) -> Reader:
    """A copy carries contents: of what is refused, INSPECT reads manifests, and takes nothing away (gate.md 6)."""
    return replace(reader, tier=Tier.READ) if reader.tier is Tier.INSPECT else reader


def _reference(tx: Tx, repository: Repository, artifact: Artifact, manifest: Manifest) -> str:
    """Classic evidence says by its tag alone what it speaks of, so it is pushed to that tag.

    What was overwritten there is evidence still: it goes to the tag first, and what came later over it, as it was here.
    """
    if not artifact.is_evidence or artifact.subject is None or manifest.subject is not None:
        return artifact.digest
    names = [sides.name for sides in tags.of_digest(tx, repository.id, artifact.digest)]
    told = [name for name in names if evidence_tag_subject(name) or is_fallback_tag(name)]
    if told or manifest.kind is Kind.INDEX:
        return told[0] if told else fallback_tag_of(artifact.subject)
    return f"{fallback_tag_of(artifact.subject)}.{_suffix(manifest)}"


def _suffix(manifest: Manifest) -> str:
    """Which of cosign's tags evidence without one was pushed to, by what it carries."""
    schemes = {scheme_of(layer.media_type) for layer in manifest.layers}
    if Scheme.COSIGN_SIMPLESIGNING in schemes:
        return "sig"
    return "att" if schemes & {Scheme.DSSE, Scheme.IN_TOTO} else "sbom"
