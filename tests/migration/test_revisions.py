"""The revisions make exactly the schema that the code declares, one after the other, marked."""

import subprocess
from collections.abc import Callable

import pytest
from tests.databases import KINDS, Place
from tests.migration.schema import ROOT, command, told_by_another_process

from pratique.db import Database, open_database
from pratique.migrations import Revisions


@pytest.mark.parametrize("kind", KINDS)
def test_the_revisions_make_what_the_code_declares(kind: str, make_place: Callable[[str], Place]) -> None:
    declared = told_by_another_process(make_place(kind), "declared")
    upgraded = told_by_another_process(make_place(kind), "upgraded")
    assert upgraded["told"] == declared["told"]
    assert len(upgraded["told"]) > len(Revisions().all())
    assert upgraded["differences"] == []


def test_revisions_stand_in_one_line_and_say_whether_they_expand_or_contract() -> None:
    before = None
    for number, script in enumerate(Revisions().all(), start=1):
        assert (script.revision, script.down_revision) == (f"{number:04}", before)
        assert script.module.phase in {"expand", "contract"}
        assert script.module.__doc__
        before = script.revision


def test_a_second_upgrade_does_nothing(place: Place) -> None:
    database = open_database(place.url, place.directory)
    revisions = Revisions()
    try:
        first, second = revisions.upgrade(database), revisions.upgrade(database)
    finally:
        database.close()
    assert (first.before, first.after) == (None, revisions.head)
    assert (second.before, second.after) == (revisions.head, revisions.head)


def test_two_processes_may_upgrade_at_once(place: Place) -> None:
    both = [
        subprocess.Popen(command(place, "upgraded"), cwd=ROOT, stdout=subprocess.DEVNULL, text=True)
        for _ in range(2)
    ]
    assert [process.wait() for process in both] == [0, 0]
    database: Database = open_database(place.url, place.directory)
    with database.read() as tx:
        assert Revisions().current(tx) == Revisions().head
    database.close()
