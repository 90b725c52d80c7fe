"""Paths below `/v2/`, parsed once and strictly (distribution-spec, "Endpoints"). Pure.

The path is taken as it was sent, before anybody decoded it: `%2F` must not become a separator, and a segment that
decodes to one is no name. The last segments decide what is meant, because a repository may be called `blobs/uploads`.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from pratique.errors import ManifestUnknown, NameInvalid, TagInvalid, Unsupported, UploadUnknown
from pratique.oci.digest import Digest, parse_digest
from pratique.oci.names import check_name
from pratique.oci.references import Reference, parse_reference

PREFIX: Final = "/v2/"
_UPLOAD: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_DIGIT_PAIRS: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class BasePath:
    """`/v2/` (end-1)."""


@dataclass(frozen=True, slots=True)
class CatalogPath:
    """`/v2/_catalog`, Docker's."""


@dataclass(frozen=True, slots=True)
class ManifestPath:
    """`/v2/<name>/manifests/<tag-or-digest>` (end-3, 7, 9)."""

    name: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class BlobPath:
    """`/v2/<name>/blobs/<digest>` (end-2, 10)."""

    name: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class UploadsPath:
    """`/v2/<name>/blobs/uploads/` (end-4, 11)."""

    name: str


@dataclass(frozen=True, slots=True)
class UploadPath:
    """`/v2/<name>/blobs/uploads/<id>` (end-5, 6, 13, 14)."""

    name: str
    upload: str


@dataclass(frozen=True, slots=True)
class TagsPath:
    """`/v2/<name>/tags/list` (end-8)."""

    name: str


@dataclass(frozen=True, slots=True)
class ReferrersPath:
    """`/v2/<name>/referrers/<digest>` (end-12)."""

    name: str
    digest: Digest


Named = ManifestPath | BlobPath | UploadsPath | UploadPath | TagsPath | ReferrersPath
Path = BasePath | CatalogPath | Named


def parse_path(raw: bytes, *, writes: bool = False) -> Path:
    """What a raw path means.

    Raises Unsupported for no path of ours, NameInvalid, DigestInvalid, UploadUnknown and, for a malformed tag,
    TagInvalid when the request `writes` it and ManifestUnknown when it looks for it.
    """
    segments = _segments(raw)
    if segments == [""]:
        return BasePath()
    if segments == ["_catalog"]:
        return CatalogPath()
    return _named(segments, writes=writes)


def _named(segments: list[str], *, writes: bool) -> Named:
    named: Named
    match segments:
        case [*name, "blobs", "uploads", ""] | [*name, "blobs", "uploads"]:
            named = UploadsPath(_name(name))
        case [*name, "blobs", "uploads", upload]:
            named = UploadPath(_name(name), _upload(upload))
        case [*name, "tags", "list"]:
            named = TagsPath(_name(name))
        case [*name, "manifests", reference]:
            named = ManifestPath(_name(name), _reference(reference, writes=writes))
        case [*name, "blobs", digest]:
            named = BlobPath(_name(name), parse_digest(digest))
        case [*name, "referrers", digest]:
            named = ReferrersPath(_name(name), parse_digest(digest))
        case _:
            raise Unsupported("there is nothing at this path")
    return named


def is_name(text: str) -> bool:
    """Whether it is a repository name."""
    try:
        check_name(text)
    except NameInvalid:
        return False
    return True


def manifest_path(name: str, reference: str) -> str:
    """Where a manifest is pulled."""
    return f"{PREFIX}{name}/manifests/{reference}"


def blob_path(name: str, digest: str) -> str:
    """Where a blob is pulled."""
    return f"{PREFIX}{name}/blobs/{digest}"


def upload_path(name: str, upload: str) -> str:
    """Where an upload goes on."""
    return f"{PREFIX}{name}/blobs/uploads/{upload}"


def with_query(path: str, **parameters: str | int | None) -> str:
    """A path with those parameters that are not None."""
    pairs = [
        f"{name}={quote(str(value), safe='')}" for name, value in parameters.items() if value is not None
    ]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _segments(raw: bytes) -> list[str]:
    """The decoded segments after `/v2/`, none of them with a separator in it."""
    try:
        text = raw.decode("ascii")
        if text == PREFIX.rstrip("/"):
            return [""]
        if not text.startswith(PREFIX):
            raise Unsupported("there is nothing at this path")
        if _DIGIT_PAIRS.search(text):
            raise NameInvalid("a path has a percent sign without two hex digits")
        segments = [unquote(part, errors="strict") for part in text.removeprefix(PREFIX).split("/")]
    except UnicodeDecodeError:
        raise NameInvalid("a path has bytes that are no characters") from None
    if any("/" in segment for segment in segments):
        raise NameInvalid("a part of a repository name can't have a slash in it")
    return segments


def _name(parts: list[str]) -> str:
    return check_name("/".join(parts))


def _upload(text: str) -> str:
    if not _UPLOAD.fullmatch(text):
        raise UploadUnknown("there is no such upload")
    return text


def _reference(text: str, *, writes: bool) -> Reference:
    try:
        return parse_reference(text)
    except TagInvalid as problem:
        if writes:
            raise
        raise ManifestUnknown(f"{problem.message}, so no manifest has it") from None
