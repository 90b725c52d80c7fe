"""Manifests as the tests of this room need them: small, valid, and easy to spoil."""

import json
from typing import Any

from pratique.oci import media
from pratique.oci.digest import Digest, digest_of

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SUBJECT: Digest = digest_of(b"the subject")


def described(
    content: bytes, media_type: str = LAYER, algorithm: str = "sha256", **more: Any
) -> dict[str, Any]:
    """A descriptor of `content` as JSON values."""
    return {"mediaType": media_type, "digest": digest_of(content, algorithm), "size": len(content), **more}


def empty() -> dict[str, Any]:
    """The empty descriptor, data and all."""
    return described(b"{}", media.EMPTY, data="e30=")


def image(**changes: Any) -> dict[str, Any]:
    """An image manifest; a change to None takes the field out."""
    return _changed(
        {
            "schemaVersion": 2,
            "mediaType": media.OCI_IMAGE,
            "config": described(b'{"os":"linux"}', media.OCI_CONFIG),
            "layers": [described(b"layer one"), described(b"layer two")],
        },
        changes,
    )


def index(**changes: Any) -> dict[str, Any]:
    """An index of two platforms; a change to None takes the field out."""
    platforms = [
        described(b"amd64", media.OCI_IMAGE, platform={"os": "linux", "architecture": "amd64"}),
        described(b"arm64", media.OCI_IMAGE, platform={"os": "linux", "architecture": "arm64"}),
    ]
    return _changed({"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": platforms}, changes)


def referrer(*layers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An image manifest of the shape that cosign 3 writes for a bundle."""
    subject = {"mediaType": media.OCI_IMAGE, "digest": SUBJECT, "size": 11}
    chosen = list(layers) or [described(b'{"bundle":1}', BUNDLE)]
    return image(**{"config": empty(), "layers": chosen, "subject": subject, **changes})


def written(document: dict[str, Any]) -> bytes:
    """The bytes of a document."""
    return json.dumps(document).encode()


def _changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (document | changes).items() if value is not None}
