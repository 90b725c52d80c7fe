"""Content descriptors (image-spec, descriptor.md) and platforms (image-index.md).

Size limits of what is described are the business of those who fetch it; here a descriptor only has to be
well-formed and not contradict itself.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pratique.errors import DigestInvalid
from pratique.oci import media
from pratique.oci.digest import Digest, algorithm_of, digest_of, parse_digest
from pratique.oci.fields import Fields, by_fold

MEDIA_TYPE_LIMIT: Final = 255
"""Characters of a media type, parameters included. RFC 6838 allows 127 on each side of the slash."""

_MEDIA_TYPE: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_KNOWN: Final = by_fold(
    ("mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"),
)
_KNOWN_PLATFORM: Final = by_fold(("architecture", "os", "os.version", "os.features", "variant", "features"))
_ATTESTATION: Final = ("vnd.docker.reference.type", "attestation-manifest")


@dataclass(frozen=True, slots=True)
class Platform:
    """What an index says an image runs on. `unknown/unknown` marks BuildKit's attestation manifests."""

    architecture: str
    os: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of other content: `size` in bytes, `data` the content itself if embedded."""

    media_type: str
    digest: Digest
    size: int
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    urls: tuple[str, ...] = ()
    platform: Platform | None = None
    data: bytes | None = field(default=None, repr=False)

    @property
    def is_manifest(self) -> bool:
        """Whether it describes a manifest and not a blob."""
        return media.is_manifest(self.media_type)

    @property
    def is_optional(self) -> bool:
        """Whether the registry may lack it: a non-distributable layer that says where else it is."""
        return media.is_nondistributable(self.media_type) and bool(self.urls)

    @property
    def is_empty(self) -> bool:
        """Whether the content is the empty JSON object, whatever it is called."""
        return self.digest in media.EMPTY_DIGESTS and self.size == media.EMPTY_SIZE

    @property
    def is_attestation(self) -> bool:
        """Whether it is a child that BuildKit made to carry attestations; it runs on no platform."""
        return self.annotations.get(_ATTESTATION[0]) == _ATTESTATION[1]


def parse_descriptor(value: Any, place: str) -> Descriptor:
    """The descriptor that a parsed JSON value is. Raises ManifestInvalid with the place."""
    fields = Fields(value, place, _KNOWN)
    descriptor = Descriptor(
        media_type=parse_media_type(fields, "mediaType", fields.needed_text("mediaType")),
        digest=_digest(fields),
        size=fields.needed_integer("size"),
        artifact_type=parse_media_type(fields, "artifactType", fields.text("artifactType") or "") or None,
        annotations=fields.text_map("annotations"),
        urls=fields.texts("urls"),
        platform=_platform(fields) if fields.has("platform") else None,
        data=_data(fields) if fields.has("data") else None,
    )
    if descriptor.size < 0:
        fields.refuse("size", "is negative")
    if descriptor.data is not None:
        _check_data(fields, descriptor, descriptor.data)
    return descriptor


def descriptor_json(descriptor: Descriptor) -> dict[str, Any]:
    """The descriptor as JSON values, in the specification's order, without what is not set.

    `platform` and `data` are not written: a referrers list has no use for either.
    """
    value: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
    if descriptor.urls:
        value["urls"] = list(descriptor.urls)
    if descriptor.annotations:
        value["annotations"] = dict(sorted(descriptor.annotations.items()))
    if descriptor.artifact_type:
        value["artifactType"] = descriptor.artifact_type
    return value


def parse_media_type(fields: Fields, name: str, media_type: str) -> str:
    """`media_type` itself when it can be put into a header: printable ASCII, no spaces around, not too long.

    Not checked: the grammar of RFC 6838. Unknown types must be accepted, and odd ones are in use. Empty is
    accepted; whoever needs one asks for it.
    """
    if media_type and (len(media_type) > MEDIA_TYPE_LIMIT or not _MEDIA_TYPE.fullmatch(media_type)):
        fields.refuse(name, f"is not a media type: printable ASCII, {MEDIA_TYPE_LIMIT} characters at most")
    return media_type


def _digest(fields: Fields) -> Digest:
    try:
        return parse_digest(fields.needed_text("digest"))
    except DigestInvalid as error:
        fields.refuse("digest", f"is no good: {error.message}")


def _platform(fields: Fields) -> Platform:
    platform = Fields(fields.value("platform"), fields.place("platform"), _KNOWN_PLATFORM)
    return Platform(
        architecture=platform.text("architecture") or "",
        os=platform.text("os") or "",
        variant=platform.text("variant") or "",
        os_version=platform.text("os.version") or "",
        os_features=platform.texts("os.features"),
    )


def _data(fields: Fields) -> bytes:
    try:
        return base64.b64decode(fields.text("data") or "", validate=True)
    except (binascii.Error, ValueError):
        fields.refuse("data", "is not standard base64")


def _check_data(fields: Fields, descriptor: Descriptor, data: bytes) -> None:
    """Embedded content must be the content: a client that uses it fetches nothing the gate could look at."""
    if len(data) != descriptor.size or digest_of(data, algorithm_of(descriptor.digest)) != descriptor.digest:
        fields.refuse("data", "is not what digest and size describe")
