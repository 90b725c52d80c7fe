"""gate.md 5, Tiers: who reads how deep, by roles and by what robots were given, as tokens carry it."""

import json
from collections.abc import Iterable

import pytest
from tests.scenes import Scene

from pratique.access import CHANGE_ADMISSION, Permission, Principal, Role, Tier, decide
from pratique.errors import Unauthenticated
from pratique.identity import GrantedAccess
from pratique.identity.grants import Granted, grant
from pratique.identity.scopes import Scope


def granted(scene: Scene, who: Principal, *actions: str) -> GrantedAccess | None:
    """What a token carries that was asked for with these actions."""
    asked = [Scope("repository", scene.repository, frozenset(actions))]
    with scene.home.house.stores.database.read() as tx:
        found = grant(tx, scene.home.house.departments.rights, who, asked)
    return found.repositories[0] if found.repositories else None


def tier_of(scene: Scene, who: Principal) -> Tier:
    carried = granted(scene, who, "pull")
    return Tier.NONE if carried is None else carried.tier


@pytest.mark.parametrize(
    ("role", "tier"),
    [
        (Role.PROJECT_ADMIN, Tier.INSPECT),
        (Role.MAINTAINER, Tier.INSPECT),
        (Role.DEVELOPER, Tier.INSPECT),
        (Role.GUEST, Tier.READ),
        (Role.LIMITED_GUEST, Tier.READ),
    ],
)
def test_pull_carries_the_highest_tier_of_a_role(scene: Scene, role: Role, tier: Tier) -> None:
    carried = granted(scene, scene.member(role), "pull")
    assert carried is not None
    assert carried.tier is tier
    assert not carried.inspect, "no role gives `inspect` explicitly"


@pytest.mark.parametrize(
    ("actions", "tier"),
    [
        (["pull"], Tier.READ),
        (["pull", "delete"], Tier.READ),
        (["pull", "push"], Tier.INSPECT),
        (["pull", "inspect"], Tier.INSPECT),
        (["pull", "examine"], Tier.EXAMINE),
        (["pull", "push", "examine"], Tier.EXAMINE),
        (["push"], Tier.NONE),
        (["inspect"], Tier.NONE),
        (["examine"], Tier.NONE),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, Iterable) and not isinstance(value, str) else "",
)
def test_pull_carries_the_highest_tier_of_a_robot(scene: Scene, actions: list[str], tier: Tier) -> None:
    assert tier_of(scene, scene.robot(*actions)) is tier


def test_the_administrator_examines(scene: Scene) -> None:
    assert tier_of(scene, scene.home.admin) is Tier.EXAMINE


def test_a_token_without_pull_reads_nothing(scene: Scene) -> None:
    carried = granted(scene, scene.member(Role.DEVELOPER), "push")
    assert carried is not None
    assert (carried.tier, carried.inspect) == (Tier.NONE, False)


def test_a_tier_is_bound_to_the_accounts_generation(scene: Scene) -> None:
    """Whoever loses his role loses the token that carries what it gave."""
    identity = scene.home.house.identity
    developer = scene.member(Role.DEVELOPER)
    carried = granted(scene, developer, "pull")
    assert carried is not None
    token = identity.tokens.issue(developer, Granted((carried,))).token
    assert identity.tokens.verify(token).principal.key == developer.key
    scene.home.house.stores.database.write(lambda tx: identity.accounts.bump(tx, developer.key))
    identity.forget(None)
    with pytest.raises(Unauthenticated):
        identity.tokens.verify(token)


@pytest.mark.parametrize("deep", [Tier.INSPECT, Tier.EXAMINE])
def test_inspect_sees_manifests_of_any_state_and_examine_blobs_too(scene: Scene, deep: Tier) -> None:
    image = scene.image()
    robot = scene.robot("pull", "inspect" if deep is Tier.INSPECT else "examine")
    reader = scene.reads(robot)
    assert scene.pull(image, reader) == image
    layer = json.loads(image)["layers"][0]["digest"]
    assert scene.lets_blob_out(layer, reader) is (deep is Tier.EXAMINE)


@pytest.mark.parametrize("role", [Role.MAINTAINER, Role.DEVELOPER, Role.GUEST, Role.LIMITED_GUEST])
def test_trusted_keys_and_admission_are_the_project_admins_alone(scene: Scene, role: Role) -> None:
    standings = scene.home.house.departments.standings
    members = {each: scene.member(each) for each in (role, Role.PROJECT_ADMIN)}
    with scene.home.house.stores.database.read() as tx:
        stands = {each: standings.of(tx, who, scene.project) for each, who in members.items()}
    for permission in (
        CHANGE_ADMISSION,
        Permission("trusted-key", "create"),
        Permission("trusted-key", "delete"),
    ):
        assert decide(members[Role.PROJECT_ADMIN], permission, stands[Role.PROJECT_ADMIN])
        assert not decide(members[role], permission, stands[role])
