"""The registry's rooms over real stores and an open gate, joined by hand: for tests below admission and HTTP."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes import NumberedProjects, OpenGate, TabledRights

from pratique.access.principal import Kind, Principal
from pratique.blobs import Layout, LocalBlobs, LocalSpool
from pratique.clock import DAY, MINUTE, SECOND, Clock
from pratique.db import Database
from pratique.oci.digest import Digest, digest_of
from pratique.registry.backup import Backup
from pratique.registry.claims import ClaimReader, ManifestLimits
from pratique.registry.collect import Collector, Outcome
from pratique.registry.delete import Deleter
from pratique.registry.doctor import Doctor
from pratique.registry.mounts import Mounts
from pratique.registry.pull import Puller
from pratique.registry.push import Pusher, Received
from pratique.registry.recover import Recovery
from pratique.registry.rehearse import Rehearsal
from pratique.registry.scrub import Scrubber
from pratique.registry.sweep import Gone, Sweep, Terms
from pratique.registry.uploads import UploadLimits, Uploads

ANN = Principal(Kind.USER, 1, "ann")
BOB = Principal(Kind.ROBOT, 2, "robot$bob")
APP = "library/app"

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json"

LEASE = DAY
LIMITS = UploadLimits(blob_size=1 << 30, open_uploads=20, expiry=7 * DAY, lease=LEASE)


@dataclass
class Warehouse:
    """Every room, and short ways to push."""

    database: Database
    directory: Path
    clock: Clock
    limits: UploadLimits = LIMITS
    keep_free: int = 0
    gate: OpenGate = field(default_factory=OpenGate)
    projects: NumberedProjects = field(default_factory=NumberedProjects)
    rights: TabledRights = field(default_factory=TabledRights)

    def __post_init__(self) -> None:
        self.layout = Layout(self.directory)
        self.layout.prepare()
        database, clock, projects = self.database, self.clock, self.projects
        self.blobs = LocalBlobs(self.layout, clock)
        self.spool = LocalSpool(self.layout, clock, keep_free=self.keep_free)
        self.uploads = Uploads(database, self.spool, self.blobs, projects, clock, self.limits)
        claims = ClaimReader(database, self.blobs, projects, ManifestLimits())
        self.pusher = Pusher(
            database, self.gate, projects, claims, clock, sparse=False, limits=ManifestLimits()
        )
        self.puller = Puller(
            database, self.blobs, self.gate, clock, candidate_window=15 * MINUTE, paths=self.blobs
        )
        self.mounts = Mounts(database, self.puller, self.rights, projects, clock, lease=self.limits.lease)
        self.deleter = Deleter(database, self.gate, clock)
        sweep = Sweep(database, self.blobs, self.spool, self.deleter, self.uploads, clock)
        rehearsal = Rehearsal(database, self.blobs, self.spool, self.uploads)
        self.collector = Collector(database, sweep, rehearsal, clock)
        self.scrubber = Scrubber(database, self.blobs, clock, rate=None)
        self.doctor = Doctor(database, self.blobs, self.spool, clock, expiry=self.limits.expiry)
        self.recovery = Recovery(database, self.blobs, self.spool, self.uploads, clock)
        self.backup = Backup(database, self.blobs, clock)

    def push_blob(self, content: bytes, repository: str = APP, by: Principal = ANN) -> Digest:
        """Upload a blob in one piece."""
        upload = self.uploads.begin(repository, by)
        with self.uploads.append(repository, upload.id, by, 0) as writer:
            writer.write(content)
        digest = digest_of(content)
        assert self.uploads.commit(repository, upload.id, by, digest) == len(content)
        return digest

    def push(self, document: dict[str, Any], reference: str | None = None, repository: str = APP) -> Digest:
        """Put a manifest, by its digest unless a tag is given."""
        content = json.dumps(document).encode()
        received = Received(repository, reference or digest_of(content), content, str(document["mediaType"]))
        return self.pusher.put(received, ANN).digest

    def push_image(
        self, layers: Sequence[bytes], reference: str | None = None, repository: str = APP, **more: Any
    ) -> Digest:
        """Push an image with its blobs."""
        config = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
        document = image(config, layers, **more)
        for content in (config, *layers):
            self.push_blob(content, repository)
        return self.push(document, reference, repository)

    def push_signature(self, subject: Digest, reference: str | None = None, repository: str = APP) -> Digest:
        """Push evidence that speaks of a subject."""
        payload = json.dumps({"critical": {"image": {"docker-manifest-digest": subject}}}).encode()
        for content in (b"{}", payload):
            self.push_blob(content, repository)
        document = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "artifactType": "application/vnd.example.signature",
            "config": descriptor(b"{}", EMPTY),
            "layers": [descriptor(payload, SIGNATURE)],
            "subject": {"mediaType": IMAGE, "digest": subject, "size": 2},
        }
        return self.push(document, reference, repository)

    def collect(self, grace: float = 0, **more: Any) -> tuple[Outcome, list[Gone]]:
        """Run a garbage collection, `grace` in seconds; its outcome, and what went."""
        gone: list[Gone] = []
        microseconds = round(grace * SECOND)
        terms = Terms(grace=microseconds, undo=more.pop("undo", microseconds), **more)
        return self.collector.run(terms, gone.append), gone

    def has_file(self, digest: Digest) -> bool:
        """Whether a blob's bytes are there and right."""
        if self.blobs.stat(digest) is None:
            return False
        with self.blobs.open(digest) as source:
            return digest_of(source.read()) == digest


def descriptor(content: bytes, media_type: str) -> dict[str, Any]:
    """The descriptor of bytes."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def image(config: bytes, layers: Sequence[bytes], **more: Any) -> dict[str, Any]:
    """An image manifest of these blobs."""
    return {
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers],
        **more,
    }


def index(children: Sequence[tuple[Digest, int]], **more: Any) -> dict[str, Any]:
    """An index of these images, each with its size."""
    return {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [{"mediaType": IMAGE, "digest": digest, "size": size} for digest, size in children],
        **more,
    }
