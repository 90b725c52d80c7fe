"""What is signed, by all the names that a signature of the registry gives it, and what is written for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pratique.oci.digest import Digest, digest_of


@dataclass(frozen=True, slots=True)
class Named:
    """An artifact and where it lies. `host` is what clients call the registry, `repository` the full name."""

    host: str
    repository: str
    digest: Digest
    media_type: str
    size: int

    @property
    def project(self) -> str:
        """The project's name."""
        return self.repository.partition("/")[0]

    @property
    def resource(self) -> str:
        """`<host>/<project>/<repository>`: a VSA's resourceUri, a classic signature's docker-reference."""
        return f"{self.host}/{self.repository}"

    @property
    def descriptor(self) -> dict[str, Any]:
        """As a referrer's subject and a notation payload name it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True, slots=True)
class Written:
    """A manifest to store, and the blobs that it names, by digest."""

    manifest: bytes
    blobs: Mapping[Digest, bytes]

    @property
    def digest(self) -> Digest:
        """Of the manifest."""
        return digest_of(self.manifest)


def encoded(document: Any) -> bytes:
    """JSON: equal values in equal order are equal bytes."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def descriptor(
    media_type: str, content: bytes, annotations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The descriptor of bytes in hand."""
    found: dict[str, Any] = {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
    return {**found, "annotations": dict(annotations)} if annotations else found
