"""Asked and allowed, both."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.access import ANONYMOUS, Principal, Tier
from pratique.db import Tx
from pratique.identity import Granted, GrantedAccess, grant, parse_scopes

NO_TX = cast("Tx", None)
FULL = GrantedAccess("app/shop", 11, frozenset({"pull", "push", "delete"}), Tier.INSPECT, inspect=True)

action_sets = st.frozensets(st.sampled_from(["pull", "push", "delete"]))


class Rights:
    """The port, with one table for everybody."""

    def __init__(self, *rights: GrantedAccess, catalog: bool = False) -> None:
        self._rights = {each.repository: each for each in rights}
        self._catalog = catalog

    def rights_of(self, tx: Tx, principal: Principal, repository: str) -> GrantedAccess | None:
        assert (tx, principal) == (NO_TX, ANONYMOUS)
        return self._rights.get(repository)

    def may_list_catalog(self, tx: Tx, principal: Principal) -> bool:
        assert (tx, principal) == (NO_TX, ANONYMOUS)
        return self._catalog


def granted(rights: Rights, *scopes: str) -> Granted:
    return grant(NO_TX, rights, ANONYMOUS, parse_scopes(scopes))


@given(action_sets, action_sets)
def test_a_token_never_holds_more_than_was_asked_or_than_is_allowed(
    asked: frozenset[str], allowed: frozenset[str]
) -> None:
    rights = Rights(GrantedAccess("app/shop", 11, allowed, Tier.INSPECT if "pull" in allowed else Tier.NONE))
    given_ = granted(rights, f"repository:app/shop:{','.join(asked)}").repositories
    assert [each.actions for each in given_] == [asked & allowed] * bool(asked & allowed)
    for each in given_:
        assert (each.tier is not Tier.NONE) == ("pull" in asked & allowed)


def test_the_tier_comes_with_pull_and_without_being_asked_for() -> None:
    (pulling,) = granted(Rights(FULL), "repository:app/shop:pull").repositories
    assert (pulling.actions, pulling.tier, pulling.inspect) == (frozenset({"pull"}), Tier.INSPECT, True)
    (pushing,) = granted(Rights(FULL), "repository:app/shop:push").repositories
    assert (pushing.actions, pushing.tier, pushing.inspect) == (frozenset({"push"}), Tier.NONE, False)


def test_another_repository_of_the_project_is_another_repository() -> None:
    assert granted(Rights(FULL), "repository:app/other:pull repository:app:pull") == Granted()


def test_a_star_is_all_that_is_allowed() -> None:
    (every,) = granted(Rights(FULL), "repository:app/shop:*").repositories
    assert every == FULL


@pytest.mark.parametrize(
    "scope", ["registry:catalog:pull", "registry:other:*", "catalog:catalog:*", "artifact:app/shop:pull"]
)
def test_types_that_are_not_known_give_nothing_and_are_no_error(scope: str) -> None:
    assert granted(Rights(FULL, catalog=True), scope) == Granted()


@pytest.mark.parametrize("allowed", [True, False])
def test_the_catalog_is_asked_for_by_its_own_scope(allowed: bool) -> None:
    assert granted(Rights(catalog=allowed), "registry:catalog:*").catalog is allowed
