"""What a bill of materials is of, and what makes two writings of it the same bytes."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from packageurl import PackageURL

from pratique.inventory.contents import Contents, Located

TOOL: Final = "pratique"

_UNDATED: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Subject:
    """An artifact by its `digest` ("" where there is none: a root filesystem) and the `name` that people know it by.

    `repository` is host/path as clients write it, "" for what comes from no registry.
    """

    name: str
    digest: str = ""
    repository: str = ""

    @property
    def purl(self) -> str:
        """Its package URL (purl-spec, "oci"); "" for what has no digest."""
        if not self.digest:
            return ""
        qualifiers = {"repository_url": self.repository} if self.repository else {}
        name = (self.repository or self.name).rpartition("/")[2].partition("@")[0].partition(":")[0].lower()
        return PackageURL("oci", None, name or "image", self.digest, qualifiers).to_string()


@dataclass(frozen=True, slots=True)
class Part:
    """A package of the contents with its package URL, and a key that no other one of them has."""

    located: Located
    purl: str
    key: str


def parts_of(contents: Contents) -> tuple[Part, ...]:
    """Every package once, by package URL and path."""
    return tuple(sorted({part.key: part for part in _parts(contents)}.values(), key=_place))


def _parts(contents: Contents) -> Iterator[Part]:
    for located in contents.packages:
        purl = contents.purl(located)
        named = json.dumps([purl, located.path, located.reader]).encode()
        yield Part(located, purl, hashlib.sha256(named).hexdigest()[:24])


def _place(part: Part) -> tuple[str, str, str]:
    return (part.purl, part.located.path, part.key)


def document_id(subject: Subject, parts: tuple[Part, ...]) -> uuid.UUID:
    """UUIDv5 of the digest (RFC 9562, 5.5); of what has none, of its packages."""
    if subject.digest:
        return uuid.uuid5(uuid.NAMESPACE_URL, subject.digest)
    listed = hashlib.sha256("".join(part.key for part in parts).encode()).hexdigest()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{subject.name}#{listed}")


def created_of(contents: Contents) -> str:
    """When the image says that it was created, in UTC and whole seconds; the epoch where it does not say."""
    said = contents.facts.created if contents.facts else ""
    try:
        moment = datetime.fromisoformat(said)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.tzinfo else _UNDATED
    except (ValueError, OverflowError):
        return _UNDATED


def rendered(document: Any) -> bytes:
    """JSON, the same each time. Bytes of paths that are no UTF-8 become replacement characters."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode() + b"\n"
