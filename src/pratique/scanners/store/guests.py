"""Rows of scans that others have asked of us."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Tx
from pratique.scanners.store.tables import guest_scan

_INSERT: Final = db.Statement(insert(guest_scan))
_OF: Final = db.Statement(
    select(guest_scan.c.asked, guest_scan.c.state, guest_scan.c.problem, guest_scan.c.reports).where(
        guest_scan.c.id == bindparam("wanted")
    )
)
_END: Final = db.Statement(
    update(guest_scan)
    .where(guest_scan.c.id == bindparam("wanted"))
    .values(
        asked="",
        state=bindparam("new_state"),
        problem=bindparam("new_problem"),
        reports=bindparam("new_reports", type_=guest_scan.c.reports.type),
    )
)
_FORGET: Final = db.Statement(delete(guest_scan).where(guest_scan.c.moment < bindparam("before")))
_COUNT: Final = db.Statement(select(func.count()).select_from(guest_scan))


@dataclass(frozen=True, slots=True)
class GuestRow:
    """`asked` is sealed, and gone once the scan is over; `reports` is packed."""

    asked: str
    state: str
    problem: str
    reports: bytes | None


def add(tx: Tx, number: str, asked: str, state: str, at: Moment) -> None:
    """Keep what is asked."""
    row: dict[str, Any] = {"id": number, "asked": asked, "state": state, "moment": at}
    tx.change(_INSERT, **row, problem="", reports=None)


def of(tx: Tx, number: str) -> GuestRow | None:
    """A scan."""
    row = tx.row(_OF, wanted=number)
    return None if row is None else GuestRow(*row)


def end(tx: Tx, number: str, state: str, problem: str, reports: bytes | None) -> None:
    """Write how a scan ended; the credential that came with it is forgotten."""
    tx.change(_END, wanted=number, new_state=state, new_problem=problem, new_reports=reports)


def forget(tx: Tx, before: Moment) -> None:
    """Delete what is old."""
    tx.change(_FORGET, before=before)


def count(tx: Tx) -> int:
    """How many there are."""
    return int(tx.rows(_COUNT)[0][0])
