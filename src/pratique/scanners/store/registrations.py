"""Rows of registrations, and which project has which."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from pratique import db
from pratique.db import Tx
from pratique.scanners.store.tables import project_scanner, scanner_registration
from pratique.scanners.values import Auth, Registration

_COLUMNS: Final = tuple(scanner_registration.c)
_ALL: Final = db.Statement(select(*_COLUMNS).order_by(scanner_registration.c.created_at))
_BY_ID: Final = db.Statement(select(*_COLUMNS).where(scanner_registration.c.id == bindparam("wanted")))
_DEFAULT: Final = db.Statement(select(*_COLUMNS).where(scanner_registration.c.is_default))
_INSERT: Final = db.Statement(insert(scanner_registration))
_CHANGED: Final = (
    "name",
    "url",
    "description",
    "auth",
    "sealed",
    "insecure_skip_verify",
    "internal",
    "disabled",
    "updated_at",
)
_UPDATE: Final = db.Statement(
    update(scanner_registration)
    .where(scanner_registration.c.id == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}", type_=scanner_registration.c[name].type) for name in _CHANGED})
)
_DELETE: Final = db.Statement(
    delete(scanner_registration).where(scanner_registration.c.id == bindparam("wanted"))
)
_SET_DEFAULT: Final = db.Statement(
    update(scanner_registration).values(is_default=scanner_registration.c.id == bindparam("wanted"))
)
_OF_PROJECT: Final = db.Statement(
    select(project_scanner.c.scanner).where(project_scanner.c.project_id == bindparam("project"))
)
_PUT: Final = db.Statement(db.upsert(project_scanner, ("project_id",), ("scanner",)))
_UNSET: Final = db.Statement(
    delete(project_scanner).where(project_scanner.c.project_id == bindparam("project"))
)
_UNSET_EVERYWHERE: Final = db.Statement(
    delete(project_scanner).where(project_scanner.c.scanner == bindparam("wanted"))
)


def every(tx: Tx) -> list[Registration]:
    """All, the oldest first."""
    return [_registration(row) for row in tx.rows(_ALL)]


def by_id(tx: Tx, number: str) -> Registration | None:
    """The one with this id."""
    row = tx.row(_BY_ID, wanted=number)
    return None if row is None else _registration(row)


def default(tx: Tx) -> Registration | None:
    """What projects have that chose none; None: our own."""
    row = tx.row(_DEFAULT)
    return None if row is None else _registration(row)


def add(tx: Tx, new: Registration) -> None:
    """Raises UniqueViolation where another has its name."""
    tx.change(_INSERT, **_values(new), id=new.id, is_default=new.is_default, created_at=new.created_at)


def change(tx: Tx, new: Registration) -> None:
    """Write what may be changed. Raises UniqueViolation where another has its name."""
    tx.change(_UPDATE, wanted=new.id, **{f"new_{name}": value for name, value in _values(new).items()})


def remove(tx: Tx, number: str) -> None:
    """Delete it; the projects that had it have the default one."""
    tx.change(_UNSET_EVERYWHERE, wanted=number)
    tx.change(_DELETE, wanted=number)


def set_default(tx: Tx, number: str) -> None:
    """Make it, and no other, the default one; "" none of them: our own is."""
    tx.change(_SET_DEFAULT, wanted=number)


def of_project(tx: Tx, project_id: int) -> str | None:
    """The id of what a project has chosen."""
    row = tx.row(_OF_PROJECT, project=project_id)
    return None if row is None else str(row[0])


def choose(tx: Tx, project_id: int, number: str) -> None:
    """Have a project use one."""
    tx.change(_PUT, project_id=project_id, scanner=number)


def forget_project(tx: Tx, project_id: int) -> None:
    """The project goes."""
    tx.change(_UNSET, project=project_id)


def _values(one: Registration) -> dict[str, Any]:
    return {
        "name": one.name,
        "url": one.url,
        "description": one.description,
        "auth": one.auth.value,
        "sealed": one.sealed,
        "insecure_skip_verify": one.insecure_skip_verify,
        "internal": one.uses_internal_address,
        "disabled": one.disabled,
        "updated_at": one.updated_at,
    }


def _registration(row: tuple[Any, ...]) -> Registration:
    number, name, url, description, auth, sealed, skip, internal, disabled, is_default, created, updated = row
    return Registration(
        id=number,
        name=name,
        url=url,
        description=description,
        auth=Auth(auth),
        sealed=sealed,
        insecure_skip_verify=bool(skip),
        uses_internal_address=bool(internal),
        disabled=bool(disabled),
        is_default=bool(is_default),
        created_at=created,
        updated_at=updated,
    )
