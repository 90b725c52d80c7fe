"""Reads the blobs of what has the shape of evidence, within the limits of gate.md 2, so that it can be verified."""

from dataclasses import dataclass, field

from pratique.blobs import BlobStore
from pratique.db import Database, Tx
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.evidence_shape import EvidenceLimits, EvidenceShape, evidence_shape
from pratique.oci.manifest import MANIFEST_LIMIT, Manifest, parse_manifest
from pratique.oci.names import fallback_tag_of
from pratique.registry.ports import EvidenceClaim, EvidenceLayer, Projects
from pratique.registry.store import blobs, manifests, repositories
from pratique.registry.values import Artifact, Repository


@dataclass(frozen=True, slots=True)
class ManifestLimits:
    """What a manifest may be at most. `size` in bytes; an index names at most `children` manifests."""

    size: int = MANIFEST_LIMIT
    children: int = 10_000
    evidence: EvidenceLimits = field(default_factory=EvidenceLimits)


class ClaimReader:
    """Turns a manifest that has the shape of evidence into a claim."""

    def __init__(
        self, database: Database, store: BlobStore, projects: Projects, limits: ManifestLimits
    ) -> None:
        self._database = database
        self._store = store
        self._projects = projects
        self._limits = limits

    def read(self, name: str, digest: Digest, manifest: Manifest, tag: str | None) -> EvidenceClaim | None:
        """The claim of what is pushed to `tag`, with its bytes.

        None: it has another shape, or a blob is missing here or not of the size its descriptor says.
        """
        shape = evidence_shape(manifest, tag, self._limits.evidence)
        if shape is None:
            return None
        with self._database.read() as tx:
            self._projects.project_of(tx, name)
            repository = repositories.by_name(tx, name)
            return None if repository is None else self._claimed(tx, repository, digest, shape)

    def again(
        self, tx: Tx, repository: Repository, stored: Artifact, subject: Digest
    ) -> EvidenceClaim | None:
        """The claim of what is stored here, as evidence of `subject`."""
        content = manifests.body_of(tx, stored.id)
        manifest = parse_manifest(content, stored.media_type, limit=len(content))
        # Classic evidence names its subject only by the tag it was pushed to.
        tag = None if manifest.subject else f"{fallback_tag_of(subject)}.sig"
        shape = evidence_shape(manifest, tag, self._limits.evidence)
        if shape is None or shape.subject != subject:
            return None
        return self._claimed(tx, repository, stored.digest, shape)

    def _claimed(
        self, tx: Tx, repository: Repository, digest: Digest, shape: EvidenceShape
    ) -> EvidenceClaim | None:
        for descriptor in shape.blobs():
            found = blobs.linked(tx, repository.id, descriptor.digest)
            if found is None or found[0] != descriptor.size or found[2]:
                return None
        layers = tuple(self._layer(layer.descriptor) for layer in shape.layers)
        return EvidenceClaim(
            project_id=repository.project_id,
            repository=repository.name,
            digest=digest,
            subject=shape.subject,
            config=self._layer(shape.config),
            layers=layers,
            size=shape.config.size + sum(layer.descriptor.size for layer in shape.layers),
        )

    def _layer(self, descriptor: Descriptor) -> EvidenceLayer:
        def read() -> bytes:
            with self._store.open(descriptor.digest) as source:
                return source.read(descriptor.size + 1)

        return EvidenceLayer(descriptor.media_type, descriptor.digest, descriptor.annotations, read)
