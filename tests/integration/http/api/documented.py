"""The document that the API serves, and whether an answer is one that it describes."""

import json
from typing import Any, Final

import httpx
import schemathesis
from schemathesis import APIOperation
from schemathesis.core.result import Ok

from pratique.errors import PratiqueError
from pratique.http.api import OPERATIONS
from pratique.http.api.openapi import document
from pratique.http.api.router import Router

DocumentedOperation = APIOperation[Any, Any, Any, Any]

SCHEMA: Final = schemathesis.openapi.from_dict(json.loads(document(OPERATIONS, version="0")))
DOCUMENTED: Final[dict[str, DocumentedOperation]] = {
    f"{result.ok().method.upper()} {result.ok().path}": result.ok()
    for result in SCHEMA.get_all_operations()
    if isinstance(result, Ok)
}
ROUTER: Final = Router(OPERATIONS)


def check(method: str, path: str, answer: httpx.Response) -> None:
    """Fail unless the document has this status for the operation, and a schema that the body fits."""
    try:
        operation, _ = ROUTER.find(method, path.partition("?")[0])
    except PratiqueError:
        return  # a route or method that is not there
    described = DOCUMENTED[f"{operation.method} {operation.path}"]
    statuses = json.loads(document((operation,), version="0"))["paths"][operation.path][method.lower()][
        "responses"
    ]
    if answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
        assert str(answer.status_code) in statuses, (
            f"{method} {path} answered {answer.status_code}: {answer.text}"
        )
    described.validate_response(answer)
