"""`pratique db`: the schema of the database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from pratique.bootstrap.stores import open_stores
from pratique.cli.options import (
    config_option,
    data_option,
    fail,
    format_option,
    settings_of,
    show,
    storage_options,
    working,
)
from pratique.clock import SystemClock
from pratique.db import Database
from pratique.errors import PratiqueError
from pratique.migrations import Revisions
from pratique.migrations.preparing import upgrade as upgrade_schema


@dataclass(frozen=True, slots=True)
class _Opened:
    database: Database
    directory: Path


@click.group()
def db() -> None:
    """Look at the schema of the database, or upgrade it.

    \b
    Example:
      pratique db current --config /etc/pratique.toml
    """


@db.command()
@data_option
@config_option
@format_option
def current(data: Path | None, config_file: Path | None, style: str) -> None:
    """Say at which revision the database is, and which one this version needs.

    \b
    Example:
      pratique db current --config /etc/pratique.toml --format json
    """
    revisions = Revisions()

    def look(opened: _Opened) -> None:
        with opened.database.read() as tx:
            found = revisions.current(tx)
        is_current = found == revisions.head
        what_to_do = "nothing to do" if is_current else "run `pratique db upgrade`"
        show(
            style,
            {"current": found, "head": revisions.head, "is_current": is_current},
            f"{found or 'no schema yet'}; this version needs {revisions.head}: {what_to_do}",
        )

    _with_database(data, config_file, look)


@db.command()
@data_option
@config_option
@format_option
def upgrade(data: Path | None, config_file: Path | None, style: str) -> None:
    """Bring the schema to what this version needs, in one transaction.

    An embedded database is copied first; of a PostgreSQL database make a copy with pg_dump.

    \b
    Example:
      pratique db upgrade --config /etc/pratique.toml
    """

    def run(opened: _Opened) -> None:
        with working("upgrading"):
            done = upgrade_schema(opened.database, opened.directory, Revisions())
        copy = str(done.copy) if done.copy else None
        kept = f"; the database as it was: {copy}" if copy else ""
        moved = "nothing to do" if done.before == done.after else f"from {done.before or 'nothing'}"
        show(
            style,
            {"before": done.before, "after": done.after, "copy": copy},
            f"{done.after}: {moved}{kept}",
        )

    _with_database(data, config_file, run)


def _with_database(data: Path | None, config_file: Path | None, do: Callable[[_Opened], None]) -> None:
    # A revision may take longer than any statement of a server should.
    settings = settings_of(config_file, {**storage_options(data), "database": {"statement_timeout": 0}})
    try:
        stores = open_stores(settings, SystemClock())
        try:
            do(_Opened(stores.database, stores.directory))
        finally:
            stores.database.close()
    except PratiqueError as error:
        fail(error)
