"""Rows of scans: one for each manifest of a repository, scanner and capability; asking again begins it anew."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import bindparam, delete, or_, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Tx
from pratique.scanners.store.tables import foreign_scan
from pratique.scanners.values import OVER, Capability, Scan, ScanState, Target

_COLUMNS: Final = tuple(column for column in foreign_scan.c if column.name != "id")
_ROW: Final = (
    foreign_scan.c.repository == bindparam("repository"),
    foreign_scan.c.digest == bindparam("digest"),
    foreign_scan.c.scanner == bindparam("scanner"),
    foreign_scan.c.capability == bindparam("capability"),
)
_GOES_ON: Final = or_(*(foreign_scan.c.state == state.value for state in ScanState if state not in OVER))
_OF: Final = db.Statement(select(*_COLUMNS).where(*_ROW))
_GOING_ON: Final = db.Statement(
    select(foreign_scan.c.id, *_COLUMNS)
    .where(_GOES_ON, foreign_scan.c.id > bindparam("after"))
    .order_by(foreign_scan.c.id)
    .limit(bindparam("most"))
)
_BEGIN: Final = db.Statement(
    db.upsert(
        foreign_scan,
        ("repository", "digest", "scanner", "capability"),
        ("project_id", "state", "moment", "started_at", "ended_at", "request", "problem"),
    )
)
_MOVE: Final = db.Statement(
    update(foreign_scan)
    .where(*_ROW, foreign_scan.c.moment == bindparam("asked"))
    .where(_GOES_ON)
    .values(
        state=bindparam("new_state"),
        started_at=bindparam("new_started_at"),
        ended_at=bindparam("new_ended_at"),
        request=bindparam("new_request"),
        problem=bindparam("new_problem"),
    )
)
_UNSETTLED: Final = db.Statement(
    select(*_COLUMNS).where(
        foreign_scan.c.moment >= bindparam("since"),
        foreign_scan.c.capability == Capability.VULNERABILITY.value,
        or_(_GOES_ON, foreign_scan.c.state == bindparam("failed")),
    )
)
_DIGESTS: Final = db.Statement(
    select(foreign_scan.c.digest).where(foreign_scan.c.project_id == bindparam("project")).distinct()
)
_DIGESTS_BY: Final = db.Statement(
    select(foreign_scan.c.digest).where(foreign_scan.c.scanner == bindparam("scanner")).distinct()
)
_FORGET_PROJECT: Final = db.Statement(
    delete(foreign_scan).where(foreign_scan.c.project_id == bindparam("project"))
)
_FORGET_SCANNER: Final = db.Statement(
    delete(foreign_scan).where(foreign_scan.c.scanner == bindparam("scanner"))
)
_FORGET_DIGESTS: Final = db.Statement(delete(foreign_scan).where(db.one_of(foreign_scan.c.digest, "digests")))


def of(tx: Tx, repository: str, digest: str, scanner: str, capability: Capability) -> Scan | None:
    """The scan of a manifest by a scanner."""
    row = tx.row(_OF, **_key(repository, digest, scanner, capability))
    return None if row is None else _scan(row)


def going_on(tx: Tx, after: int, most: int) -> list[tuple[int, Scan]]:
    """Up to `most` scans behind a number that are not over, with their numbers."""
    rows = tx.rows(_GOING_ON, after=after, most=most)
    return [(int(number), _scan(tuple(row))) for number, *row in rows]


def begin(tx: Tx, scan: Scan) -> None:
    """Write a scan over what was there."""
    target = scan.target
    tx.change(
        _BEGIN,
        project_id=target.project_id,
        media_type=target.media_type,
        size=target.size,
        state=scan.state.value,
        moment=scan.moment,
        started_at=None,
        ended_at=None,
        request="",
        problem="",
        **_key(target.repository, target.digest, scan.scanner, scan.capability),
    )


def move(tx: Tx, scan: Scan) -> bool:
    """Write how a scan stands by now; False: it is over, or was asked for again."""
    return bool(
        tx.change(
            _MOVE,
            asked=scan.moment,
            new_state=scan.state.value,
            new_started_at=scan.started_at,
            new_ended_at=scan.ended_at,
            new_request=scan.request,
            new_problem=scan.problem,
            **_key(scan.target.repository, scan.target.digest, scan.scanner, scan.capability),
        )
    )


def unsettled(tx: Tx, since: Moment) -> list[Scan]:
    """The scans for vulnerabilities that were asked for since a moment, and go on or have failed."""
    return [_scan(row) for row in tx.rows(_UNSETTLED, since=since, failed=ScanState.ERROR.value)]


def digests_in(tx: Tx, project_id: int) -> list[str]:
    """The manifests of a project that were ever scanned by somebody."""
    return [str(digest) for (digest,) in tx.rows(_DIGESTS, project=project_id)]


def digests_by(tx: Tx, scanner: str) -> list[str]:
    """The manifests that a scanner was ever asked about."""
    return [str(digest) for (digest,) in tx.rows(_DIGESTS_BY, scanner=scanner)]


def forget_project(tx: Tx, project_id: int) -> None:
    """The project goes."""
    tx.change(_FORGET_PROJECT, project=project_id)


def forget_scanner(tx: Tx, scanner: str) -> None:
    """The scanner goes."""
    tx.change(_FORGET_SCANNER, scanner=scanner)


def forget_digests(tx: Tx, digests: Collection[str]) -> None:
    """The manifests are nowhere any more."""
    tx.change(_FORGET_DIGESTS, digests=list(digests))


def _key(repository: str, digest: str, scanner: str, capability: Capability) -> dict[str, str]:
    return {
        "repository": repository,
        "digest": digest,
        "scanner": scanner,
        "capability": capability.value,
    }


def _scan(row: tuple[Any, ...]) -> Scan:
    project_id, repository, digest, media_type, size, scanner, capability, state, *rest = row
    moment, started_at, ended_at, request, problem = rest
    return Scan(
        target=Target(project_id, repository, digest, media_type, size),
        scanner=scanner,
        capability=Capability(capability),
        state=ScanState(state),
        moment=Moment(moment),
        started_at=started_at,
        ended_at=ended_at,
        request=request,
        problem=problem,
    )
