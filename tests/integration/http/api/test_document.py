"""The OpenAPI document holds: what schemathesis makes of it is answered as it says, and never by a 5xx."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.databases import KINDS, Place
from tests.integration.http.api.conftest import ADMIN, Api, MakeApi
from tests.integration.http.api.documented import DOCUMENTED, DocumentedOperation

from pratique.access import Role
from pratique.bootstrap.reporting import build_tallying
from pratique.http.api import OPERATIONS

EXAMPLES: Final = 5
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
    "repository_name": "team%252Fapp",
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
"""What there is in the furnished registry, as it stands in a path: half of the examples are about these."""

AnyCase = Case[Any]


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
    build_tallying(api.rooms.house).tally({})
    return api


def operations() -> list[DocumentedOperation]:
    """Every operation, what takes things away at the end."""
    assert len(DOCUMENTED) == len(OPERATIONS)
    return sorted(DOCUMENTED.values(), key=lambda operation: operation.method.upper() == "DELETE")


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
        for known in (False, True):
            # What takes neither parameters nor a body can't be asked wrongly.
            is_wrong = mode is GenerationMode.NEGATIVE
            with contextlib.suppress(Unsatisfiable) if is_wrong else contextlib.nullcontext():
                hold(furnished, operation, mode, known=known)


def hold(api: Api, operation: DocumentedOperation, mode: GenerationMode, *, known: bool) -> None:
    """Ask an operation in many ways."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: AnyCase) -> None:
        case.validate_response(send(api, case, known=known), checks=CHECKS)

    holds()
