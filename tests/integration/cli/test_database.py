"""`pratique db`, and what the other commands do about a schema that is not theirs."""

import json
import os
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from tests.databases import Place

from pratique.cli import main
from pratique.db import Database, open_database
from pratique.migrations import Revisions

HEAD = Revisions().head


@pytest.fixture
def run(place: Place, monkeypatch: pytest.MonkeyPatch) -> "Run":
    """Runs commands on a database, its URL in the environment."""
    for name in [
        name for name in os.environ if name.startswith("PRATIQUE_") and name != "PRATIQUE_TEST_REQUIRE"
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRATIQUE_DATABASE__URL", place.url)
    return Run(place)


class Run:
    def __init__(self, place: Place) -> None:
        self.place = place

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(self.place.directory)], catch_exceptions=False)

    def database(self) -> Database:
        return open_database(self.place.url, self.place.directory)


def test_a_database_is_looked_at_upgraded_and_then_current(run: Run) -> None:
    before = run("db", "current", "--format", "json")
    assert json.loads(before.stdout) == {"current": None, "head": HEAD, "is_current": False}
    done = run("db", "upgrade", "--format", "json")
    assert json.loads(done.stdout) == {"before": None, "after": HEAD, "copy": None}
    assert "nothing to do" in run("db", "upgrade").output
    assert run("db", "current").output == f"{HEAD}; this version needs {HEAD}: nothing to do\n"


@pytest.mark.parametrize("command", ["doctor", "gc", "scrub", "worker"])
def test_upkeep_refuses_a_database_without_a_schema(run: Run, command: str) -> None:
    refused = run(command)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"pratique: the database has no schema yet, and this version needs {HEAD}: run `pratique db upgrade`\n"
    )


def test_a_newer_schema_is_refused(run: Run) -> None:
    run("db", "upgrade")
    database = run.database()
    database.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    database.close()
    for words in (("db", "current"), ("db", "upgrade"), ("doctor",), ("serve", "--listen", "127.0.0.1:0")):
        refused = run(*words)
        assert refused.exit_code == 1
        assert "at revision 9999, newer than" in refused.stderr


def test_a_server_on_postgresql_names_the_command_and_changes_nothing(
    make_place: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place("postgresql")
    monkeypatch.setenv("PRATIQUE_DATABASE__URL", place.url)
    run = Run(place)
    refused = run("serve", "--listen", "127.0.0.1:0")
    assert refused.exit_code == 1
    assert "run `pratique db upgrade`" in refused.stderr
    database = run.database()
    with database.read() as tx:
        assert Revisions().current(tx) is None
    database.close()
