"""Inserts that meet an existing row, for `Statement`: the same on both databases, bound by column names."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite


def _values(table: Table) -> dict[str, ColumnElement[object]]:
    """A parameter for every column but those that the database fills: its own number, and server defaults."""
    own = table.autoincrement_column
    return {
        c.name: bindparam(c.name, type_=c.type)
        for c in table.columns
        if c is not own and c.server_default is None
    }


def _insert(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_ignore(
    table: Table, *index_elements: str, returning: Sequence[str] = ()
) -> Callable[[str], Executable]:
    """INSERT that does nothing where a row with equal `index_elements` exists; `returning` then gives no row.

    Without `index_elements` any unique constraint counts.
    """

    def clause(dialect: str) -> Executable:
        insert = _insert(table, dialect).values(_values(table))
        ignoring = insert.on_conflict_do_nothing(index_elements=list(index_elements) or None)
        return ignoring.returning(*(table.c[name] for name in returning)) if returning else ignoring

    return clause


def upsert(
    table: Table, index_elements: Sequence[str], update: Sequence[str], *, returning: Sequence[str] = ()
) -> Callable[[str], Executable]:
    """INSERT that, where a row with equal `index_elements` exists, sets `update` to the new values."""

    def clause(dialect: str) -> Executable:
        insert = _insert(table, dialect).values(_values(table))
        changed = {name: insert.excluded[name] for name in update}
        merging = insert.on_conflict_do_update(index_elements=list(index_elements), set_=changed)
        return merging.returning(*(table.c[name] for name in returning)) if returning else merging

    return clause
