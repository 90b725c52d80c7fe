"""What a process does about the schema at its start: upgrade after a copy, or refuse and say the command."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.databases import Place

from pratique.db import Database, Tx, open_database
from pratique.errors import Unavailable
from pratique.migrations import Revisions, SchemaMismatch, check, prepare
from pratique.migrations.revisions import LOCATION

NEXT = '''"""{doc}"""

from alembic import op
from sqlalchemy import Column, Text, text

revision = "{revision}"
down_revision = "{before}"
phase = "expand"


def upgrade() -> None:
    op.create_table("later", Column("name", Text, primary_key=True))
    op.add_column("blob", Column("later", Text))
    {more}
'''
BROKEN = 'op.execute(text("INSERT INTO nowhere VALUES (1)"))'


@pytest.fixture
def empty(place: Place) -> Iterator[Database]:
    """A database without tables."""
    database = open_database(place.url, place.directory)
    yield database
    database.close()


def with_next(folder: Path, more: str = "pass") -> Revisions:
    """The revisions of a release to come."""
    shutil.copytree(LOCATION / "versions", folder / "versions", ignore=shutil.ignore_patterns("__pycache__"))
    head = Revisions().head
    text_of = NEXT.format(doc="Later.", revision="9999", before=head, more=more)
    (folder / "versions" / "r9999_later.py").write_text(text_of, encoding="utf-8")
    return Revisions(folder)


def count(database: Database, query: str) -> int:
    with database.read() as tx:
        return int(tx.execute(text(query)).scalar_one())


def put_blob(tx: Tx) -> None:
    tx.execute(text("INSERT INTO blob VALUES ('sha256:a', 1, 2, 3, NULL, false)"))


def test_an_embedded_database_is_made_at_the_first_start_and_nothing_is_copied(
    empty: Database, tmp_path: Path
) -> None:
    done = prepare(empty, tmp_path, embedded=True)
    assert done is not None
    assert (done.before, done.after, done.copy) == (None, Revisions().head, None)
    assert prepare(empty, tmp_path, embedded=True) is None
    check(empty)


def test_an_embedded_database_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/pratique.db", tmp_path)
    prepare(database, tmp_path, embedded=True)
    database.write(put_blob)
    (tmp_path / "before-9999.db").write_bytes(b"of an attempt that failed")
    done = prepare(database, tmp_path, embedded=True, revisions=with_next(tmp_path / "next"))
    assert done is not None
    assert done.copy == tmp_path / "before-9999.db"
    assert count(database, "SELECT count(*) FROM later") == 0
    database.close()
    copy = open_database(f"sqlite:///{done.copy}", tmp_path / "scratch")
    assert count(copy, "SELECT count(*) FROM blob") == 1
    with copy.read() as tx:
        assert Revisions().current(tx) == Revisions().head
    copy.close()


def test_a_database_that_is_not_embedded_is_refused_with_the_command_to_run(
    empty: Database, tmp_path: Path
) -> None:
    with pytest.raises(SchemaMismatch, match=r"has no schema yet.*`pratique db upgrade`"):
        prepare(empty, tmp_path, embedded=False)
    revisions = Revisions()
    revisions.upgrade(empty)
    assert prepare(empty, tmp_path, embedded=False) is None
    with pytest.raises(SchemaMismatch, match=f"at revision {revisions.head}.*`pratique db upgrade`"):
        prepare(empty, tmp_path, embedded=False, revisions=with_next(tmp_path / "next"))


@pytest.mark.parametrize("embedded", [True, False])
def test_a_newer_schema_is_refused_and_left_alone(empty: Database, tmp_path: Path, embedded: bool) -> None:
    with_next(tmp_path / "next").upgrade(empty)
    refused = r"9999, newer than .* run the version that upgraded it"
    with pytest.raises(SchemaMismatch, match=refused):
        prepare(empty, tmp_path, embedded=embedded)
    with pytest.raises(SchemaMismatch, match=refused):
        Revisions().upgrade(empty)
    assert count(empty, "SELECT count(*) FROM later") == 0


def test_a_revision_that_fails_leaves_the_schema_as_it_was(empty: Database, tmp_path: Path) -> None:
    before = Revisions().upgrade(empty).after
    empty.write(put_blob)
    with pytest.raises(Exception, match="nowhere"):
        with_next(tmp_path / "next", BROKEN).upgrade(empty)
    with empty.read() as tx:
        assert Revisions().current(tx) == before
        assert len(tx.execute(text("SELECT * FROM blob")).one()) == 6
    with pytest.raises(Exception, match="later"):
        count(empty, "SELECT count(*) FROM later")


def test_tables_of_somebody_else_are_left_alone(empty: Database, tmp_path: Path) -> None:
    empty.write(lambda tx: tx.execute(text("CREATE TABLE changes (name TEXT)")))
    with pytest.raises(Unavailable, match="name an empty database"):
        prepare(empty, tmp_path, embedded=True)
