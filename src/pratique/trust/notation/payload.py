"""What a notation signature is about (signature-specification.md, "Payload"): `targetArtifact`, a descriptor.

Payload and descriptor are closed: a member that is not known might be one that another reader goes by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pratique.errors import DigestInvalid, ManifestInvalid
from pratique.oci.descriptor import MEDIA_TYPE_LIMIT
from pratique.oci.digest import Digest, parse_digest
from pratique.oci.fields import Fields
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.strict import Unreadable, read_json

_ARTIFACT: Final = "targetArtifact"
_MEMBERS: Final = ("mediaType", "digest", "size", "annotations", "artifactType")


@dataclass(frozen=True, slots=True)
class Target:
    """The signed descriptor; `size` in bytes. Media type, digest and size must all be those of the artifact."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)


def read_target(payload: bytes) -> Target:
    """The artifact that a payload names. Raises NotationInvalid."""
    try:
        return _read(read_json(payload))
    except (ManifestInvalid, DigestInvalid) as error:
        raise NotationInvalid(f"the payload: {error.message}") from error
    except Unreadable as error:
        raise NotationInvalid(f"the payload: {error}") from error


def _read(document: Any) -> Target:
    artifact = _closed(_closed(document, "payload", (_ARTIFACT,))[_ARTIFACT], _ARTIFACT, _MEMBERS)
    fields = Fields(artifact, _ARTIFACT, {})
    media_type, size = fields.needed_text("mediaType"), fields.needed_integer("size")
    if len(media_type) > MEDIA_TYPE_LIMIT:
        fields.refuse("mediaType", f"has more than {MEDIA_TYPE_LIMIT} characters")
    if size < 0:
        fields.refuse("size", "is negative")
    fields.text("artifactType")
    return Target(
        media_type=media_type,
        digest=parse_digest(fields.needed_text("digest")),
        size=size,
        annotations=fields.text_map("annotations"),
    )


def _closed(value: Any, place: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"{place} is not an object")
    for name in value:
        if name not in known:
            raise Unreadable(f"{place} has an unknown member {name[:80]!r}")
    if known[0] not in value:
        raise Unreadable(f"{place} has no {known[0]}")
    return value
