"""Statements compiled once per dialect and run as text on the driver's cursor.

SQLAlchemy's execution costs two thirds of a small transaction's CPU; its compiler is what we want of it. A
`Statement` keeps the compiler's text and the names of its parameters, and the driver does the rest. What that
leaves out: Python-side column defaults, result processing (a Boolean comes back from SQLite as 0 or 1),
expanding `IN` lists.

Lists are passed as one parameter: `select(link.c.digest).where(one_of(link.c.digest, "digests"))`, run with
`digests=[…]`, becomes `IN (SELECT value FROM json_each(:digests))` on SQLite and `= ANY (%(digests)s)` on
PostgreSQL.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Executable, Text, bindparam, column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import TableValuedAlias
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import CompilerElement
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

_DIALECTS: Final[Mapping[str, Dialect]] = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="named"),
    "postgresql": PGDialect_psycopg(),  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
}


class Form(NamedTuple):
    """A statement in one dialect: its text, the values it carries itself, and how lists are passed."""

    text: str
    fixed: Mapping[str, Any]
    encoders: Mapping[str, Callable[[Any], Any]]

    def bind(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """`params` completed for the driver."""
        if not self.fixed and not self.encoders:
            return params
        bound = {**self.fixed, **params}
        for name, encode in self.encoders.items():
            bound[name] = encode(bound[name])
        return bound


class Statement:
    """A Core construct made at module level; `Tx.rows`, `row`, `change` and `change_many` run it.

    A callable gets the dialect's name ("sqlite", "postgresql") and returns the construct: for upserts and
    locks. Parameters are the construct's bind names. A `bindparam` in WHERE may not be called like a column
    that the same UPDATE sets with a plain value (SQLAlchemy reserves it).
    """

    __slots__ = ("_clause", "_forms")

    def __init__(self, clause: Executable | Callable[[str], Executable]) -> None:
        self._clause = clause
        self._forms: dict[str, Form] = {}

    def form(self, dialect: str) -> Form:
        """The statement in `dialect`, compiled at its first use."""
        return self._forms.get(dialect) or self._compile(dialect)

    def _compile(self, dialect: str) -> Form:
        clause = self._clause if isinstance(self._clause, Executable) else self._clause(dialect)
        engine_dialect = _DIALECTS[dialect]
        compiled = _compiled(clause, engine_dialect)
        fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        encoders = {
            name: encode
            for bind, name in compiled.bind_names.items()
            if isinstance(bind.type, _List) and (encode := bind.type.bind_processor(engine_dialect))
        }
        form = Form(str(compiled), fixed, encoders)
        self._forms[dialect] = form
        return form


def _compiled(clause: Executable, dialect: Dialect) -> SQLCompiler:
    if isinstance(clause, CompilerElement):
        # for_executemany: else SQLAlchemy adds a RETURNING of its own to plain inserts on PostgreSQL.
        compiled = clause.compile(dialect=dialect, for_executemany=True)
        if isinstance(compiled, SQLCompiler):
            return compiled
    raise TypeError(f"{clause!r} is not a statement with parameters")


class _List(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: JSON text on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


class _OneOf(ColumnElement[bool]):
    """`column` is one of the values of a list parameter."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values = bindparam(name, type_=_List(column.type))

    def self_group(self, against: OperatorType | None = None) -> ColumnElement[bool]:  # noqa: ARG002 - SQLAlchemy passes it by name
        """As it is: SQLAlchemy would compare it with 1 on SQLite."""
        return self


def one_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """True where `column` is one of the values of the list parameter `name`; never for an empty list."""
    return _OneOf(column, name)


def each_of(name: str) -> TableValuedAlias:
    """The values of the list parameter `name` (of text), in order, as a table with one column `value`."""
    # Called like its column: PostgreSQL names the column of a function in FROM after the alias.
    return _EachOf(bindparam(name, type_=_List(Text()))).table_valued(column("value", Text), name="value")


class _EachOf(GenericFunction[str]):
    """json_each on SQLite, unnest on PostgreSQL."""

    inherit_cache = True
    name = "pratique_each_of"


@compiles(_EachOf, "sqlite")
def _each_of_sqlite(element: _EachOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_EachOf, "postgresql")
def _each_of_postgresql(element: _EachOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unnest({compiler.process(element.clauses, **kw)})"


@compiles(_OneOf, "sqlite")
def _one_of_sqlite(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both halves are the compiler's text


@compiles(_OneOf, "postgresql")
def _one_of_postgresql(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} = ANY ({values})"
