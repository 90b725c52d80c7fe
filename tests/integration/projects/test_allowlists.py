"""CVE allowlists on both databases: written, told, judged by in the same transaction, gone with their project."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.databases import until_somebody_waits
from tests.integration.projects.conftest import ADMIN, ALICE, Room

from pratique import events
from pratique.clock import SECOND, Moment
from pratique.db import Database, Tx
from pratique.errors import NotFound
from pratique.projects import Allowlist, Person, Project, read_allowlist

LATER = 1_900_000_000


def turned(room: Room) -> list[tuple[int, bool | list[str]]]:
    """What admission was told since the last call."""
    told = list(room.neighbours.turned)
    room.neighbours.turned.clear()
    return told


def own(room: Room, project: Project, *ids: str, expires_at: int | None = None, **texts: str) -> int:
    """Write a project's own list; how many artifacts wait."""
    listed = read_allowlist(ids, expires_at)
    return room.do(room.projects.update, ALICE, project, texts, listed).pending


def system(room: Room, *ids: str, expires_at: int | None = None) -> int:
    """Write the system's list; how many artifacts wait."""
    return room.do(room.allowlists.write_system, ADMIN, read_allowlist(ids, expires_at))


def test_a_list_that_nobody_has_written_is_empty(room: Room) -> None:
    shop = room.make("shop")
    assert room.ask(room.allowlists.of) == Allowlist(0)
    assert room.ask(room.allowlists.of_projects, [shop.id]) == {shop.id: Allowlist(shop.id)}


def test_a_list_is_written_whole_and_told(room: Room) -> None:
    shop = room.make("shop")
    own(room, shop, "CVE-2026-1", "CVE-2026-2")
    room.told()
    own(room, shop, "CVE-2026-3", "CVE-2026-2", expires_at=LATER)
    listed = room.ask(room.allowlists.of, shop.id)
    assert (listed.ids, listed.expires_at) == (("CVE-2026-3", "CVE-2026-2"), LATER * SECOND)
    assert listed.id
    assert (listed.updated_at or 0) > (listed.created_at or 0)
    assert room.told() == [
        events.AllowlistChanged(
            actor="alice",
            project_id=shop.id,
            project="shop",
            added=("CVE-2026-3",),
            removed=("CVE-2026-1",),
            expires_at="2030-03-17T17:46:40.000Z",
            previous_expires_at=None,
        )
    ]
    own(room, shop, "CVE-2026-3", "CVE-2026-2", expires_at=LATER)
    assert room.told() == []


def test_a_list_that_counts_for_nothing_turns_nothing(room: Room) -> None:
    shop = room.make("shop")
    turned(room)
    own(room, shop, "CVE-2026-1")
    own(room, shop, reuse_sys_cve_allowlist="false")
    system(room, "CVE-2026-1")
    system(room)
    assert turned(room) == []


def test_what_ones_own_list_accepts_no_more_narrows(room: Room) -> None:
    shop = room.make("shop", prevent_vul="true", reuse_sys_cve_allowlist="false")
    assert turned(room) == [(shop.id, True)]
    assert own(room, shop, "CVE-2026-1", "CVE-2026-2") == 0
    assert own(room, shop, "CVE-2026-2") == 7
    assert own(room, shop, "CVE-2026-2", expires_at=LATER) == 7
    assert own(room, shop, "CVE-2026-2", expires_at=LATER + 1) == 0
    assert own(room, shop, "CVE-2026-2", expires_at=LATER) == 7
    one, two = "allowed:CVE-2026-1", "allowed:CVE-2026-2"
    assert turned(room) == [(shop.id, narrows) for narrows in ([], [one], [two], [], [two])]
    system(room, "CVE-2026-9")
    assert turned(room) == []


def test_an_expired_list_accepts_nothing_that_could_be_taken_back(room: Room) -> None:
    shop = room.make("shop", prevent_vul="true", reuse_sys_cve_allowlist="false")
    own(room, shop, "CVE-2026-1", expires_at=1_700_000_000)
    turned(room)
    own(room, shop)
    assert turned(room) == [(shop.id, [])]


def test_to_change_between_the_lists_narrows_where_the_other_accepts_less(room: Room) -> None:
    shop = room.make("shop", prevent_vul="true")
    system(room, "CVE-2026-1")
    own(room, shop, "CVE-2026-1", "CVE-2026-2")
    turned(room)
    assert own(room, shop, "CVE-2026-1", "CVE-2026-2", reuse_sys_cve_allowlist="false") == 0
    shop = room.ask(room.projects.get, shop.id)
    assert room.do(room.projects.remove_metadata, ALICE, shop, "reuse_sys_cve_allowlist").pending == 7
    assert turned(room) == [(shop.id, []), (shop.id, ["allowed:CVE-2026-2"])]


