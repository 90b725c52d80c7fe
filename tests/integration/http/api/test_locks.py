"""No operation is without its lock: walked over the whole table, with paths that lead to something."""

import re

import pytest
from tests.integration.http.api.conftest import Api
from tests.integration.http.api.test_document import KNOWN

from pratique.access import Role
from pratique.http.api import OPERATIONS, Operation
from pratique.http.api.rules import ADMINISTRATORS, AtSystem, InProject

LOCKED = [each for each in OPERATIONS if not each.rule.anonymous]
IN_PROJECT = [each for each in OPERATIONS if isinstance(each.rule, InProject)]
AT_SYSTEM = [each for each in OPERATIONS if isinstance(each.rule, AtSystem) or each.rule is ADMINISTRATORS]


def path_of(operation: Operation) -> str:
    """The operation's path, about what there is."""
    path = re.sub(r"\{(\w+)\}", lambda match: str(KNOWN.get(match[1], 1)), operation.path)
    return f"{path}?from=shop/team/app:1.0" if operation.operation_id == "CopyArtifact" else path


@pytest.fixture
def shop(sqlite_api: Api) -> Api:
    """A private project with an image, and people in it and out of it."""
    project = sqlite_api.rooms.project("shop")
    sqlite_api.rooms.image("shop/team/app")
    sqlite_api.rooms.user("guest", project, Role.LIMITED_GUEST)
    sqlite_api.rooms.user("stranger")
    sqlite_api.robot("shop", "preheat-policy:read", name="idle")
    return sqlite_api


def refusals(api: Api, operations: list[Operation], by: str | None) -> dict[str, int]:
    """The status that each operation answers with. A body is sent that fits none, so it must be refused before."""
    return {
        each.operation_id: api.ask(each.method, path_of(each), by=by).status_code
        for each in operations
        if each.request is None
    }


def test_nobody_gets_through_a_lock(shop: Api) -> None:
    for operation in LOCKED:
        answer = shop.ask(operation.method, path_of(operation), by=None)
        assert answer.status_code == 401, operation.operation_id


def test_wrong_credentials_open_nothing(shop: Api) -> None:
    shop.secrets["stranger"] = "Wrong-horse-1"
    statuses = {shop.ask(each.method, path_of(each), by="stranger").status_code for each in OPERATIONS}
    assert statuses <= {401, 429}


@pytest.mark.parametrize("who", ["stranger", "robot$shop+idle"])
def test_an_account_without_rights_gets_through_none_of_a_private_project(shop: Api, who: str) -> None:
    seen = refusals(shop, IN_PROJECT, who)
    assert len(seen) > 25
    assert {name for name, status in seen.items() if status != 403} == set()


@pytest.mark.parametrize("who", ["guest", "stranger", "robot$shop+idle"])
def test_the_systems_locks_open_to_no_ordinary_account(shop: Api, who: str) -> None:
    seen = refusals(shop, AT_SYSTEM, who)
    assert len(seen) > 10
    assert {name for name, status in seen.items() if status != 403} == set()


def test_what_changes_something_in_a_project_is_not_a_limited_guests(shop: Api) -> None:
    changing = [each for each in IN_PROJECT if each.method not in {"GET", "HEAD"}]
    seen = refusals(shop, changing, "guest")
    assert {name for name, status in seen.items() if status != 403} == set()
