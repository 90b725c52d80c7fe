"""The OpenAPI document holds: what schemathesis makes of it is answered as it says, and never by a 5xx."""

import contextlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.databases import KINDS, Place
from tests.integration.http.api.conftest import ADMIN, Api, MakeApi

from pratique.access import Role
from pratique.http.api import OPERATIONS
from pratique.http.api.openapi import document

EXAMPLES: Final = 10
"""Of each operation, on each database, of what fits the document and of what does not."""

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KNOWN: Final = {
    "project_name": "shop",
    "project_name_or_id": "shop",
    "repository_name": "team/app",
    "reference": "1.0",
    "tag_name": "1.0",
    "user_id": 2,
    "robot_id": 1,
    "label_id": 1,
    "member_id": 1,
    "quota_id": 1,
    "gc_id": 1,
    "key_name": "release",
    "meta_name": "severity",
    "addition": "build_history",
}
"""What there is in the furnished registry: half of the examples are about these."""

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

SCHEMA: Final = schemathesis.openapi.from_dict(json.loads(document(OPERATIONS, version="0")))


@pytest.fixture(params=KINDS)
def furnished(request: pytest.FixtureRequest, make_place: Callable[[str], Place], make_api: MakeApi) -> Api:
    """A registry with one of everything."""
    api = make_api(make_place(request.param))
    shop = api.rooms.project("shop", "signed")
    api.rooms.user("ann", shop, Role.DEVELOPER)
    key = api.rooms.trust(shop)
    api.rooms.sign("shop/team/app", api.rooms.image("shop/team/app"), key)
    api.robot("shop", "repository:pull")
    api.do("POST", "/labels", {"name": "gold", "scope": "g"})
    api.do("PUT", "/projects/shop", {"metadata": {"severity": "low"}})
    return api


def operations() -> list[Operation]:
    """Every operation, what takes things away at the end."""
    found = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(OPERATIONS)
    return sorted(found, key=lambda operation: operation.method.upper() == "DELETE")


def send(api: Api, case: AnyCase, *, known: bool) -> httpx.Response:
    """Send a case; about what there is, if `known`."""
    if known:
        for name in case.path_parameters:
            case.path_parameters[name] = KNOWN.get(name, case.path_parameters[name])
    sent = case.as_transport_kwargs(base_url="http://registry.test/api/v2.0")
    try:
        answer = _sent(api, sent)
    except httpx.InvalidURL:
        reject()  # longer than the client takes
    answer.elapsed = timedelta()
    return answer


def _sent(api: Api, sent: dict[str, Any]) -> httpx.Response:
    return api.client.http.request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        json=sent.get("json"),
        **({"content": raw} if isinstance(raw := sent.get("data"), bytes | str) else {"data": raw}),
        headers=dict(sent.get("headers") or {}),
        auth=ADMIN,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_every_operation_answers_as_the_document_says(furnished: Api, mode: GenerationMode) -> None:
    for operation in operations():

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
        def holds(case: AnyCase, known: bool) -> None:
            case.validate_response(send(furnished, case, known=known), checks=CHECKS)

        # What takes neither parameters nor a body can't be asked wrongly.
        with (
            contextlib.suppress(Unsatisfiable)
            if mode is GenerationMode.NEGATIVE
            else contextlib.nullcontext()
        ):
            holds()