@pytest.mark.parametrize(
    ("before", "after", "narrows"),
    [
        ({}, {"prevent_vul": "true"}, True),
        ({"prevent_vul": "true"}, {"prevent_vul": "false"}, False),
        ({"prevent_vul": "true", "severity": "high"}, {"severity": "low"}, True),
        ({"prevent_vul": "true", "severity": "low"}, {"severity": "high"}, False),
        ({"prevent_vul": "true"}, {"allow_unexamined": "true"}, False),
        ({"prevent_vul": "true", "allow_unexamined": "true"}, {"allow_unexamined": "false"}, True),
        ({"severity": "high"}, {"severity": "low", "allow_unexamined": "false"}, None),
        ({"prevent_vul": "true"}, {"auto_scan": "true", "auto_sbom_generation": "true"}, None),
    ],
)
def test_metadata_turns_what_is_asked_of_contents(
    room: Room, before: dict[str, str], after: dict[str, str], narrows: bool | None
) -> None:
    owner = Person(ALICE.id, ALICE.name)
    shop = room.do(room.projects.create, ALICE, "shop", before, owner=owner)
    turned(room)
    updated = room.do(room.projects.update, ALICE, shop, after)
    assert turned(room) == ([] if narrows is None else [(shop.id, narrows or [])])
    assert updated.pending == (7 if narrows else 0)
    assert updated.project.metadata.items() >= {**before, **after}.items()


def test_to_take_back_a_severity_narrows_and_to_take_back_the_switch_does_not(room: Room) -> None:
    shop = room.make("shop", prevent_vul="true", severity="high")
    turned(room)
    assert room.do(room.projects.remove_metadata, ALICE, shop, "severity").pending == 7
    assert room.do(room.projects.remove_metadata, ALICE, shop, "prevent_vul").pending == 0
    assert turned(room) == [(shop.id, True), (shop.id, [])]


def test_the_systems_list_turns_every_project_that_uses_it(room: Room) -> None:
    shop, street = room.make("shop", prevent_vul="true"), room.make("street", prevent_vul="true")
    room.make("open")
    room.make("off", prevent_vul="false", reuse_sys_cve_allowlist="true")
    room.make("own", prevent_vul="true", reuse_sys_cve_allowlist="false")
    room.told()
    turned(room)
    assert system(room, "CVE-2026-1") == 0
    assert turned(room) == [(shop.id, []), (street.id, [])]
    assert system(room) == 14
    assert turned(room) == [(shop.id, ["allowed:CVE-2026-1"]), (street.id, ["allowed:CVE-2026-1"])]
    assert [each.project for each in room.told() if isinstance(each, events.AllowlistChanged)] == ["", ""]


def test_a_new_project_may_come_with_a_list_and_takes_it_along_when_it_goes(room: Room) -> None:
    owner, listed = Person(ALICE.id, ALICE.name), read_allowlist(["CVE-2026-1"], None)
    shop = room.do(room.projects.create, ALICE, "shop", {}, owner=owner, listed=listed)
    assert room.ask(room.allowlists.of, shop.id).ids == ("CVE-2026-1",)
    room.do(room.projects.delete, ALICE, shop)
    assert room.ask(room.allowlists.of, shop.id) == Allowlist(shop.id)
    with pytest.raises(NotFound):
        own(room, shop, "CVE-2026-2")


def test_whether_a_change_is_one_of_what_is_asked(room: Room) -> None:
    shop = room.make("shop", prevent_vul="true", severity="high")
    own(room, shop, "CVE-2026-1")

    def asks(listed: Allowlist | None = None, **texts: str) -> bool:
        return room.ask(room.projects.is_asked_otherwise, shop, texts, listed)

    same = {"prevent_vul": "TRUE", "severity": "High", "reuse_sys_cve_allowlist": "true", "auto_scan": "1"}
    assert not asks(read_allowlist(["CVE-2026-1"], None), **same)
    assert asks(severity="critical")
    assert asks(admission="signed")
    assert asks(read_allowlist([], None))
    assert asks(Allowlist(ids=("CVE-2026-1",), expires_at=Moment(LATER)))


@pytest.fixture
def apart(make_database: Callable[[str], Database]) -> Room:
    """On PostgreSQL, where two transactions really run at once."""
    return Room(make_database("postgresql"))


def test_the_systems_list_waits_for_a_project_that_begins_to_use_it(apart: Room) -> None:
    shop, begun = apart.make("shop"), threading.Event()
    system(apart, "CVE-2026-1")
    turned(apart)

    def prevent(tx: Tx) -> None:
        apart.projects.update(tx, ALICE, shop, {"prevent_vul": "true"})
        begun.set()
        until_somebody_waits(apart.database)

    with ThreadPoolExecutor(1) as other:
        prevented = other.submit(apart.database.write, prevent)
        assert begun.wait(20)
        assert system(apart) == 7, "else it would be judged by the former list for ever"
        prevented.result()
    assert turned(apart) == [(shop.id, True), (shop.id, ["allowed:CVE-2026-1"])]


def test_a_project_that_begins_to_use_the_systems_list_waits_for_its_change(apart: Room) -> None:
    shop, begun = apart.make("shop"), threading.Event()
    own(apart, shop, "CVE-2026-1", prevent_vul="true", reuse_sys_cve_allowlist="false")
    system(apart, "CVE-2026-1")
    turned(apart)

    def take_back(tx: Tx) -> None:
        apart.allowlists.write_system(tx, ADMIN, read_allowlist([], None))
        begun.set()
        until_somebody_waits(apart.database)

    with ThreadPoolExecutor(1) as other:
        taken = other.submit(apart.database.write, take_back)
        assert begun.wait(20)
        apart.do(apart.projects.update, ALICE, shop, {"reuse_sys_cve_allowlist": "true"})
        taken.result()
    assert turned(apart) == [(shop.id, ["allowed:CVE-2026-1"])]
