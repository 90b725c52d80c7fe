"""Decisions: rights only ever add up, and each kind of account has only its own source of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.access import (
    ACTIONS,
    ANONYMOUS,
    DELETE,
    EXAMINE,
    INSPECT,
    PUBLIC_PERMISSIONS,
    PULL,
    PUSH,
    SYSTEM,
    Kind,
    Permission,
    Principal,
    Role,
    Standing,
    Tier,
    decide,
    decide_system,
    holds_inspect,
    reading_tier,
    repository_actions,
)
from pratique.access.permissions import PROJECT, ROBOT_PROJECT, permissions_of
from pratique.access.permissions import SYSTEM as SYSTEM_CATALOGUE

USER = Principal(Kind.USER, 7, "ada")
ADMIN = Principal(Kind.USER, 1, "admin", is_admin=True)
ROBOT = Principal(Kind.ROBOT, 3, "robot$app+ci")
EVERY = permissions_of(PROJECT)

principals = st.sampled_from([ANONYMOUS, USER, ROBOT, ADMIN, SYSTEM])
role_sets = st.frozensets(st.sampled_from(Role))
grants = st.frozensets(st.sampled_from(sorted(permissions_of(ROBOT_PROJECT))))
permissions = st.sampled_from(sorted(EVERY))


def standing(
    *,
    public: bool = False,
    roles: frozenset[Role] = frozenset(),
    granted: frozenset[Permission] = frozenset(),
) -> Standing:
    return Standing(1, "app", public, roles, granted)


@given(principals, permissions, st.booleans(), role_sets, role_sets, grants, grants)
def test_more_roles_grants_or_publicity_never_take_a_right_away(
    principal: Principal,
    permission: Permission,
    public: bool,
    roles: frozenset[Role],
    more_roles: frozenset[Role],
    granted: frozenset[Permission],
    more_granted: frozenset[Permission],
) -> None:
    before = standing(public=public, roles=roles, granted=granted)
    after = standing(public=True, roles=roles | more_roles, granted=granted | more_granted)
    assert decide(principal, permission, before) <= decide(principal, permission, after)
    assert repository_actions(principal, before) <= repository_actions(principal, after)
    assert reading_tier(principal, before) <= reading_tier(principal, after)
    assert holds_inspect(principal, before) <= holds_inspect(principal, after)


@given(principals, st.booleans(), role_sets, grants)
def test_a_tier_is_there_exactly_when_pull_is(
    principal: Principal, public: bool, roles: frozenset[Role], granted: frozenset[Permission]
) -> None:
    here = standing(public=public, roles=roles, granted=granted)
    assert ("pull" in repository_actions(principal, here)) == (reading_tier(principal, here) >= Tier.READ)


@given(st.booleans(), role_sets, grants)
def test_nobody_without_an_account_gets_more_than_what_is_public(
    public: bool, roles: frozenset[Role], granted: frozenset[Permission]
) -> None:
    here = standing(public=public, roles=roles, granted=granted)
    held = {permission for permission in EVERY if decide(ANONYMOUS, permission, here)}
    assert held == (PUBLIC_PERMISSIONS if public else set())
    assert reading_tier(ANONYMOUS, here) <= Tier.READ
    assert not holds_inspect(ANONYMOUS, here)


@given(permissions, role_sets, grants)
def test_a_users_grants_and_a_robots_roles_count_for_nothing(
    permission: Permission, roles: frozenset[Role], granted: frozenset[Permission]
) -> None:
    assert not decide(USER, permission, standing(granted=granted))
    assert not decide(ROBOT, permission, standing(roles=roles))


@pytest.mark.parametrize("principal", [ADMIN, SYSTEM], ids=lambda principal: principal.name)
def test_the_administrator_and_the_registry_itself_may_do_everything(principal: Principal) -> None:
    assert all(decide(principal, permission, standing()) for permission in EVERY)
    assert all(
        decide_system(principal, permission, frozenset()) for permission in permissions_of(SYSTEM_CATALOGUE)
    )
    assert reading_tier(principal, standing()) is Tier.EXAMINE
    assert not holds_inspect(principal, standing())


@pytest.mark.parametrize(
    ("role", "actions", "tier"),
    [
        (Role.PROJECT_ADMIN, {"pull", "push", "delete"}, Tier.INSPECT),
        (Role.MAINTAINER, {"pull", "push", "delete"}, Tier.INSPECT),
        (Role.DEVELOPER, {"pull", "push"}, Tier.INSPECT),
        (Role.GUEST, {"pull"}, Tier.READ),
        (Role.LIMITED_GUEST, {"pull"}, Tier.READ),
    ],
)
def test_what_each_role_does_and_reads_in_a_repository(role: Role, actions: set[str], tier: Tier) -> None:
    here = standing(roles=frozenset({role}))
    assert repository_actions(USER, here) == actions
    assert reading_tier(USER, here) is tier
    assert not holds_inspect(USER, here)


@pytest.mark.parametrize(
    ("granted", "tier"),
    [
        (set(), Tier.NONE),
        ({PUSH}, Tier.NONE),
        ({INSPECT, EXAMINE}, Tier.NONE),
        ({PULL}, Tier.READ),
        ({PULL, DELETE}, Tier.READ),
        ({PULL, PUSH}, Tier.INSPECT),
        ({PULL, INSPECT}, Tier.INSPECT),
        ({PULL, EXAMINE}, Tier.EXAMINE),
        ({PULL, PUSH, INSPECT, EXAMINE}, Tier.EXAMINE),
    ],
)
def test_how_deep_a_robot_reads(granted: set[Permission], tier: Tier) -> None:
    here = standing(granted=frozenset(granted))
    assert reading_tier(ROBOT, here) is tier
    assert holds_inspect(ROBOT, here) is (INSPECT in granted)


def test_a_stranger_reads_a_public_project_and_no_other() -> None:
    assert repository_actions(USER, standing(public=True)) == {"pull"}
    assert repository_actions(USER, standing()) == set()
    assert set(ACTIONS) == {"pull", "push", "delete"}


def test_only_a_robot_is_granted_something_at_system_level() -> None:
    listing = Permission("quota", "list")
    assert decide_system(ROBOT, listing, frozenset({listing}))
    assert not decide_system(ROBOT, Permission("quota", "update"), frozenset({listing}))
    assert not decide_system(USER, listing, frozenset({listing}))
    assert not decide_system(ANONYMOUS, listing, frozenset({listing}))
