"""Revision 0023 writes two tables anew on SQLite: rounds and what they scan are all still there."""

from sqlalchemy import text
from tests.databases import Place

from pratique.db import Tx, open_database
from pratique.migrations import Revisions

ROUND = (
    'INSERT INTO scan_round ("trigger", started_at, ended_at, position, stopped, counts)'
    " VALUES ('Manual', 5, :ended_at, 7, false, '{\"total\": 2}') RETURNING id"
)
TARGET = "INSERT INTO scan_target (round_id, project_id, digest, done_at) VALUES (2, :project, 'sha256:ab', :done_at)"


def put(tx: Tx) -> None:
    for ended_at in (6, None):
        tx.execute(text(ROUND), {"ended_at": ended_at})
    for project, done_at in ((1, 9), (2, None)):
        tx.execute(text(TARGET), {"project": project, "done_at": done_at})


def rows(tx: Tx, columns: str, table: str) -> list[tuple[object, ...]]:
    found = tx.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1, 2"))  # noqa: S608 - names of columns
    return [tuple(row) for row in found]


def next_round(tx: Tx) -> int:
    return int(tx.execute(text(ROUND), {"ended_at": None}).scalar_one())


def test_rounds_and_what_they_scan_are_kept(place: Place) -> None:
    database = open_database(place.url, place.directory)
    Revisions().upgrade(database, "0022")
    database.write(put)
    Revisions().upgrade(database)
    with database.read() as tx:
        said = rows(tx, "id, started_at, ended_at, position, counts, problems", "scan_round")
        assert said == [(1, 5, 6, 7, '{"total": 2}', None), (2, 5, None, 7, '{"total": 2}', None)]
        said = rows(tx, "round_id, project_id, digest, done_at, problem", "scan_target")
        assert said == [(2, 1, "sha256:ab", 9, None), (2, 2, "sha256:ab", None, None)]
    assert database.write(next_round) == 3
    database.close()
