"""Reports of other scanners, read from untrusted bytes within limits (pluggable scanner API 1.2; pure).

Not kept: descriptions, CVSS vectors and attributes of the vendor; the records that are named have them.
"""

from typing import Annotated, Any, Final, Protocol

import msgspec

from pratique.errors import Invalid, TooLarge
from pratique.oci import strict_json
from pratique.packages import Severity
from pratique.policy.refusal import clean
from pratique.scanners.values import ForeignFinding, ForeignSbom, Maker

SIZE_LIMIT: Final = 64 * 2**20
"""Bytes of a report."""
DEPTH_LIMIT: Final = 32
"""Arrays and objects in each other."""
FINDINGS_LIMIT: Final = 200_000
"""Findings of a report."""

_SEVERITIES: Final = {severity.name: severity for severity in Severity}
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class _Maker(msgspec.Struct, frozen=True):
    name: str = ""
    vendor: str = ""
    version: str = ""


class _Artifact(msgspec.Struct, frozen=True):
    repository: str | None = None
    digest: str | None = None


class _Vulnerability(msgspec.Struct, frozen=True):
    id: _Id
    package: _Text | None = None
    version: _Text | None = None
    fix_version: _Text | None = None
    severity: str | None = None
    status: _Text | None = None
    links: list[str] | None = None


class _Report(msgspec.Struct, frozen=True):
    vulnerabilities: list[_Vulnerability] | None
    scanner: _Maker | None = None
    artifact: _Artifact | None = None


class _Sbom(msgspec.Struct, frozen=True):
    media_type: str
    sbom: msgspec.Raw
    scanner: _Maker | None = None
    artifact: _Artifact | None = None


class _Headed(Protocol):
    scanner: _Maker | None
    artifact: _Artifact | None


def read_findings(content: bytes, digest: str) -> tuple[Maker | None, list[ForeignFinding]]:
    """Who has scanned the manifest of this digest, and what was found. Raises Invalid, TooLarge.

    `vulnerabilities` must be there: what lacks it says nothing, and nothing said is not clean.
    """
    report = _decoded(content, _Report)
    found = report.vulnerabilities or []
    if len(found) > FINDINGS_LIMIT:
        raise TooLarge(f"the report has {len(found)} findings; {FINDINGS_LIMIT} are accepted")
    return _checked(report, digest), list(dict.fromkeys(map(_finding, found)))


def read_sbom(content: bytes, digest: str) -> ForeignSbom:
    """The list of contents of the manifest of this digest. Raises Invalid."""
    report = _decoded(content, _Sbom)
    document = bytes(report.sbom).strip()
    if not document.startswith(b"{"):
        raise Invalid("the report holds no list of contents")
    return ForeignSbom(report.media_type[:255], document, _checked(report, digest))


def _decoded(content: bytes, kind: type[Any]) -> Any:
    if len(content) > SIZE_LIMIT:
        raise TooLarge(f"the report has more than {SIZE_LIMIT} bytes")
    strict_json.check_depth(content, DEPTH_LIMIT)
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise Invalid(f"the report can't be read: {str(problem)[:200]}") from None


def _checked(report: _Headed, digest: str) -> Maker | None:
    """The maker, where the report is of this manifest: one of another must not clear it."""
    if report.artifact is not None and report.artifact.digest not in {None, "", digest}:
        raise Invalid(f"the report is of {cleaned(report.artifact.digest)[:80]}, not of {digest}")
    said = report.scanner
    return (
        None
        if said is None
        else Maker(*(cleaned(text)[:255] for text in (said.name, said.vendor, said.version)))
    )


def _finding(read: _Vulnerability) -> ForeignFinding:
    link = read.links[0] if read.links else ""
    name = cleaned(read.id)
    if not name:
        raise Invalid("the report has a finding without a name")
    return ForeignFinding(
        id=name,
        package=cleaned(read.package),
        version=cleaned(read.version),
        fixed=cleaned(read.fix_version),
        severity=_SEVERITIES.get((read.severity or "").strip().upper(), Severity.UNKNOWN),
        status=cleaned(read.status),
        link=cleaned(link) if link.startswith(("https://", "http://")) and len(link) <= 2_000 else "",
    )


def cleaned(text: str | None) -> str:
    """Without characters that steer a terminal, or that a database can't keep."""
    if not text or (text.isascii() and text.isprintable()):
        return text or ""
    return clean(text)
