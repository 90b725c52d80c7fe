"""The tables of permissions, counted against Harbor's catalogue."""

import pytest

from pratique.access.permissions import (
    HARBOR_PROJECT,
    HARBOR_SYSTEM,
    PROJECT,
    ROBOT_PROJECT,
    Permission,
    of_project_robot,
    permissions_of,
)


@pytest.mark.parametrize("catalogue", [HARBOR_SYSTEM, HARBOR_PROJECT], ids=["system", "project"])
def test_harbors_catalogue_has_21_resources_and_70_actions(catalogue: dict[str, tuple[str, ...]]) -> None:
    assert len(catalogue) == 21
    assert len(permissions_of(catalogue)) == sum(map(len, catalogue.values())) == 70


def test_a_project_knows_no_permission_twice() -> None:
    assert len(permissions_of(PROJECT)) == sum(map(len, PROJECT.values()))


def test_robots_may_be_given_the_deeper_readings_and_verdicts() -> None:
    ours = permissions_of(ROBOT_PROJECT) - permissions_of(HARBOR_PROJECT)
    assert {str(permission) for permission in ours} == {
        "repository:inspect",
        "repository:examine",
        "verdict:read",
        "verdict:examine",
    }


@pytest.mark.parametrize(
    "resource", ["trusted-key", "trusted-identity", "notation-trust", "denied", "admission"]
)
def test_whom_the_gate_believes_is_never_a_robots_to_say(resource: str) -> None:
    assert resource in PROJECT
    assert resource not in ROBOT_PROJECT


@pytest.mark.parametrize(
    ("resource", "action"), [("repository", "pul"), ("repo", "pull"), ("", ""), ("log", "*")]
)
def test_a_permission_of_no_table_cannot_be_written(resource: str, action: str) -> None:
    with pytest.raises(ValueError, match="there is no permission"):
        Permission(resource, action)


def test_push_implies_pull_for_a_project_robot_and_nothing_else_does() -> None:
    push, pull = Permission("repository", "push"), Permission("repository", "pull")
    assert of_project_robot(frozenset({push})) == {push, pull}
    for permission in permissions_of(ROBOT_PROJECT) - {push}:
        assert of_project_robot(frozenset({permission})) == {permission}
