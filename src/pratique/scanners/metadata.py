"""What a scanner says of itself (pluggable scanner API 1.2, `GET /metadata`), read from untrusted bytes (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pratique.errors import Invalid
from pratique.oci import strict_json
from pratique.scanners.protocol import SBOM_REPORT, VULNERABILITY_REPORTS, media_key
from pratique.scanners.values import Capability, Maker

SIZE_LIMIT: Final = 2**20
"""Bytes of the document."""
DEPTH_LIMIT: Final = 32
TEXT_LIMIT: Final = 255
CAPABILITIES_LIMIT: Final = 100
TYPES_LIMIT: Final = 1_000


class _Maker(msgspec.Struct, frozen=True):
    name: str = ""
    vendor: str = ""
    version: str = ""


class _Capability(msgspec.Struct, frozen=True):
    type: str = "vulnerability"
    consumes_mime_types: tuple[str, ...] = ()
    produces_mime_types: tuple[str, ...] = ()
    additional_attributes: dict[str, Any] | None = None


class _Metadata(msgspec.Struct, frozen=True):
    scanner: _Maker
    capabilities: tuple[_Capability, ...] = ()
    properties: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Ability:
    """One capability: the manifests that it reads, and the reports that it writes, each as the scanner spells it."""

    type: str
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def reads(self, media_type: str) -> bool:
        """Whether it looks into such manifests."""
        return media_key(media_type)[0] in {media_key(one)[0] for one in self.consumes}

    def writes(self, *wanted: str) -> str | None:
        """The first of the wanted forms that it writes."""
        keys = {media_key(one) for one in self.produces}
        return next((one for one in wanted if media_key(one) in keys), None)


@dataclass(frozen=True, slots=True)
class Metadata:
    """A scanner's description of itself."""

    maker: Maker
    abilities: tuple[Ability, ...]
    properties: Mapping[str, str]

    def ability(self, capability: Capability) -> Ability | None:
        """What it has for this; of vulnerabilities and lists of contents only what writes a form that is known."""
        forms = VULNERABILITY_REPORTS if capability is Capability.VULNERABILITY else (SBOM_REPORT,)
        return next((one for one in self.abilities if one.type == capability and one.writes(*forms)), None)


def read_metadata(content: bytes) -> Metadata:
    """The description. Raises Invalid for what none can be made of, by Harbor's rules."""
    strict_json.check_depth(content, DEPTH_LIMIT)
    try:
        read = msgspec.json.decode(content, type=_Metadata)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Invalid(f"what the scanner says of itself can't be read: {str(problem)[:200]}") from None
    maker = Maker(read.scanner.name, read.scanner.vendor, read.scanner.version)
    if not all((maker.name, maker.vendor, maker.version)):
        raise Invalid("the scanner does not say its name, vendor and version")
    if any(len(text) > TEXT_LIMIT for text in (maker.name, maker.vendor, maker.version)):
        raise Invalid(f"the scanner's name, vendor or version has more than {TEXT_LIMIT} characters")
    if len(read.capabilities) > CAPABILITIES_LIMIT:
        raise Invalid(f"the scanner names more than {CAPABILITIES_LIMIT} capabilities")
    found = Metadata(maker, tuple(map(_ability, read.capabilities)), read.properties or {})
    if not any(found.ability(one) for one in Capability):
        raise Invalid(
            "the scanner writes no report of vulnerabilities and no list of contents in a known form"
        )
    return found


def _ability(read: _Capability) -> Ability:
    if len(read.consumes_mime_types) + len(read.produces_mime_types) > TYPES_LIMIT:
        raise Invalid(f"the scanner names more than {TYPES_LIMIT} media types")
    attributes = read.additional_attributes or {}
    # Without a type a capability is the oldest one: before 1.2 there was no other.
    kind = read.type or Capability.VULNERABILITY.value
    return Ability(kind, read.consumes_mime_types, read.produces_mime_types, attributes)
