"""Reads the blobs of what has the shape of evidence, within the limits of gate.md 2, so that it can be verified."""

from pratique.blobs import BlobStore
from pratique.db import Database, Tx
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.evidence_shape import EvidenceShape, evidence_shape
from pratique.oci.manifest import parse_manifest
from pratique.oci.names import fallback_tag_of
from pratique.registry.ports import EvidenceClaim, EvidenceLayer, Projects
from pratique.registry.store import blobs, manifests, repositories
from pratique.registry.values import Artifact, Repository


class ClaimReader:
    """Turns a shape into a claim."""

    def __init__(self, database: Database, store: BlobStore, projects: Projects) -> None:
        self._database = database
        self._store = store
        self._projects = projects

    def read(self, name: str, digest: Digest, shape: EvidenceShape) -> EvidenceClaim | None:
        """The claim with its bytes. None: a blob is missing here or not of the size its descriptor says."""
        with self._database.read() as tx:
            self._projects.project_of(tx, name)
            repository = repositories.by_name(tx, name)
            return None if repository is None else self._claimed(tx, repository, digest, shape)

    def again(self, tx: Tx, repository: Repository, evidence: Artifact) -> EvidenceClaim | None:
        """The claim of evidence that is stored here already."""
        if evidence.subject is None:
            return None
        manifest = parse_manifest(manifests.body_of(tx, evidence.id), evidence.media_type)
        # Classic evidence names its subject only by the tag it was pushed to.
        tag = None if manifest.subject else f"{fallback_tag_of(evidence.subject)}.sig"
        shape = evidence_shape(manifest, tag)
        return None if shape is None else self._claimed(tx, repository, evidence.digest, shape)

    def _claimed(
        self, tx: Tx, repository: Repository, digest: Digest, shape: EvidenceShape
    ) -> EvidenceClaim | None:
        for descriptor in shape.blobs():
            found = blobs.linked(tx, repository.id, descriptor.digest)
            if found is None or found[0] != descriptor.size or found[2]:
                return None
        layers = tuple(self._layer(layer.descriptor) for layer in shape.layers)
        config = self._layer(shape.config)
        return EvidenceClaim(repository.project_id, repository.name, digest, shape.subject, config, layers)

    def _layer(self, descriptor: Descriptor) -> EvidenceLayer:
        def read() -> bytes:
            with self._store.open(descriptor.digest) as source:
                return source.read(descriptor.size + 1)

        return EvidenceLayer(descriptor.media_type, descriptor.digest, descriptor.annotations, read)
