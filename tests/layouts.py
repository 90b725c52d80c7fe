"""OCI image layouts on disk (image-spec, image-layout.md), with an image and what is said of it."""

import json
from pathlib import Path
from typing import Any, Final

from tests.signing import OCI_IMAGE, Signed, descriptor_of

from pratique.oci.digest import Digest, digest_of

INDEX: Final = "application/vnd.oci.image.index.v1+json"


class Made:
    """A layout that a test writes, with an image in it."""

    def __init__(self, folder: Path, algorithm: str = "sha256") -> None:
        self.folder = folder
        self.listed: list[dict[str, Any]] = []
        config = b"{}"
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE,
            "config": descriptor_of(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [],
        }
        self.blob(config)
        self.image = self.put(json.dumps(manifest).encode(), algorithm=algorithm)

    @property
    def name(self) -> str:
        return f"oci:{self.folder}@{self.image['digest']}"

    def path(self, digest: Digest) -> Path:
        return self.folder / "blobs" / digest.replace(":", "/")

    def blob(self, content: bytes, algorithm: str = "sha256") -> None:
        path = self.path(digest_of(content, algorithm))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def put(
        self, content: bytes, tag: str = "", media_type: str = OCI_IMAGE, algorithm: str = "sha256"
    ) -> dict[str, Any]:
        """A manifest, listed in index.json."""
        self.blob(content, algorithm)
        described = descriptor_of(content, media_type, algorithm)
        named = {"annotations": {"org.opencontainers.image.ref.name": tag}} if tag else {}
        self.listed.append({**described, **named})
        self.write()
        return described

    def attach(self, signed: Signed, tag: str = "") -> Digest:
        content, blobs = signed
        for blob in blobs.values():
            self.blob(blob)
        digest: Digest = self.put(content, tag)["digest"]
        return digest

    def write(self) -> None:
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.listed}
        (self.folder / "index.json").write_text(json.dumps(index))
