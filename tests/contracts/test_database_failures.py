"""A database that is full, read-only, busy, damaged or gone: said in words, nothing changed, and well again after."""

import itertools
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from tests.conftest import MakeDatabase
from tests.contracts.things import ADD, GROW, names_in, sizes_in

from pratique import db
from pratique.clock import SystemClock
from pratique.db.postgresql import PostgresqlDatabase
from pratique.db.sqlite import SqliteDatabase
from pratique.errors import Unavailable

BIG = "x" * 400_000


@pytest.fixture
def sqlite(make_database: MakeDatabase) -> SqliteDatabase:
    database = make_database("sqlite")
    assert isinstance(database, SqliteDatabase)
    return database


@pytest.fixture
def postgresql(make_database: MakeDatabase) -> PostgresqlDatabase:
    database = make_database("postgresql")
    assert isinstance(database, PostgresqlDatabase)
    return database


def test_a_full_disk_is_said_and_passes(sqlite: SqliteDatabase) -> None:
    raw = sqlite._writing.raw
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(Unavailable, match="full"):
        sqlite.write(lambda tx: tx.row(ADD, name=BIG, size=0))
    sqlite.write(lambda tx: tx.row(ADD, name="small", size=0))
    raw.execute("PRAGMA max_page_count = 100000")
    sqlite.write(lambda tx: tx.row(ADD, name=BIG, size=0))
    assert names_in(sqlite) == ["small", BIG]


def test_nobody_in_a_group_on_a_full_disk_is_told_that_it_was_saved(sqlite: SqliteDatabase) -> None:
    raw = sqlite._writing.raw
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages + 150}")

    def call(number: int) -> str | None:
        name = f"{number}{BIG if number % 2 else ''}"
        try:
            sqlite.write(lambda tx: tx.row(ADD, name=name, size=0))
        except Unavailable:
            return None
        return name

    with ThreadPoolExecutor(8) as pool:
        saved = [name for name in pool.map(call, range(24)) if name]
    assert sorted(saved) == sorted(names_in(sqlite))
    assert len(saved) < 24


def test_a_read_only_database_is_said(sqlite: SqliteDatabase) -> None:
    sqlite._writing.raw.execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable, match="read-only"):
        sqlite.write(lambda tx: tx.row(ADD, name="a", size=0))


def test_a_writer_that_never_ends_is_said(sqlite: SqliteDatabase, tmp_path: Path) -> None:
    impatient = SqliteDatabase(sqlite._path, tmp_path, SystemClock(), busy=0.2)
    other = sqlite3.connect(sqlite._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="busy"):
        impatient.write(lambda tx: tx.row(ADD, name="a", size=0))
    other.execute("ROLLBACK")
    other.close()
    impatient.write(lambda tx: tx.row(ADD, name="b", size=0))
    impatient.close()
    assert names_in(sqlite) == ["b"]


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 400)
    with pytest.raises(Unavailable, match="not an SQLite database"):
        db.open_database(f"sqlite:///{tmp_path}/x.db", tmp_path)


def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be opened"):
        db.open_database(f"sqlite:///{tmp_path}/missing/x.db", tmp_path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://x/y", "x.db"])
def test_other_urls_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must start with"):
        db.open_database(url, tmp_path)


def test_the_file_is_private(sqlite: SqliteDatabase) -> None:
    sqlite.write(lambda tx: tx.row(ADD, name="a", size=0))
    files = list(sqlite._path.parent.glob(f"{sqlite._path.name}*"))
    assert len(files) == 3
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def cut_off_everybody(database: PostgresqlDatabase) -> None:
    """What a restart of the server does to its connections."""
    with psycopg.connect(database._url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_restart_between_transactions_is_not_noticed(postgresql: PostgresqlDatabase) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: names_in(postgresql), range(40)))
    cut_off_everybody(postgresql)
    assert names_in(postgresql) == []
    cut_off_everybody(postgresql)
    postgresql.write(lambda tx: tx.row(ADD, name="a", size=0))
    assert names_in(postgresql) == ["a"]


def test_a_work_that_lost_its_connection_runs_again(postgresql: PostgresqlDatabase) -> None:
    postgresql.write(lambda tx: tx.row(ADD, name="a", size=0))
    runs = itertools.count(1)

    def work(tx: db.Tx) -> int:
        run = next(runs)
        tx.change(GROW, called="a")
        if run == 1:
            cut_off_everybody(postgresql)
        tx.change(GROW, called="a")
        return run

    assert postgresql.write(work) == 2
    assert sizes_in(postgresql) == {"a": 2}


def test_a_commit_that_may_have_happened_is_not_run_again(postgresql: PostgresqlDatabase) -> None:
    runs = itertools.count(1)

    def work(tx: db.Tx) -> None:
        tx.row(ADD, name=str(next(runs)), size=0)
        tx.before_commit(lambda _: cut_off_everybody(postgresql))

    with pytest.raises(Unavailable, match="look whether"):
        postgresql.write(work)
    assert next(runs) == 2


def test_a_watch_that_was_cut_off_looks_again(postgresql: PostgresqlDatabase) -> None:
    watch = postgresql.watch()
    assert watch.poll()
    cut_off_everybody(postgresql)
    assert not watch.poll()
    assert watch.poll()
    watch.close()


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    database = db.open_database("postgresql://pratique@127.0.0.1:9/none", tmp_path)
    with pytest.raises(Unavailable, match="can't be reached"):
        names_in(database)
    watch = database.watch()
    watch.start()
    assert not watch.lease_is_alive()
    watch.close()
    database.close()


def test_a_copy_of_postgresql_is_left_to_its_own_tool(postgresql: PostgresqlDatabase, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pg_dump"):
        postgresql.backup(tmp_path / "copy")
