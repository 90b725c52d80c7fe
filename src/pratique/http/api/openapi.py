"""The OpenAPI 3.1 document, made of the table of operations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from pratique.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    PratiqueError,
    TooLarge,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from pratique.http.api.call import PREFIX
from pratique.http.api.errors import Unprocessable, UnsupportedMedia, code_of
from pratique.http.api.operations import Operation
from pratique.http.api.parameters import LARGEST, NUMBERS, PAGE, TEXT_LIMIT, Parameter
from pratique.http.api.rules import Everybody
from pratique.http.refusals import TooSlow

_TEMPLATE: Final = "#/components/schemas/{name}"
_HEADERS: Final[Mapping[str, Any]] = {
    "Location": {"description": "Where what was made is.", "schema": {"type": "string"}},
    "Link": {"description": "The pages before and after.", "schema": {"type": "string"}},
    "X-Pratique-Pending": {
        "description": "Artifacts that wait to be judged because of this change; left out where none does.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-Total-Count": {
        "description": "Entries on all pages; -1: many.",
        "schema": {"type": "integer", "minimum": -1},
    },
}
_REQUEST_ID: Final = {
    "X-Request-Id": {"description": "The id of the request, in the log too.", "schema": {"type": "string"}}
}
_TYPES: Final = {"text": "string", "number": "integer", "boolean": "boolean"}


class ErrorEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: `code` for scripts, `message` for people, `detail` for both."""

    code: str
    message: str
    detail: dict[str, Any] = {}


class Errors(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    errors: list[ErrorEntry]


def document(operations: Sequence[Operation], *, version: str) -> bytes:
    """The document as JSON."""
    bodies = [each.request for each in operations if each.request is not None]
    bodies += [
        each.response for each in operations if each.response is not None and each.media != "text/plain"
    ]
    schemas, components = msgspec.json.schema_components([*bodies, Errors], ref_template=_TEMPLATE)
    by_type = {_key(kind): schema for kind, schema in zip([*bodies, Errors], schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, by_type)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Pratique",
            "version": version,
            "description": "The management API: Harbor's API v2.0 and Pratique's own resources.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "A user's name and password, or a robot's name and secret.",
                }
            },
        },
    }
    return msgspec.json.encode(whole)


def errors_of(operation: Operation) -> frozenset[type[PratiqueError]]:
    """Every error that an operation may be answered with, those of its rule, parameters and body included."""
    found: set[type[PratiqueError]] = {
        *operation.errors,
        BadRequest,
        Unauthenticated,
        TooManyAttempts,
        Unavailable,
    }
    if not isinstance(operation.rule, Everybody):
        found.add(Forbidden)
    if operation.rule.segment:
        found |= {NotFound}
    if operation.parameters or operation.segments:
        found.add(Unprocessable)
    if operation.request is not None:
        found |= {Unprocessable, UnsupportedMedia, TooLarge, TooSlow}
    return frozenset(found)


def _operation(operation: Operation, by_type: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "description": f"Who may: {operation.rule.says}",
        "tags": [operation.tag],
        "security": [{"basic": []}, {}] if operation.rule.anonymous else [{"basic": []}],
        "parameters": [
            *(_segment(name) for name in operation.segments),
            *(_parameter(each) for each in operation.parameters),
        ],
        "responses": _responses(operation, by_type),
    }
    if operation.request is not None:
        schema = by_type[_key(operation.request)]
        described["requestBody"] = {
            "required": not operation.may_lack_body,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _responses(operation: Operation, by_type: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: _HEADERS[name] for name in (*operation.headers, *_listing_headers(operation))}
    success: dict[str, Any] = {"description": "Done.", "headers": {**headers, **_REQUEST_ID}}
    if operation.response is not None:
        plain = operation.media == "text/plain"
        schema = {"type": "string"} if plain else by_type[_key(operation.response)]
        success["content"] = {operation.media: {"schema": schema}}
    responses = {str(operation.success): success}
    for status, kinds in _by_status(errors_of(operation)).items():
        refusal: dict[str, Any] = {"description": " ".join(kinds), "headers": _REQUEST_ID}
        if operation.method != "HEAD":
            refusal["content"] = {"application/json": {"schema": by_type[_key(Errors)]}}
        responses[str(status)] = refusal
    return responses


def _by_status(kinds: Iterable[type[PratiqueError]]) -> dict[int, list[str]]:
    by_status: dict[int, list[str]] = {}
    for kind in sorted(kinds, key=lambda each: each.__name__):
        first = (kind.__doc__ or "").strip().partition("\n")[0]
        by_status.setdefault(code_of(kind)[0], []).append(first)
    return dict(sorted(by_status.items()))


def _listing_headers(operation: Operation) -> tuple[str, ...]:
    return ("X-Total-Count", "Link") if PAGE in operation.parameters else ()


def _segment(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if name in NUMBERS:
        schema = {"type": "integer", "minimum": 1, "maximum": LARGEST}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES[parameter.kind]}
    if parameter.kind == "number":
        schema |= {"minimum": parameter.least, "maximum": parameter.most}
    elif parameter.choices:
        schema["enum"] = list(parameter.choices)
    elif parameter.kind == "text":
        schema["maxLength"] = TEXT_LIMIT
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
    }


def _key(kind: Any) -> str:
    return repr(kind)
