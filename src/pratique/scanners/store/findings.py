"""Rows of what other scanners report, by the digest of a manifest and the scanner."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from pratique import db
from pratique.clock import Moment
from pratique.db import Tx
from pratique.packages import Severity
from pratique.scanners.store.tables import foreign_finding, foreign_report
from pratique.scanners.values import Capability, ForeignFinding, ForeignSbom, Maker

_HERE: Final = (
    foreign_finding.c.digest == bindparam("digest"),
    foreign_finding.c.scanner == bindparam("scanner"),
)
_TOLD: Final = (
    foreign_finding.c.vulnerability,
    foreign_finding.c.package,
    foreign_finding.c.version,
    foreign_finding.c.fixed,
    foreign_finding.c.severity,
    foreign_finding.c.status,
    foreign_finding.c.link,
)
_OF: Final = db.Statement(select(*_TOLD).where(*_HERE).order_by(foreign_finding.c.number))
_ADD: Final = db.Statement(insert(foreign_finding))
_CLEAR: Final = db.Statement(delete(foreign_finding).where(*_HERE))
_CLEAR_SCANNER: Final = db.Statement(
    delete(foreign_finding).where(foreign_finding.c.scanner == bindparam("scanner"))
)
_CLEAR_DIGESTS: Final = db.Statement(
    delete(foreign_finding).where(db.one_of(foreign_finding.c.digest, "digests"))
)
_REPORT: Final = db.Statement(
    select(
        foreign_report.c.moment,
        foreign_report.c.maker,
        foreign_report.c.vendor,
        foreign_report.c.version,
        foreign_report.c.findings,
    ).where(
        foreign_report.c.digest == bindparam("digest"),
        foreign_report.c.scanner == bindparam("scanner"),
        foreign_report.c.capability == bindparam("capability"),
    )
)
_SBOM: Final = db.Statement(
    select(
        foreign_report.c.media_type,
        foreign_report.c.document,
        foreign_report.c.maker,
        foreign_report.c.vendor,
        foreign_report.c.version,
    ).where(
        foreign_report.c.digest == bindparam("digest"),
        foreign_report.c.scanner == bindparam("scanner"),
        foreign_report.c.capability == Capability.SBOM.value,
    )
)
_PUT_REPORT: Final = db.Statement(
    db.upsert(
        foreign_report,
        ("digest", "scanner", "capability"),
        ("moment", "maker", "vendor", "version", "findings", "media_type", "document"),
    )
)
_FORGET_SCANNER: Final = db.Statement(
    delete(foreign_report).where(foreign_report.c.scanner == bindparam("scanner"))
)
_FORGET_DIGESTS: Final = db.Statement(
    delete(foreign_report).where(db.one_of(foreign_report.c.digest, "digests"))
)


@dataclass(frozen=True, slots=True)
class Reported:
    """That a scanner has reported, whatever it found."""

    moment: Moment
    made_by: Maker
    findings: int


def of(tx: Tx, digest: str, scanner: str) -> list[ForeignFinding]:
    """What a scanner found in a manifest, in its order."""
    rows = tx.rows(_OF, digest=digest, scanner=scanner)
    return [
        ForeignFinding(number, package, version, fixed, Severity(severity), status, link)
        for number, package, version, fixed, severity, status, link in rows
    ]


def put(tx: Tx, digest: str, scanner: str, found: Sequence[ForeignFinding], maker: Maker, at: Moment) -> None:
    """Write a report over the one that was there."""
    tx.change(_CLEAR, digest=digest, scanner=scanner)
    tx.change_many(
        _ADD,
        [
            {
                "digest": digest,
                "scanner": scanner,
                "number": number,
                "vulnerability": one.id,
                "package": one.package,
                "version": one.version,
                "fixed": one.fixed,
                "severity": int(one.severity),
                "status": one.status,
                "link": one.link,
            }
            for number, one in enumerate(found)
        ],
    )
    _put(tx, digest, scanner, Capability.VULNERABILITY, maker, at, findings=len(found))


def put_sbom(tx: Tx, digest: str, scanner: str, sbom: ForeignSbom, maker: Maker, at: Moment) -> None:
    """Write a list of contents over the one that was there."""
    _put(
        tx,
        digest,
        scanner,
        Capability.SBOM,
        maker,
        at,
        media_type=sbom.media_type,
        document=zlib.compress(sbom.document, 6),
    )


def report_of(tx: Tx, digest: str, scanner: str, capability: Capability) -> Reported | None:
    """Whether, when and by which version a scanner has reported."""
    row = tx.row(_REPORT, digest=digest, scanner=scanner, capability=capability.value)
    if row is None:
        return None
    moment, name, vendor, version, findings = row
    return Reported(Moment(moment), Maker(name, vendor, version), findings)


def sbom_of(tx: Tx, digest: str, scanner: str) -> ForeignSbom | None:
    """The list of contents that a scanner wrote."""
    row = tx.row(_SBOM, digest=digest, scanner=scanner)
    if row is None:
        return None
    media_type, document, *maker = row
    return ForeignSbom(media_type, zlib.decompress(bytes(document)), Maker(*maker))


def forget_scanner(tx: Tx, scanner: str) -> None:
    """The scanner goes."""
    tx.change(_CLEAR_SCANNER, scanner=scanner)
    tx.change(_FORGET_SCANNER, scanner=scanner)


def forget_digests(tx: Tx, digests: Collection[str]) -> None:
    """The manifests are nowhere any more."""
    tx.change(_CLEAR_DIGESTS, digests=list(digests))
    tx.change(_FORGET_DIGESTS, digests=list(digests))


def _put(
    tx: Tx,
    digest: str,
    scanner: str,
    capability: Capability,
    maker: Maker,
    at: Moment,
    *,
    findings: int = 0,
    media_type: str = "",
    document: bytes | None = None,
) -> None:
    tx.change(
        _PUT_REPORT,
        digest=digest,
        scanner=scanner,
        capability=capability.value,
        moment=at,
        maker=maker.name,
        vendor=maker.vendor,
        version=maker.version,
        findings=findings,
        media_type=media_type,
        document=document,
    )
