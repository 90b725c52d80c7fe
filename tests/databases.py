"""Databases for tests: SQLite files, and one PostgreSQL server per test session.

The server is Debian's, started from its binaries as a user without rights, on loopback and a Unix socket. It
is stopped with the session, or by the kernel when the session is killed. Where the binaries are missing the
tests on PostgreSQL are skipped; with PRATIQUE_TEST_REQUIRE=all they fail.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import text
from tests.waiting import eventually

from pratique.db import Database

KINDS: Final = ("sqlite", "postgresql")
OWNER: Final = "pratique"
START_SECONDS: Final = 30
_ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True)
class Place:
    """Where a database lives: what `open_database` takes, for this process and for others."""

    kind: str
    url: str
    directory: Path


class PostgresqlServer:
    """A server of our own, with a new database for each test."""

    def __init__(self, binaries: Path, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count(1)
        self._port = _free_port()
        self._as_user = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            user = _user_without_rights()
            os.chown(directory, user.pw_uid, user.pw_gid)
            self._as_user += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._run(binaries / "initdb", "-D", "data", "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync")
        self._log = (directory / "log").open("wb")
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": directory,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 200,
            "shared_buffers": "64MB",
        }
        self._process = subprocess.Popen(
            [
                *self._as_user,
                binaries / "postgres",
                "-D",
                "data",
                *(f"--{k}={v}" for k, v in settings.items()),
            ],
            cwd=directory,
            stdout=self._log,
            stderr=self._log,
        )
        self._wait_until_ready()

    def _run(self, *command: object) -> None:
        command_line = [*self._as_user, *map(str, command)]
        subprocess.run(command_line, cwd=self._directory, check=True, capture_output=True)

    def _wait_until_ready(self) -> None:
        eventually(self._answers, START_SECONDS)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "it has ended"
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres")).close()
            return True
        return False

    def url(self, name: str) -> str:
        """The URL of the database `name`."""
        return f"postgresql://{OWNER}@127.0.0.1:{self._port}/{name}"

    @contextlib.contextmanager
    def new_database(self) -> Iterator[str]:
        """The URL of an empty database, dropped afterwards whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            yield self.url(name)
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def stop(self) -> None:
        """Fast shutdown; wait for the end."""
        self._process.send_signal(2)
        self._process.wait(START_SECONDS)
        self._log.close()


def until_somebody_waits(database: Database) -> None:
    """Return once a session of a PostgreSQL server waits for a lock that another holds."""
    eventually(lambda: _somebody_waits(database))


def _somebody_waits(database: Database) -> bool:
    with database.read() as tx:
        return bool(tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@contextlib.contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A running server; skips or fails the test that asks when there are no binaries."""
    binaries = _binaries()
    if binaries is None:
        reason = "no PostgreSQL binaries: install Debian's package postgresql-15"
        if os.environ.get("PRATIQUE_TEST_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    # Not below pytest's own directory: the server's user could not enter it.
    directory = Path(tempfile.mkdtemp(prefix="pratique-postgresql-"))
    server = PostgresqlServer(binaries, directory)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


def _binaries() -> Path | None:
    """Debian keeps them by version outside PATH; elsewhere they are in PATH."""
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if by_version:
        return by_version[-1].parent
    found = shutil.which("postgres")
    return Path(found).parent if found else None


def _user_without_rights() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def another_process(place: Place, *action: object) -> "subprocess.Popen[str]":
    """A second process that does `action` on the database at `place`; see `tests.contracts.another_process`."""
    return subprocess.Popen(_command(place, *action), cwd=_ROOT, text=True)


def outcome_of(place: Place, *action: object) -> tuple[int, str]:
    """Run `another_process` to its end: its exit code, negative for a signal, and what it printed."""
    done = subprocess.run(
        _command(place, *action),
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
    return done.returncode, done.stdout.strip()


def _command(place: Place, *action: object) -> list[str]:
    module = [sys.executable, "-m", "tests.contracts.another_process"]
    return [*module, place.url, str(place.directory), *map(str, action)]
