"""Runs revisions on a `Database`, without Alembic's own environment file: the transaction is ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import inspect, text

from pratique.db import Database, Tx, metadata
from pratique.errors import Unavailable

LOCATION: Final = Path(__file__).parent
LOCK: Final = 0x70726175
"""The key of the advisory lock under which one process at a time upgrades a PostgreSQL database: "prau"."""


class SchemaMismatch(Unavailable):
    """The schema is not the one that this program works with; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did. `before` None: there was no schema yet. `copy`: the database as it was before."""

    before: str | None
    after: str
    copy: Path | None = None


class Revisions:
    """The revisions that this program knows, in `versions` below a folder."""

    def __init__(self, location: Path = LOCATION) -> None:
        self._config = Config()
        self._config.set_main_option("script_location", str(location))
        self._scripts = ScriptDirectory.from_config(self._config)

    def all(self) -> Sequence[Script]:
        """Every revision, the oldest first."""
        return tuple(reversed(list(self._scripts.walk_revisions())))

    @property
    def head(self) -> str:
        """The newest one."""
        return self.all()[-1].revision

    def current(self, tx: Tx) -> str | None:
        """The revision of a database; None: it has no schema of ours yet.

        Raises SchemaMismatch when it has one that this program does not know.
        """
        revision = MigrationContext.configure(tx.connection).get_current_revision()
        if revision is not None and revision not in {script.revision for script in self.all()}:
            raise SchemaMismatch(
                f"the database is at revision {revision}, newer than {self.head}, which is the last that this version "
                "knows: run the version that upgraded it, or a newer one"
            )
        if revision is None and metadata.tables.keys() & set(inspect(tx.connection).get_table_names()):
            raise SchemaMismatch(
                "the database has tables of the names we use, and no revision: name an empty database"
            )
        return revision

    def upgrade(self, database: Database, to: str = "head") -> Upgrade:
        """Bring a schema forward, all of it or nothing. Raises SchemaMismatch."""
        return database.write(lambda tx: self._upgrade(tx, to))

    def _upgrade(self, tx: Tx, to: str) -> Upgrade:
        if tx.dialect == "postgresql":
            # Looked at under the lock: another process may be at it, and READ COMMITTED then sees what it did.
            tx.connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        before = self.current(tx)
        self._run(tx, to)
        return Upgrade(before, self.current(tx) or "")

    def _run(self, tx: Tx, to: str) -> None:
        def steps(revision: Any, _context: Any) -> Any:
            return self._scripts._upgrade_revs(to, revision)  # noqa: SLF001 - what Alembic's own command calls

        with EnvironmentContext(self._config, self._scripts, fn=steps) as environment:
            environment.configure(connection=tx.connection, transactional_ddl=False, target_metadata=metadata)
            environment.run_migrations()
