"""Members on both databases: roles by Harbor's numbers, and tokens that end with every change."""

import pytest
from tests.integration.projects.conftest import ADMIN, ALICE, BOB, ROBOT, Room

from pratique import events
from pratique.access import ANONYMOUS, PULL, Role
from pratique.errors import BadRequest, Conflict, NotFound


@pytest.mark.parametrize("named", [{"username": "bob"}, {"user_id": 3}])
def test_a_user_is_added_by_name_or_number(room: Room, named: dict[str, str | int]) -> None:
    project = room.make("shop")
    room.told()
    room.neighbours.bumped.clear()
    member = room.do(room.members.add, ALICE, project, 4, **named)  # type: ignore[arg-type]  # one of the two
    assert (member.username, member.user_id, member.role) == ("bob", 3, Role.MAINTAINER)
    assert room.neighbours.bumped == ["user:3"]
    assert room.told() == [
        events.MemberAdded(
            actor="alice", project_id=project.id, project="shop", member="bob", role="maintainer"
        )
    ]


def test_who_is_a_member_is_not_added_again(room: Room) -> None:
    project = room.make("shop")
    with pytest.raises(Conflict, match="alice is a member"):
        room.do(room.members.add, ALICE, project, 2, username="alice")


@pytest.mark.parametrize("role_id", [0, 6, -1])
def test_a_role_must_exist(room: Room, role_id: int) -> None:
    project = room.make("shop")
    with pytest.raises(BadRequest, match="1 projectAdmin"):
        room.do(room.members.add, ALICE, project, role_id, username="bob")


def test_a_member_must_be_named_and_exist(room: Room) -> None:
    project = room.make("shop")
    with pytest.raises(BadRequest, match="name the user"):
        room.do(room.members.add, ALICE, project, 2)
    with pytest.raises(NotFound, match="user nobody not found"):
        room.do(room.members.add, ALICE, project, 2, username="nobody")


def test_another_role_ends_tokens_and_is_told(room: Room) -> None:
    project = room.make("shop")
    member = room.do(room.members.add, ALICE, project, 2, username="bob")
    room.told()
    room.neighbours.bumped.clear()
    before = room.database.changed()
    changed = room.do(room.members.update, ALICE, project, member.id, 5)
    assert changed.role is Role.LIMITED_GUEST
    assert room.neighbours.bumped == ["user:3"]
    assert room.told() == [
        events.MemberChanged(
            actor="alice",
            project_id=project.id,
            project="shop",
            member="bob",
            role="limitedGuest",
            previous="developer",
        )
    ]
    _, scopes = room.database.changes_since(before)
    assert scopes is not None
    assert f"project:{project.id}" in scopes


def test_the_same_role_again_tells_nothing(room: Room) -> None:
    project = room.make("shop")
    member = room.do(room.members.add, ALICE, project, 2, username="bob")
    room.told()
    room.neighbours.bumped.clear()
    room.do(room.members.update, ALICE, project, member.id, 2)
    assert (room.told(), room.neighbours.bumped) == ([], [])


def test_removal_ends_tokens(room: Room) -> None:
    project = room.make("shop")
    member = room.do(room.members.add, ALICE, project, 2, username="bob")
    room.told()
    room.do(room.members.remove, ALICE, project, member.id)
    assert room.neighbours.bumped[-1] == "user:3"
    assert room.ask(room.members.roles_of, project.id, BOB) == frozenset()
    assert [type(event) for event in room.told()] == [events.MemberRemoved]


def test_members_of_other_projects_are_not_found(room: Room) -> None:
    shop, mine = room.make("shop"), room.make("mine")
    member = room.do(room.members.add, ALICE, shop, 2, username="bob")
    with pytest.raises(NotFound):
        room.ask(room.members.get, mine, member.id)
    with pytest.raises(NotFound):
        room.do(room.members.update, ALICE, mine, member.id, 1)
    with pytest.raises(NotFound):
        room.do(room.members.remove, ALICE, mine, member.id)
    assert room.ask(room.members.roles_of, shop.id, BOB) == {Role.DEVELOPER}


def test_lists_are_by_name_filtered_and_paged(room: Room) -> None:
    project = room.make("shop")
    for name in ("bob", "admin"):
        room.do(room.members.add, ALICE, project, 3, username=name)
    page, total = room.ask(room.members.list, project, offset=1, limit=1)
    assert ([member.username for member in page], total) == (["alice"], 3)
    found, total = room.ask(room.members.list, project, name_like="B")
    assert ([member.username for member in found], total) == (["bob"], 1)


def test_roles_across_projects(room: Room) -> None:
    shop, mine, yours = room.make("shop"), room.make("mine"), room.make("yours", owner=BOB)
    room.do(room.members.add, ALICE, shop, 3, username="bob")
    everything = {shop.id: Role.GUEST, yours.id: Role.PROJECT_ADMIN}
    assert room.ask(room.members.projects_of, BOB) == everything
    assert room.ask(room.members.roles_in, BOB, (shop.id, mine.id)) == {shop.id: Role.GUEST}
    assert room.ask(room.members.projects_of, ANONYMOUS) == {}
    room.do(room.members.forget_user, BOB.id)
    assert room.ask(room.members.projects_of, BOB) == {}


def test_a_robot_with_a_members_number_is_no_member(room: Room) -> None:
    project = room.make("shop")
    robot = type(ROBOT)(ROBOT.kind, ALICE.id, "robot$other")
    assert room.ask(room.members.roles_of, project.id, robot) == frozenset()
    assert room.ask(room.members.roles_in, robot, (project.id,)) == {}


def test_a_standing_joins_roles_and_grants(room: Room) -> None:
    project = room.make("shop", public="true")
    alice = room.ask(room.standings.of, ALICE, project)
    robot = room.ask(room.standings.of, ROBOT, project)
    nobody = room.ask(room.standings.of, ANONYMOUS, project)
    admin = room.ask(room.standings.of, ADMIN, project)
    assert (set(alice.roles), set(alice.granted)) == ({Role.PROJECT_ADMIN}, set())
    assert (set(robot.roles), set(robot.granted)) == (set(), {PULL})
    assert (nobody.roles, nobody.granted, nobody.public) == (frozenset(), frozenset(), True)
    assert (admin.roles, admin.project, admin.project_id) == (frozenset(), "shop", project.id)
