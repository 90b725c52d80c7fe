"""What robots can be given, and by whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.access.permissions import ROBOT_PROJECT, Permission
from pratique.errors import BadRequest, Forbidden
from pratique.identity.robot_grants import (
    GRANTS_LIMIT,
    Grant,
    Level,
    check_grants,
    check_subset,
    grant,
    stored,
)

PULL = ("repository", "pull")
PUSH = ("repository", "push")

pairs = st.sampled_from(
    [(resource, action) for resource, actions in ROBOT_PROJECT.items() for action in actions]
)
namespaces = st.sampled_from(["*", "app", "web"])
grant_lists = st.dictionaries(namespaces, st.sets(pairs, min_size=1), min_size=1).map(
    lambda table: [grant("project", namespace, access) for namespace, access in table.items()]
)


def app(*access: tuple[str, str]) -> Grant:
    return grant("project", "app", access)


def gives(own: list[Grant], asked: list[Grant], level: Level = Level.SYSTEM) -> bool:
    """Whether a robot of `level` that holds `own` may give `asked`."""
    try:
        check_subset(own, level, asked)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "access"),
    [
        ("project", ("repository", "pul")),
        ("project", ("trusted-key", "create")),
        ("project", ("admission", "update")),
        ("project", ("garbage-collection", "create")),
        ("system", PULL),
        ("system", ("trusted-key", "list")),
        ("galaxy", PULL),
        ("", PULL),
    ],
)
def test_what_no_robot_can_be_given(kind: str, access: tuple[str, str]) -> None:
    with pytest.raises(BadRequest):
        grant(kind, "app", [access])


@pytest.mark.parametrize(
    "grants",
    [
        [],
        [grant("project", "web", [PULL])],
        [grant("project", "*", [PULL])],
        [grant("system", "/", [("quota", "list")])],
        [app(PULL), grant("project", "web", [PULL])],
        [app()],
    ],
    ids=repr,
)
def test_a_project_robot_has_its_own_project_and_nothing_else(grants: list[Grant]) -> None:
    with pytest.raises(BadRequest):
        check_grants(Level.PROJECT, "app", grants)


def test_a_system_robot_has_each_namespace_once() -> None:
    several = [grant("system", "/", [("quota", "list")]), grant("project", "*", [PULL]), app(PUSH)]
    check_grants(Level.SYSTEM, "", several)
    with pytest.raises(BadRequest, match="twice"):
        check_grants(Level.SYSTEM, "", [app(PULL), app(PUSH)])
    with pytest.raises(BadRequest, match="namespace"):
        check_grants(Level.SYSTEM, "", [grant("system", "app", [("quota", "list")])])


def test_permissions_of_a_robot_are_bounded() -> None:
    every = [(resource, action) for resource, actions in ROBOT_PROJECT.items() for action in actions]
    enough = GRANTS_LIMIT // len(every)
    many = [grant("project", f"p{number}", every) for number in range(enough)]
    check_grants(Level.SYSTEM, "", many)
    with pytest.raises(BadRequest, match="at most"):
        check_grants(Level.SYSTEM, "", [*many, grant("project", "more", every)])


@given(grant_lists)
def test_whoever_holds_something_can_give_it(own: list[Grant]) -> None:
    assert gives(own, own)


@given(grant_lists, grant_lists)
def test_nobody_gives_what_he_has_not(own: list[Grant], asked: list[Grant]) -> None:
    def reaches(grants: list[Grant], namespace: str, permission: Permission) -> bool:
        return any(each.namespace in {namespace, "*"} and permission in each.permissions for each in grants)

    allowed = all(
        reaches(
            [each for each in own if wanted.namespace != "*" or each.namespace == "*"],
            wanted.namespace,
            permission,
        )
        for wanted in asked
        for permission in wanted.permissions
    )
    assert gives(own, asked) == allowed


def test_every_project_is_more_than_one_and_projects_are_not_the_system() -> None:
    everywhere = grant("project", "*", [PULL, ("label", "read")])
    assert gives([everywhere], [app(PULL)])
    assert not gives([app(PULL)], [grant("project", "*", [PULL])])
    assert not gives([everywhere], [grant("system", "/", [("label", "read")])])


def test_what_push_implies_counts_for_project_robots() -> None:
    assert gives([app(PUSH)], [app(PULL)], Level.PROJECT)
    assert not gives([app(PUSH)], [app(PULL)], Level.SYSTEM)


def test_rows_that_no_catalogue_knows_any_more_count_for_nothing() -> None:
    rows = [
        ("project", "app", "repository", "pull"),
        ("project", "app", "repository", "fly"),
        ("project", "app", "unicorn", "read"),
        ("system", "/", "quota", "list"),
    ]
    assert stored(rows) == (app(PULL), grant("system", "/", [("quota", "list")]))
