"""Accounts of machines, by Harbor's rules."""

import dataclasses

import pytest
from tests.integration.identity.house import House, StillClock, at_system, in_project

from pratique.access import SYSTEM, Kind, Permission, Principal
from pratique.clock import DAY, SECOND
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound
from pratique.identity import Level, Listing, Robot, RobotRequest
from pratique.identity.store.tables import account_robot

PULL = ("repository", "pull")
PUSH = ("repository", "push")
MAKE = ("robot", "create")


def held(house: House, robot: Robot, project_id: int) -> set[str]:
    return {str(each) for each in house.read(lambda tx: house.robots.granted_in(tx, robot.id, project_id))}


def request_of(robot: Robot) -> RobotRequest:
    """What an update sends that changes nothing."""
    return RobotRequest(
        robot.name,
        robot.level,
        robot.grants,
        robot.project,
        robot.description,
        robot.duration,
        robot.disabled,
    )


def update(house: House, robot: Robot, wanted: RobotRequest) -> Robot:
    return house.write(lambda tx: house.robots.update(tx, robot.id, wanted, by=SYSTEM))


def system_robot(house: House, request: RobotRequest) -> Robot:
    return house.write(lambda tx: house.robots.create(tx, request, by=SYSTEM))[0]


def test_names_follow_level_and_prefix(house: House) -> None:
    robot, secret = house.robot()
    assert (robot.name, robot.short_name, robot.project, robot.project_id) == (
        "robot$app+ci",
        "ci",
        "app",
        11,
    )
    assert secret.startswith("prqb_")
    robot = system_robot(house, RobotRequest("mirror", Level.SYSTEM, (in_project("*", PULL),)))
    assert (robot.name, robot.project, robot.project_id) == ("robot$mirror", "", 0)


def test_what_a_project_robot_holds_ends_at_its_project(house: House) -> None:
    robot, _ = house.robot()
    assert held(house, robot, 11) == {"repository:push", "repository:pull"}
    assert held(house, robot, 12) == set()
    assert house.read(lambda tx: house.robots.reach(tx, robot.id)) == frozenset({11})


def test_a_system_robot_holds_what_each_namespace_says(house: House) -> None:
    grants = (in_project("*", PULL), in_project("web", PUSH), at_system(("quota", "list")))
    robot = system_robot(house, RobotRequest("mirror", Level.SYSTEM, grants))
    assert held(house, robot, 11) == {"repository:pull"}
    assert held(house, robot, 12) == {"repository:pull", "repository:push"}
    assert house.read(lambda tx: house.robots.reach(tx, robot.id)) is None
    assert house.read(lambda tx: house.robots.granted_at_system(tx, robot.id)) == {
        Permission("quota", "list")
    }


def test_push_implies_pull_for_project_robots_only(house: House) -> None:
    robot = system_robot(house, RobotRequest("blind", Level.SYSTEM, (in_project("app", PUSH),)))
    assert held(house, robot, 11) == {"repository:push"}


@pytest.mark.parametrize(
    ("duration", "days"),
    [(None, 30), (1, 1), (36_500, 36_500), (-1, None)],
    ids=["default", "1", "max", "never"],
)
def test_a_robot_lives_for_its_days(
    house: House, clock: StillClock, duration: int | None, days: int | None
) -> None:
    robot, _ = house.robot(duration=duration)
    assert robot.expires_at == (None if days is None else clock.now() + days * DAY)


@pytest.mark.parametrize("duration", [0, -2, 36_501])
def test_other_durations_are_refused(house: House, duration: int) -> None:
    with pytest.raises(BadRequest, match="duration"):
        house.robot(duration=duration)


@pytest.mark.parametrize("name", ["", "CI", "a+b", "robot$x", "-a", "a" * 256, "a b"])
def test_names_that_robots_cannot_have(house: House, name: str) -> None:
    with pytest.raises(BadRequest, match="name"):
        house.robot(name)


def test_a_name_is_taken_within_its_project(house: House) -> None:
    house.robot()
    house.robot(project="web")
    with pytest.raises(Conflict):
        house.robot()


def test_a_project_that_is_not_there_has_no_robots(house: House) -> None:
    with pytest.raises(NotFound):
        house.robot(project="nowhere")
    with pytest.raises(NotFound):
        system_robot(house, RobotRequest("mirror", Level.SYSTEM, (in_project("nowhere", PULL),)))


