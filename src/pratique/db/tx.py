"""What rooms do inside a transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Executable, Result

from pratique.clock import Clock, Moment
from pratique.db.failures import DRIVER_ERRORS, translate
from pratique.db.session import Session
from pratique.db.statement import Statement

Row: TypeAlias = tuple[Any, ...]
LastAct: TypeAlias = Callable[["Tx"], None]


class Tx:
    """A transaction in progress. It belongs to one thread and ends with the `read` or `write` that gave it.

    Every method raises `ConstraintViolation` (`UniqueViolation`, `ForeignKeyViolation`) where the schema
    forbids it and `errors.Unavailable` where the database can't do it now.
    """

    __slots__ = ("_clock", "_last_acts", "_scopes", "_session", "dialect")

    def __init__(self, session: Session, dialect: str, clock: Clock) -> None:
        self.dialect = dialect
        self._clock = clock
        self._session = session
        self._scopes: dict[str, None] = {}
        self._last_acts: list[LastAct] = []

    def now(self) -> Moment:
        """The time by the database's clock, for rows that say when they were written."""
        return self._clock.now()

    def rows(self, statement: Statement, **params: Any) -> list[Row]:
        """Every row of `statement`."""
        form = statement.form(self.dialect)
        cursor = self._session.cursor
        try:
            cursor.execute(form.text, form.bind(params))
            return cursor.fetchall()
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def row(self, statement: Statement, **params: Any) -> Row | None:
        """The first row of `statement`, or None. Every row is fetched: say LIMIT where there may be many."""
        rows = self.rows(statement, **params)
        return rows[0] if rows else None

    def change(self, statement: Statement, **params: Any) -> int:
        """Run an INSERT, UPDATE or DELETE; the number of rows it affected."""
        form = statement.form(self.dialect)
        cursor = self._session.cursor
        try:
            cursor.execute(form.text, form.bind(params))
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return cursor.rowcount

    def change_many(self, statement: Statement, params: Sequence[Mapping[str, Any]]) -> None:
        """Run an INSERT, UPDATE or DELETE once for each of `params`."""
        form = statement.form(self.dialect)
        try:
            self._session.cursor.executemany(form.text, [form.bind(each) for each in params])
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def execute(
        self, clause: Executable, params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Result[*tuple[Any, ...]]:
        """Run a statement composed on the spot (filters, paging) through SQLAlchemy; rows are all fetched."""
        try:
            result = self._session.connection.execute(clause, params)
            # An unread SELECT would hold SQLite's snapshot beyond the transaction.
            return result.freeze()() if result.returns_rows else result
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def touch(self, *scopes: str) -> None:
        """Say what readers may hold that this commit changes (`repository:library/app`, `account:user:1`)."""
        self._scopes.update(dict.fromkeys(scopes))

    def before_commit(self, do: LastAct) -> None:
        """Run `do` after the work, in order, under the ordering lock: numbers drawn there commit in order."""
        self._last_acts.append(do)

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection: for migrations and `create_all`. Never commit or roll back on it."""
        return self._session.connection

    @property
    def scopes(self) -> tuple[str, ...]:
        """What was touched so far, each once."""
        return tuple(self._scopes)

    @property
    def is_ordered(self) -> bool:
        """Whether the commit needs the ordering lock."""
        return bool(self._scopes or self._last_acts)

    def run_last_acts(self) -> None:
        """Run what `before_commit` was given, acts added meanwhile included."""
        while self._last_acts:
            acts, self._last_acts = self._last_acts, []
            for act in acts:
                act(self)
