"""What is known of the contents of an artifact when it is judged, and what a project accepts of it: frozen values."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Final, Literal

import msgspec

from pratique.clock import Moment
from pratique.packages import Severity
from pratique.policy.canonical_text import canonical_text

FindingState = Literal[
    "fixed",
    "affected",
    "wont_fix",
    "deferred",
    "end_of_life",
    "under_investigation",
    "not_affected",
    "owned",
]
"""Where a finding stands: `fixed` means that a fixed version is out, not that it is in."""

HARMLESS: Final = frozenset({"not_affected", "owned"})
"""States that never refuse: somebody who may say so has looked, or the distribution answers for the package."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An advisory that speaks of a package in the artifact.

    `id` is as published, `aliases` are its other names, `fixed` the versions that mend it. `package` is its name with
    the version that is there, `purl` its package URL, `path` where it lies. `is_informational`: it tells of no
    vulnerability (RustSec's notices, AlmaLinux's bug fixes), and never refuses.
    """

    id: str
    aliases: tuple[str, ...]
    package: str
    severity: Severity
    state: FindingState
    fixed: tuple[str, ...] = ()
    path: str = ""
    is_informational: bool = False
    purl: str = ""

    @property
    def is_harmless(self) -> bool:
        """Whether it refuses nothing, whatever its severity."""
        return self.is_informational or self.state in HARMLESS

    @property
    def ways(self) -> tuple[frozenset[str], ...]:
        """What must be accepted for the finding to be: all names of one of these, in capitals.

        Its own id covers it, and so does any alias. But an advisory of a distribution may bundle several
        vulnerabilities, and to accept one of them is not to accept the others.
        """
        names, bundled = self._names, self._bundled
        if len(bundled) < 2:
            return tuple(frozenset({name}) for name in dict.fromkeys(names))
        return (frozenset({names[0]}), bundled)

    @property
    def vulnerabilities(self) -> tuple[frozenset[str], ...]:
        """Each vulnerability that it tells of, by all of its names, in capitals.

        One, unless the advisory bundles several: then each CVE by itself, or by the name of the advisory.
        """
        names, bundled = self._names, self._bundled
        if len(bundled) < 2:
            return (frozenset(names),)
        return tuple(frozenset({names[0], name}) for name in sorted(bundled))

    @property
    def _names(self) -> list[str]:
        return [name.upper() for name in (self.id, *self.aliases)]

    @property
    def _bundled(self) -> frozenset[str]:
        return frozenset(name for name in self._names if name.startswith("CVE-"))


_said_by: Final = attrgetter(*(one.name for one in fields(Finding)))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the one order that does not depend on how they came, by all that each says."""
    return tuple(sorted(findings, key=_said_by))


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """Findings that many artifacts have in common, because they have a layer in common.

    They are in one order, and `digest` is that of them. What is worked out of them is kept beside them: it would come
    out the same for each artifact.
    """

    findings: tuple[Finding, ...]
    digest: str
    _heavy: dict[tuple[Severity, Severity], tuple[Finding, ...]] = field(default_factory=dict, repr=False)

    def heavy(self, severity: Severity, unknown_as: Severity) -> tuple[Finding, ...]:
        """As `heavy_of`."""
        found = self._heavy.get((severity, unknown_as))
        if found is None:
            found = heavy_of(self.findings, severity, unknown_as)
            self._heavy[severity, unknown_as] = found
        return found


def heavy_of(findings: Iterable[Finding], severity: Severity, unknown_as: Severity) -> tuple[Finding, ...]:
    """Those that refuse at a severity unless something covers them, worst first (`place_of`)."""
    heavy = [one for one in findings if not one.is_harmless and _weight(one, unknown_as) >= severity]
    return tuple(sorted(heavy, key=lambda one: place_of(one, unknown_as)))


def place_of(finding: Finding, unknown_as: Severity) -> tuple[int, bool, bool, str, str, str]:
    """Worst first; of equals what is known to be so bad, what can be mended, then by name."""
    is_guessed = finding.severity is Severity.UNKNOWN
    weight = -_weight(finding, unknown_as)
    return (weight, is_guessed, not finding.fixed, finding.id, finding.package, finding.path)


def _weight(finding: Finding, unknown_as: Severity) -> Severity:
    """How bad a finding counts."""
    return unknown_as if finding.severity is Severity.UNKNOWN else finding.severity


def portion_of(findings: Iterable[Finding]) -> Portion:
    """Findings as a portion."""
    ordered = in_order(findings)
    return Portion(ordered, f"sha256:{hashlib.sha256(msgspec.json.encode(ordered)).hexdigest()}")


@dataclass(frozen=True, slots=True)
class Contents:
    """What examination found. `problem` says why it could not be examined: then what was found is not all there is.

    `judged_by` names what it was compared with (the revision of the advisories); from `valid_until` on that is too old
    to say anything. What it has in common with others is found in `portions`, and `findings` are all others.
    """

    findings: tuple[Finding, ...] = ()
    problem: str = ""
    judged_by: str = ""
    valid_until: Moment | None = None
    portions: tuple[Portion, ...] = ()

    @property
    def all_findings(self) -> Iterator[Finding]:
        """Every finding."""
        return chain(self.findings, *(portion.findings for portion in self.portions))


NOTHING: Final = Contents()
"""Of what has no contents of its own: an index, whose children are examined, or what is no image at all."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An entry of a CVE allowlist: this vulnerability, by whichever of its names, is accepted until a date."""

    id: str
    valid_until: Moment | None = None

    @property
    def mark(self) -> str:
        """What a verdict that needed it rests on."""
        return f"allowed:{self.id.upper()}"

    def holds_at(self, at: Moment) -> bool:
        """Whether it accepts anything at a moment."""
        return self.valid_until is None or at < self.valid_until


@dataclass(frozen=True)
class Tolerance:
    """What a project accepts of contents (Harbor's `prevent_vul`): nothing at or above `severity`.

    What has no known severity counts as `unknown_as`. `allow_unexamined`: what can't be examined passes. It may have
    thousands of entries: what they come to is worked out once for all that is judged by the same one.
    """

    severity: Severity
    unknown_as: Severity = Severity.HIGH
    allowed: tuple[Allowed, ...] = ()
    allow_unexamined: bool = False

    @cached_property
    def longest(self) -> Mapping[str, Allowed]:
        """By name, in capitals, the entry that ends last; where that holds no more, none does."""
        found: dict[str, Allowed] = {}
        for entry in sorted(self.allowed, key=lambda one: (_end(one.valid_until), one.id)):
            found[entry.id.upper()] = entry
        return found

    @cached_property
    def document(self) -> str:
        """All of it as canonical JSON (`policy.canonical`), as a policy is hashed with it."""
        return canonical_text(asdict(self))


def _end(moment: Moment | None) -> float:
    return math.inf if moment is None else moment