def test_an_update_changes_all_but_name_level_and_project(house: House, clock: StillClock) -> None:
    robot, _ = house.robot()
    clock.pass_by(3_600)
    wanted = dataclasses.replace(
        request_of(robot), grants=(in_project("app", PULL),), description="reads", duration=60
    )
    updated = update(house, robot, wanted)
    assert (updated.description, updated.expires_at) == ("reads", robot.created_at + 60 * DAY)
    assert held(house, robot, 11) == {"repository:pull"}
    for wrong in (
        dataclasses.replace(wanted, name="other"),
        dataclasses.replace(wanted, level=Level.SYSTEM),
        dataclasses.replace(wanted, project="web", grants=(in_project("web", PULL),)),
        dataclasses.replace(wanted, grants=()),
    ):
        with pytest.raises(BadRequest):
            update(house, robot, wrong)
    assert house.told()[1:] == ["robot_created", "robot_updated"]


def test_disabling_or_refreshing_a_robot_ends_what_it_had(house: House) -> None:
    robot, secret = house.robot()
    principal = house.accounts.authenticate(robot.name, secret)
    disabled = dataclasses.replace(request_of(robot), disabled=True)
    update(house, robot, disabled)
    assert not house.accounts.is_current(principal)
    assert house.accounts.principal(robot.key) is None
    update(house, robot, request_of(robot))
    principal = house.accounts.authenticate(robot.name, secret)
    house.write(lambda tx: house.robots.refresh_secret(tx, robot.id, None, by=SYSTEM))
    assert not house.accounts.is_current(principal)


def test_a_robot_makes_robots_with_what_it_has_and_no_more(house: House) -> None:
    maker, secret = house.robot("maker", access=(MAKE, PUSH))
    by = house.accounts.authenticate(maker.name, secret)
    house.robot("same", access=(MAKE, PUSH), by=by)
    house.robot("implied", access=(PULL,), by=by)
    with pytest.raises(Forbidden, match="repository:delete"):
        house.robot("more", access=(PUSH, ("repository", "delete")), by=by)
    with pytest.raises(Forbidden):
        house.robot("elsewhere", project="web", access=(PULL,), by=by)
    request = RobotRequest("wide", Level.SYSTEM, (in_project("*", PULL),))
    with pytest.raises(Forbidden):
        house.write(lambda tx: house.robots.create(tx, request, by=by))


def test_a_deleted_robot_is_gone_and_its_number_is_not_given_again(house: House) -> None:
    robot, secret = house.robot()
    principal = house.accounts.authenticate(robot.name, secret)
    house.write(lambda tx: house.robots.delete(tx, robot.id, by=SYSTEM))
    assert not house.accounts.is_current(principal)
    with pytest.raises(NotFound):
        house.read(lambda tx: house.robots.get(tx, robot.id))
    again, _ = house.robot()
    assert again.id != robot.id


def test_a_projects_end_is_its_robots_end_and_no_later_project_inherits(house: House) -> None:
    robot, _ = house.robot()
    grants = (in_project("app", PULL), in_project("web", PULL))
    mirror = system_robot(house, RobotRequest("mirror", Level.SYSTEM, grants))
    principal = house.accounts.principal(mirror.key)
    house.write(lambda tx: house.robots.project_deleted(tx, 11, by=SYSTEM))
    assert house.read(lambda tx: house.robots.by_id(tx, robot.id)) is None
    assert principal is not None
    assert not house.accounts.is_current(principal)
    assert held(house, mirror, 11) == set()
    assert held(house, mirror, 12) == {"repository:pull"}


def test_robots_are_listed_by_level_and_project(house: House) -> None:
    house.robot()
    house.robot("scan", project="web")
    system_robot(house, RobotRequest("mirror", Level.SYSTEM, (in_project("*", PULL),)))

    def names(**equal: object) -> list[str]:
        robots, total = house.read(lambda tx: house.robots.list(tx, Listing(equal=equal)))
        assert total == len(robots)
        return [robot.name for robot in robots]

    assert names(level="system") == ["robot$mirror"]
    assert names(level="project", project_id=12) == ["robot$web+scan"]
    assert len(names()) == 3


def test_a_principal_of_a_robot_is_a_robot_whatever_it_is_called(house: House, clock: StillClock) -> None:
    robot, secret = house.robot(duration=1)
    assert house.accounts.principal(robot.key) == Principal(Kind.ROBOT, robot.id, robot.name, 1)
    clock.pass_by(DAY / SECOND)
    assert house.accounts.principal(robot.key) is None
    assert house.read(lambda tx: house.accounts.generation(tx, robot.key)) == 1
    assert secret not in str(house.read(lambda tx: tx.execute(account_robot.select()).all()))
