"""Image manifests and indexes (image-spec, manifest.md and image-index.md), parsed from untrusted bytes.

Strict in what the registry decides by (kind, media type, digests, sizes, subject), tolerant of everything
else: unknown fields and unknown artifact, config and layer types MUST be accepted. The bytes themselves are
kept by whoever called; nothing is ever written back from a parsed manifest.

Steps of the specifications that are not taken: annotation keys are not checked for reverse domain notation (a
SHOULD for producers), and `artifactType` may be missing beside the empty config (a MUST for producers that
old clients break).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pratique.errors import ManifestInvalid, TooLarge
from pratique.oci import media, strict_json
from pratique.oci.descriptor import Descriptor, parse_descriptor, parse_media_type
from pratique.oci.digest import Digest
from pratique.oci.fields import Fields, by_fold

MANIFEST_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a manifest (distribution-spec, "Pushing Manifests": at least 4 megabytes must be accepted)."""

_KNOWN: Final = by_fold(
    (
        "schemaVersion",
        "mediaType",
        "artifactType",
        "config",
        "layers",
        "manifests",
        "subject",
        "annotations",
        "fsLayers",
    )
)


class Kind(StrEnum):
    """What a manifest is, under whichever media type."""

    IMAGE = "image"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest. An image has `config` and `layers`, an index has `manifests`; the other is empty."""

    kind: Kind
    media_type: str
    artifact_type: str | None
    """As the referrers API shows it: for an image without one, its config's media type."""
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    manifests: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: Mapping[str, str] = field(hash=False)

    def children(self) -> tuple[Descriptor, ...]:
        """The manifests an index lists, each digest once, in order."""
        return _once(child for child in self.manifests if child.is_manifest)

    def platform_children(self) -> tuple[Descriptor, ...]:
        """The children that can be run; a digest that is also listed as an attestation still counts."""
        return _once(child for child in self.manifests if child.is_manifest and not child.is_attestation)

    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that must be there before the manifest is accepted, each digest once, in order.

        BuildKit's older cache format is an index that lists layers: what is not a manifest is a blob.
        """
        return _once(blob for blob in self._all_blobs() if not blob.is_optional)

    def optional_blobs(self) -> tuple[Descriptor, ...]:
        """Non-distributable layers with `urls`: linked when the repository has them, never waited for."""
        needed = {blob.digest for blob in self.blobs()}
        optional = (blob for blob in self._all_blobs() if blob.is_optional and blob.digest not in needed)
        return _once(optional)

    def _all_blobs(self) -> Iterator[Descriptor]:
        if self.config is not None:
            yield self.config
        yield from self.layers
        yield from (child for child in self.manifests if not child.is_manifest)


def parse_manifest(content: bytes, media_type: str | None = None, *, limit: int = MANIFEST_LIMIT) -> Manifest:
    """The manifest that `content` is; `media_type` is the request's Content-Type, parameters allowed.

    At most `limit` bytes, else TooLarge. Everything else that is wrong raises ManifestInvalid with the
    place.
    """
    if len(content) > limit:
        raise TooLarge(f"the manifest has {len(content)} bytes; {limit} are accepted")
    fields = Fields(strict_json.parse(content), "", _KNOWN)
    _check_schema(fields)
    resolved = _media_type(fields, media.without_parameters(media_type) if media_type else "")
    manifest = _image(fields, resolved) if media.is_image(resolved) else _index(fields, resolved)
    _check_sizes(manifest)
    return manifest


def _check_schema(fields: Fields) -> None:
    declared = fields.text("mediaType") or ""
    if media.is_schema1(declared) or fields.has("fsLayers") or fields.value("schemaVersion") == 1:
        raise ManifestInvalid(
            "Docker schema 1 manifests are not accepted; push the image with a newer client"
        )
    if fields.needed_integer("schemaVersion") != 2:
        fields.refuse("schemaVersion", "is not 2")
    if fields.value("manifests") is not None and (fields.value("layers") is not None or fields.has("config")):
        # CVE-2021-41190: one digest that is an image to one client and an index to another.
        raise ManifestInvalid(
            "the manifest is an image and an index at once: it has manifests beside layers or config"
        )


def _media_type(fields: Fields, requested: str) -> str:
    """The one media type, from the document's field, the request and the shape, which must not disagree."""
    declared = fields.text("mediaType") or ""
    if declared and requested and declared != requested:
        fields.refuse("mediaType", f"is {declared[:80]!r}, and the Content-Type is {requested[:80]!r}")
    resolved = declared or requested or (media.OCI_INDEX if fields.has("manifests") else media.OCI_IMAGE)
    if not media.is_manifest(resolved):
        raise ManifestInvalid(
            f"{resolved[:80]!r} is not a manifest's media type; use {media.OCI_IMAGE} or {media.OCI_INDEX}"
        )
    return resolved


def _image(fields: Fields, media_type: str) -> Manifest:
    if fields.has("manifests"):
        fields.refuse("manifests", "does not belong into an image manifest")
    config = parse_descriptor(fields.value("config"), "config")
    return Manifest(
        kind=Kind.IMAGE,
        media_type=media_type,
        artifact_type=_artifact_type(fields) or config.media_type,
        config=config,
        layers=_descriptors(fields, "layers"),
        manifests=(),
        subject=_subject(fields),
        annotations=fields.text_map("annotations"),
    )


def _index(fields: Fields, media_type: str) -> Manifest:
    for name in ("layers", "config"):
        if fields.has(name):
            fields.refuse(name, "does not belong into an image index")
    return Manifest(
        kind=Kind.INDEX,
        media_type=media_type,
        artifact_type=_artifact_type(fields),
        config=None,
        layers=(),
        manifests=_descriptors(fields, "manifests"),
        subject=_subject(fields),
        annotations=fields.text_map("annotations"),
    )


def _artifact_type(fields: Fields) -> str | None:
    return parse_media_type(fields, "artifactType", fields.text("artifactType") or "") or None


def _subject(fields: Fields) -> Descriptor | None:
    return parse_descriptor(fields.value("subject"), "subject") if fields.has("subject") else None


def _descriptors(fields: Fields, name: str) -> tuple[Descriptor, ...]:
    values = fields.needed_items(name)
    return tuple(parse_descriptor(value, f"{name}[{number}]") for number, value in enumerate(values))


def _check_sizes(manifest: Manifest) -> None:
    """One digest has one size: two would be checked by one and fetched by the other."""
    sizes: dict[Digest, int] = {}
    config = () if manifest.config is None else (manifest.config,)
    for descriptor in (*config, *manifest.layers, *manifest.manifests):
        if sizes.setdefault(descriptor.digest, descriptor.size) != descriptor.size:
            raise ManifestInvalid(f"{descriptor.digest} is described with two sizes")


def _once(descriptors: Iterable[Descriptor]) -> tuple[Descriptor, ...]:
    first: dict[Digest, Descriptor] = {}
    for descriptor in descriptors:
        first.setdefault(descriptor.digest, descriptor)
    return tuple(first.values())
