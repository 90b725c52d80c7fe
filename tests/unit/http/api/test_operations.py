"""The table of operations holds together, and can't be written otherwise."""

import json
import re
from typing import Any

import pytest

from pratique.errors import NotFound
from pratique.http.api import OPERATIONS, Operation
from pratique.http.api.call import Reply
from pratique.http.api.errors import code_of
from pratique.http.api.openapi import document, errors_of
from pratique.http.api.operations import Acts
from pratique.http.api.router import Router
from pratique.http.api.rules import PUBLIC, Rule
from pratique.http.refusals import MethodNotAllowed

OPEN_TO_ALL = {"getPing", "getHealth", "getSystemInfo", "listProjects", "search"}
DOCUMENT = json.loads(document(OPERATIONS, version="1"))


def row(**changes: Any) -> Operation:
    """A row that holds together, but for `changes`."""
    fields: dict[str, Any] = {
        "method": "GET",
        "path": "/things/{thing}",
        "operation_id": "getThing",
        "summary": "A thing",
        "tag": "thing",
        "rule": PUBLIC,
        "handler": Acts(lambda _: Reply()),
    }
    return Operation(**{**fields, **changes})


EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)


@EVERY
def test_every_operation_says_who_may_and_what_may_go_wrong(operation: Operation) -> None:
    assert isinstance(operation.rule, Rule)
    assert operation.rule.says
    assert operation.summary
    assert operation.tag
    assert errors_of(operation)
    assert all(code_of(kind)[0] >= 400 for kind in errors_of(operation))


@EVERY
def test_every_operation_says_what_comes_out(operation: Operation) -> None:
    """Only what answers with a body may be without a schema of it; what is made says where it is."""
    if operation.method == "GET":
        assert operation.response is not None
    if operation.success == 201:
        assert "Location" in operation.headers
    if operation.method in {"POST", "PUT", "PATCH"} and operation.request is None:
        assert operation.operation_id in {
            "CopyArtifact",
            "activateSigningKey",
            "examineArtifact",
            "stopGC",
            "stopScanAll",
        }


def test_only_these_need_no_account_at_all() -> None:
    assert {each.operation_id for each in OPERATIONS if each.rule is PUBLIC} == OPEN_TO_ALL


def test_ids_are_unique() -> None:
    assert len({each.operation_id for each in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": None},
        {"path": "things"},
        {"operation_id": "get_thing"},
        {"summary": " "},
        {"success": 302},
        {"request": dict[str, str]},
    ],
)
def test_a_row_that_does_not_hold_together_cannot_be_written(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="operation"):
        row(**changes)


def test_a_row_without_a_rule_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        Operation("GET", "/things", "getThings", "Things", "thing", handler=Acts(lambda _: Reply()))  # type: ignore[call-arg]  # what is tested


# --- the router -------------------------------------------------------------------------------------------------------


def test_literals_come_before_parameters() -> None:
    router = Router(OPERATIONS)
    assert router.find("GET", "/users/current")[0].operation_id == "getCurrentUserInfo"
    assert router.find("GET", "/users/7")[0].operation_id == "getUser"
    assert router.find("GET", "/system/gc/schedule")[0].operation_id == "getGCSchedule"
    assert router.find("GET", "/projects/p/metadatas/")[0].operation_id == "listProjectMetadatas"


@pytest.mark.parametrize("encoded", ["a%252Fb", "a%2Fb", "a%252fb"])
def test_names_of_repositories_are_decoded_twice(encoded: str) -> None:
    _, segments = Router(OPERATIONS).find("GET", f"/projects/p/repositories/{encoded}")
    assert segments == {"project_name": "p", "repository_name": "a/b"}


def test_what_is_not_there_is_not_found() -> None:
    router = Router(OPERATIONS)
    for path in ("/nothing", "/projects/p/repositories/a/b/c/d", "/", "", "//users", "/users" + "/x" * 50):
        with pytest.raises(NotFound):
            router.find("GET", path)
    with pytest.raises(MethodNotAllowed) as refusal:
        router.find("PATCH", "/projects")
    assert refusal.value.allowed == ("GET", "HEAD", "POST")


def test_two_operations_cannot_have_one_path() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([row(), row(path="/things/{other}", operation_id="getOther")])


# --- the document -----------------------------------------------------------------------------------------------------


def test_the_document_has_every_operation() -> None:
    ids = {each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()}
    assert ids == {each.operation_id for each in OPERATIONS}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named <= set(DOCUMENT["components"]["schemas"])


def test_what_everybody_may_needs_no_credentials() -> None:
    assert DOCUMENT["paths"]["/ping"]["get"]["security"] == [{"basic": []}, {}]
    assert DOCUMENT["paths"]["/users"]["get"]["security"] == [{"basic": []}]
