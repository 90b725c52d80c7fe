"""What is pushed and pulled: an image with blobs of each size, and who may pull it."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.signing import SigningKey, descriptor_of, sign_bundle

IMAGE = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
REPOSITORY = "bench/app"
SIZES = {"10k": 10_240, "1m": 2**20, "512m": 2**29, "1g": 2**30}


@dataclass
class Content:
    """Files by name in `directory`, digests by name, and the manifest that names them all."""

    directory: Path
    digests: dict[str, str] = field(default_factory=dict)
    key: SigningKey = field(default_factory=SigningKey)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        source = random.Random(1)  # noqa: S311 - bytes that don't compress, the same each time
        self._keep("config", b'{"architecture":"amd64","os":"linux"}')
        for name, size in SIZES.items():
            block = source.randbytes(min(size, 2**20))
            self._keep(name, block, size // len(block))
        named = {name: (self.directory / name).stat().st_size for name in SIZES}
        layers = [{"mediaType": LAYER, "digest": self.digests[n], "size": s} for n, s in named.items()]
        config = {
            "mediaType": CONFIG,
            "digest": self.digests["config"],
            "size": self.path("config").stat().st_size,
        }
        # 1.5 KB, as manifests are: annotations fill it up.
        notes = {"org.opencontainers.image.description": "x" * 700}
        document = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": config,
            "layers": layers,
            "annotations": notes,
        }
        self.manifest = json.dumps(document).encode()
        self.digests["manifest"] = "sha256:" + hashlib.sha256(self.manifest).hexdigest()

    def path(self, name: str) -> Path:
        return self.directory / name

    def other(self, number: int) -> bytes:
        """Another manifest of the same image, for each number."""
        document = json.loads(self.manifest)
        document["annotations"]["n"] = str(number)
        return json.dumps(document).encode()

    def signature(self, manifest: bytes = b"") -> tuple[bytes, dict[str, bytes]]:
        """Evidence for the manifest: its own manifest, and blobs by digest."""
        manifest, blobs = sign_bundle(self.key, descriptor_of(manifest or self.manifest, IMAGE))
        return manifest, {str(digest): content for digest, content in blobs.items()}

    def _keep(self, name: str, block: bytes, times: int = 1) -> None:
        hasher = hashlib.sha256()
        with self.path(name).open("wb") as file:
            for _ in range(times):
                file.write(block)
                hasher.update(block)
        self.digests[name] = "sha256:" + hasher.hexdigest()
