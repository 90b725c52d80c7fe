"""The two stores at the bottom of the house: the database, which is the truth, and the blobs, which are dumb."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pratique.blobs import Layout, LocalBlobs, LocalSpool
from pratique.bootstrap.places import DATABASE
from pratique.clock import Clock
from pratique.db import Database, PostgresqlLimits, TimedDatabase, open_database
from pratique.errors import Unavailable
from pratique.settings import Settings
from pratique.telemetry import Metrics
from pratique.telemetry.table import TRANSACTION_SECONDS


@dataclass(frozen=True, slots=True)
class Stores:
    """What holds data."""

    directory: Path
    database: Database
    blobs: LocalBlobs
    spool: LocalSpool


def database_url(settings: Settings) -> str:
    """The database's URL: SQLite in the data directory unless the settings say otherwise."""
    named = settings.database.url.reveal()
    return named or f"sqlite:///{settings.storage.directory.resolve() / DATABASE}"


def open_stores(settings: Settings, clock: Clock, metrics: Metrics | None = None) -> Stores:
    """Open both; the data directory is made if need be, readable by its owner alone. Raises Unavailable."""
    directory = settings.storage.directory.resolve()
    layout = Layout(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        layout.prepare()
    except OSError as problem:
        raise Unavailable(f"{directory} can't be the data directory: {problem.strerror}") from None
    limits = PostgresqlLimits(settings.database.connections, settings.database.statement_timeout)
    database = open_database(database_url(settings), directory, clock, limits)
    if metrics is not None:
        database = TimedDatabase(database, clock, partial(metrics.observe, TRANSACTION_SECONDS))
    return Stores(
        directory,
        database,
        LocalBlobs(layout, clock),
        LocalSpool(layout, clock, keep_free=settings.storage.keep_free),
    )
