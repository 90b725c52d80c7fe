"""Runs revisions on a `Database`, without Alembic's own environment file: the transaction is ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pratique.db import Database, Tx
from pratique.errors import Unavailable

_LOCATION: Final = Path(__file__).parent


class Behind(Unavailable):
    """The schema is older (or newer) than this program; what to do is in the message."""


def head() -> str:
    """The newest revision that this program knows."""
    newest = _scripts(_config()).get_current_head()
    if newest is None:
        raise LookupError("there are no revisions")
    return newest


def current(tx: Tx) -> str | None:
    """The revision of the database; None: it has no schema of ours yet."""
    return MigrationContext.configure(tx.connection).get_current_revision()


def upgrade(database: Database, to: str = "head") -> tuple[str | None, str]:
    """Bring the schema to a revision; what it was and what it is. Raises Behind when it is newer than this program."""
    return database.write(lambda tx: _upgrade(tx, to))


def _upgrade(tx: Tx, to: str) -> tuple[str | None, str]:
    config = _config()
    scripts = _scripts(config)
    before = current(tx)
    if before is not None and before not in {script.revision for script in scripts.walk_revisions()}:
        raise Behind(f"the database is at revision {before}, which this version does not know: run a newer version")

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(to, revision)  # noqa: SLF001 - what Alembic's own `upgrade` command calls

    _run(config, scripts, tx, steps)
    return before, current(tx) or ""


def _run(config: Config, scripts: ScriptDirectory, tx: Tx, steps: Callable[[Any, Any], Any]) -> None:
    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=tx.connection, transactional_ddl=False)
        environment.run_migrations()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_LOCATION))
    return config


def _scripts(config: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(config)
