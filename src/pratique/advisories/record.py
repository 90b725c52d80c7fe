"""One advisory as its source published it (OSV schema 1.7, "Format"), read with the quirks that real sources have.

Steps not taken: ranges of type GIT, for images hold versions and no commits; Go's `custom_ranges`, whose versions are
not those that binaries name: its SEMVER ranges say that all are affected. `modified` is shown and never relied on: a
record is known by its hash (Go's database says 0001-01-01, PyPA's a day in the future). A name that stands twice in one
object is not looked for: no decision of ours and another tool's differ by it, and it would double the time.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from pratique.advisories.severity import severity_of
from pratique.packages import Ecosystem, Severity, name_key, read_ecosystem

SIZE_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of one record. The largest published ones have some 2 MiB."""
ID_LIMIT: Final = 255
"""Characters of an advisory's id."""

EVENTS: Final = ("introduced", "fixed", "last_affected", "limit")

END_OF_LIFE: Final = "end-of-life"
_ENDED: Final = re.compile(r"end of (life|standard support|\w+ support)", re.IGNORECASE)

_INFORMATIONAL_IDS: Final = ("ALBA-", "ALEA-")
"""AlmaLinux's bug fixes and enhancements: no security."""

_MENDING_IDS: Final = "ALSA-"
MENDED: Final = "mended"
"""How a vulnerability is called that an advisory mends: exploited if that is, and joined with nothing by its name."""


class RecordInvalid(ValueError):
    """Bytes that are no OSV record."""


class Kind(StrEnum):
    """Whether an advisory may block. RustSec says `unmaintained`, `unsound`, `notice` of what is no vulnerability."""

    SECURITY = "security"
    INFORMATIONAL = "informational"


class _Event(msgspec.Struct):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class _Range(msgspec.Struct):
    type: str
    events: list[_Event] = []


class _Package(msgspec.Struct):
    ecosystem: str
    name: str


class _Score(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    ecosystem_specific: dict[str, Any] | None = None
    database_specific: dict[str, Any] | None = None
    severity: list[_Score] | None = None


class _Osv(msgspec.Struct):
    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    summary: str = ""
    severity: list[_Score] | None = None
    database_specific: dict[str, Any] | None = None
    affected: list[_Affected] | None = None


Event = tuple[str, str]
"""What happens (`EVENTS`) at which version."""
Range = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """One package of one ecosystem, and the versions that are affected: in any of the ranges, or listed.

    `state` is the source's own word (Ubuntu: released, needed, needs-triage, deferred, pending, not-affected, ignored),
    `end-of-life` where that is why it is ignored.
    """

    ecosystem: Ecosystem
    name: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]
    state: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """An advisory. `names` are its aliases and upstream, mended and related ids, each with how it is called.

    Times are as given.
    """

    id: str
    kind: Kind
    severity: Severity
    modified: str
    withdrawn: str | None
    names: tuple[tuple[str, str], ...]
    affected: tuple[Affected, ...]


def content_hash(content: bytes) -> bytes:
    """By which a record is known to be the same."""
    return hashlib.sha256(content).digest()


def read_record(content: bytes) -> Record:
    """The record that `content` is. Raises RecordInvalid."""
    if len(content) > SIZE_LIMIT:
        raise RecordInvalid(f"it has {len(content)} bytes; {SIZE_LIMIT} are allowed")
    try:
        osv = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordInvalid(f"it is no OSV record: {error}") from error
    if not 0 < len(osv.id) <= ID_LIMIT:
        raise RecordInvalid(f"an id has 1 to {ID_LIMIT} characters")
    return Record(
        id=osv.id,
        kind=_kind(osv),
        severity=_severity(osv),
        modified=osv.modified,
        withdrawn=osv.withdrawn,
        names=_names(osv),
        affected=tuple(filter(None, map(_affected, osv.affected or ()))),
    )


_DECODER: Final = msgspec.json.Decoder(_Osv)


def _kind(osv: _Osv) -> Kind:
    if osv.id.startswith(_INFORMATIONAL_IDS):
        return Kind.INFORMATIONAL
    said = [(affected.database_specific or {}).get("informational") for affected in osv.affected or ()]
    return Kind.INFORMATIONAL if said and all(said) else Kind.SECURITY


def _severity(osv: _Osv) -> Severity:
    packages = osv.affected or []
    scores = [*(osv.severity or ()), *(one for package in packages for one in package.severity or ())]
    specific = [
        osv.database_specific or {},
        *(package.ecosystem_specific or {} for package in packages),
        *(package.database_specific or {} for package in packages),
    ]
    return severity_of([(one.type, one.score) for one in scores], specific, osv.summary)


def _names(osv: _Osv) -> tuple[tuple[str, str], ...]:
    # What AlmaLinux's security advisories relate is what they mend, each of them, and stands nowhere else.
    relation = MENDED if osv.id.startswith(_MENDING_IDS) else "related"
    kinds = (("alias", osv.aliases), ("upstream", osv.upstream), (relation, osv.related))
    return tuple(dict.fromkeys((kind, name) for kind, names in kinds for name in names or ()))


def _affected(said: _Affected) -> Affected | None:
    if said.package is None:
        return None
    ecosystem = read_ecosystem(said.package.ecosystem)
    return Affected(
        ecosystem=ecosystem,
        name=name_key(ecosystem.family, said.package.name),
        ranges=tuple(_events(one) for one in said.ranges or () if one.type != "GIT"),
        versions=tuple(said.versions or ()),
        state=_state(said.ecosystem_specific or {}),
    )


def _state(specific: dict[str, Any]) -> str:
    """Ubuntu says `ignored (end of life, was needed)`, Debian `urgency: end-of-life`."""
    status, urgency = specific.get("status"), specific.get("urgency")
    if isinstance(status, str):
        word, _, why = status.strip().partition(" ")
        return END_OF_LIFE if word == "ignored" and _ENDED.search(why) else word
    return END_OF_LIFE if isinstance(urgency, str) and END_OF_LIFE in urgency else ""


def _events(said: _Range) -> Range:
    return tuple(
        (name, version)
        for event in said.events
        for name in EVENTS
        if (version := getattr(event, name)) is not None
    )
