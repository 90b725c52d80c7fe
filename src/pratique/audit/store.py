"""The table of the audit log, and all the SQL over it. Rows are only ever added."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Select,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    true,
)

from pratique import db
from pratique.audit.values import AuditEntry, AuditQuery, Term
from pratique.clock import Moment
from pratique.db import Tx

audit_log: Final = Table(
    "audit_log",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("username", String(255), nullable=False),
    Column("operation", String(32), nullable=False),
    Column("resource_type", String(32), nullable=False),
    Column("resource", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    # 0: of no project. No foreign key: the record outlives what it is about.
    Column("project_id", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "project_id", "at"),
    sqlite_autoincrement=True,
)

_FIELDS: Final[Mapping[str, ColumnElement[Any]]] = {
    "id": audit_log.c.id,
    "op_time": audit_log.c.at,
    "username": audit_log.c.username,
    "operation": audit_log.c.operation,
    "resource_type": audit_log.c.resource_type,
    "resource": audit_log.c.resource,
    "operation_description": audit_log.c.description,
    "operation_result": audit_log.c.succeeded,
    "project_id": audit_log.c.project_id,
}
_NUMBERS: Final = frozenset({"id", "op_time", "project_id"})
_INSERT: Final = db.Statement(
    insert(audit_log).values({column.name: bindparam(column.name) for column in list(audit_log.c)[1:]})
)
_RECENT: Final = db.Statement(
    select(audit_log.c.id)
    .where(
        audit_log.c.at > bindparam("since"),
        audit_log.c.username == bindparam("name"),
        audit_log.c.operation == bindparam("verb"),
        audit_log.c.succeeded == bindparam("result"),
    )
    .limit(1)
)


def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows; keys are the columns' names."""
    tx.change_many(_INSERT, rows)


def has_failed_since(tx: Tx, username: str, operation: str, since: Moment) -> bool:
    """Whether the same failure of the same account is recorded after `since`."""
    return tx.row(_RECENT, since=since, name=username, verb=operation, result=False) is not None


def count(tx: Tx, query: AuditQuery) -> int:
    """How many entries there are."""
    return int(tx.execute(_filtered(select(func.count()).select_from(audit_log), query)).scalar_one())


def page(tx: Tx, query: AuditQuery, sort: Sequence[str], offset: int, limit: int | None) -> list[AuditEntry]:
    """Entries in the order asked for, else the newest first; unknown fields are passed over, as Harbor does."""
    order = [
        _FIELDS[name.removeprefix("-")].desc() if name.startswith("-") else _FIELDS[name]
        for name in sort
        if name.removeprefix("-") in _FIELDS
    ]
    found = _filtered(select(*audit_log.c), query).order_by(*order, audit_log.c.id.desc()).offset(offset)
    return [_entry(tuple(row)) for row in tx.execute(found if limit is None else found.limit(limit))]


def _filtered(clause: Select[Any], query: AuditQuery) -> Select[Any]:
    return clause.where(true(), *_conditions(query))


def _conditions(query: AuditQuery) -> Iterable[ColumnElement[bool]]:
    if query.project_ids is not None:
        yield audit_log.c.project_id.in_(sorted(query.project_ids))
    for term in query.terms:
        if term.field in _FIELDS:
            yield from _condition(_FIELDS[term.field], term)


def _condition(column: ColumnElement[Any], term: Term) -> Iterable[ColumnElement[bool]]:
    if term.how == "like" and term.field not in _NUMBERS:
        yield func.lower(column).contains(str(term.values[0]).lower(), autoescape=True)
    elif term.how == "between":
        low, high = term.values
        if low is not None:
            yield column >= low
        if high is not None:
            yield column <= high
    else:
        yield column.in_(term.values)


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    number, at, username, operation, resource_type, resource, description, succeeded, project_id, detail = row
    return AuditEntry(
        number,
        at,
        username,
        operation,
        resource_type,
        resource,
        description,
        bool(succeeded),
        project_id,
        msgspec.json.decode(detail),
    )
