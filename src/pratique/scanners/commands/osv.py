"""What osv-scanner says of an image (osv-scanner 2, `--format json`), read from untrusted bytes (pure).

Each record that it names is a finding, by the id as published. Of its own judgement the worst CVSS score of the group
is taken, and otherwise the record's word; what neither tells has no known severity.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

import msgspec

from pratique.errors import Invalid, TooLarge
from pratique.oci import strict_json
from pratique.packages import InvalidVersion, Severity, UnknownEcosystem, compare, name_key, read_ecosystem
from pratique.scanners.reports import DEPTH_LIMIT, FINDINGS_LIMIT, SIZE_LIMIT, cleaned
from pratique.scanners.values import ForeignFinding

NOT_LOADED: Final = "could not load db for "
"""How it says, and nowhere else, that it had no advisories for some of the packages."""

_WORDS: Final = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "IMPORTANT": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "NEGLIGIBLE": Severity.NEGLIGIBLE,
}
_SCORES: Final = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)
"""From which score on (CVSS 3.1, section 5)."""

_SEPARATORS: Final = {"Go": "/", "Maven": ":", "Packagist": "/", "npm": "/"}
"""Between the group of a package and its own name, where names have groups."""

_Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class _Package(msgspec.Struct, frozen=True):
    name: _Text = ""
    version: _Text = ""
    ecosystem: _Text = ""
    os_package_name: _Text = ""


class _Range(msgspec.Struct, frozen=True):
    type: str = ""
    events: list[dict[str, Any]] | None = None


class _Of(msgspec.Struct, frozen=True):
    name: str = ""
    ecosystem: str = ""


class _Affected(msgspec.Struct, frozen=True):
    package: _Of = _Of()
    ranges: list[_Range] | None = None


class _Reference(msgspec.Struct, frozen=True):
    url: str = ""


class _Record(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None
    database_specific: dict[str, Any] | None = None


class _Group(msgspec.Struct, frozen=True):
    ids: list[str] = []
    max_severity: str = ""


class _Found(msgspec.Struct, frozen=True):
    package: _Package = _Package()
    vulnerabilities: list[_Record] | None = None
    groups: list[_Group] | None = None


class _Source(msgspec.Struct, frozen=True):
    packages: list[_Found] | None = None


class _Report(msgspec.Struct, frozen=True):
    results: list[_Source] | None


def read_results(output: bytes) -> list[ForeignFinding]:
    """What was found. Raises Invalid, TooLarge. `results` must be there: what lacks it says nothing."""
    if len(output) > SIZE_LIMIT:
        raise TooLarge(f"the report has more than {SIZE_LIMIT} bytes")
    strict_json.check_depth(output, DEPTH_LIMIT)
    try:
        report = msgspec.json.decode(output, type=_Report)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Invalid(f"what osv-scanner says can't be read: {str(problem)[:200]}") from None
    found: dict[ForeignFinding, None] = {}
    for source in report.results or []:
        for package in source.packages or []:
            found |= dict.fromkeys(_findings(package))
            if len(found) > FINDINGS_LIMIT:
                raise TooLarge(f"the report has more than {FINDINGS_LIMIT} findings")
    return list(found)


def not_loaded(complaint: str) -> str | None:
    """The line in which it says that it had no advisories for something; it ends well all the same."""
    return next((line.strip() for line in complaint.splitlines() if NOT_LOADED in line), None)


def _findings(found: _Found) -> Iterator[ForeignFinding]:
    package = found.package
    scores = {one: group.max_severity for group in found.groups or [] for one in group.ids}
    for record in found.vulnerabilities or []:
        yield ForeignFinding(
            id=cleaned(record.id),
            package=cleaned(package.os_package_name or _own_name(package)),
            version=cleaned(package.version),
            fixed=cleaned(_fixed(package, record)),
            severity=_severity(scores.get(record.id, ""), record),
            link=_link(record.references or []),
        )


def _own_name(package: _Package) -> str:
    """Without its group or namespace, as package URLs have it: `com.fasterxml:databind`, `@babel/traverse`."""
    family = read_ecosystem(package.ecosystem).family
    separator = _SEPARATORS.get(family)
    return package.name.rpartition(separator)[2] if separator else package.name


def _severity(score: str, record: _Record) -> Severity:
    try:
        number = float(score)
    except ValueError:
        word = (record.database_specific or {}).get("severity")
        return _WORDS.get(word.upper(), Severity.UNKNOWN) if isinstance(word, str) else Severity.UNKNOWN
    return next((severity for least, severity in _SCORES if number >= least), Severity.NONE)


def _fixed(package: _Package, record: _Record) -> str:
    """The nearest version that mends it."""
    family = read_ecosystem(package.ecosystem).family
    versions = dict.fromkeys(
        str(event["fixed"])[:255]
        for affected in record.affected or []
        if _is_of(affected.package, package)
        for span in affected.ranges or []
        if span.type != "GIT"
        for event in span.events or []
        if "fixed" in event
    )
    nearest = ""
    for version in versions:
        if _is_newer(family, version, package.version) and (
            not nearest or _is_newer(family, nearest, version)
        ):
            nearest = version
    return nearest


def _is_of(of: _Of, package: _Package) -> bool:
    """Of a distribution's package, what is said of its release counts."""
    ecosystem = read_ecosystem(package.ecosystem)
    names = {name_key(ecosystem.family, name) for name in (of.name, package.name)}
    return len(names) == 1 and read_ecosystem(of.ecosystem) == ecosystem


def _is_newer(family: str, version: str, than: str) -> bool:
    try:
        return compare(family, version, than) > 0
    except (InvalidVersion, UnknownEcosystem):
        return False


def _link(references: Iterable[_Reference]) -> str:
    for one in references:
        if one.url.startswith(("https://", "http://")) and len(one.url) <= 2_000:
            return cleaned(one.url)
    return ""
