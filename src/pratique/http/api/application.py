"""The management API as an ASGI application: finds the operation, learns who calls, reads, runs, answers.

What surrounds every door gives requests their ids and catches what nobody foresaw (`http.app`).
Only this part is async. An operation runs in one thread of the database's pool from its first transaction to its
last; hashing has a pool of its own, and verified credentials that are remembered cost none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from pratique.access import Kind
from pratique.errors import BadRequest, NotFound, PratiqueError
from pratique.http.answers import Answer
from pratique.http.api import documents, openapi
from pratique.http.api.authentication import Authentication
from pratique.http.api.call import PREFIX, Call, Reply
from pratique.http.api.errors import error_answer
from pratique.http.api.operations import Operation
from pratique.http.api.parameters import read_parameters, read_segment, readable
from pratique.http.api.rooms import ApiRooms
from pratique.http.api.router import Router
from pratique.http.api.rules import require_account
from pratique.http.refusals import Disconnected
from pratique.http.streams import Body, Pace

QUERY_LIMIT: Final = 16_384
"""Characters of a query string."""
FIELDS_LIMIT: Final = 100
"""Parameters of one."""

_HARBOR_VERSION: Final = b'{"version":"v2.0"}'
_DOCUMENT_PATHS: Final = frozenset({"/openapi.json", "/swagger.json"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A request once its operation is known."""

    operation: Operation
    segments: Mapping[str, str]
    path: str
    fields: Sequence[tuple[str, str]]
    headers: Headers


class ManagementApi:
    """Answers everything below `/api/`."""

    def __init__(self, rooms: ApiRooms, operations: Sequence[Operation]) -> None:
        self._rooms = rooms
        self._router = Router(operations)
        self._authentication = Authentication(rooms)
        self._document = openapi.document(operations, version=rooms.settings.version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answered(scope, receive)
        except PratiqueError as error:
            scope["state"]["problem"] = error
            answer = error_answer(error, scope["state"]["request_id"])
        except Disconnected:
            return
        await answer(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        raw_path = _raw_path(scope)
        fixed = self._fixed(scope["method"], raw_path)
        if fixed is not None:
            return fixed
        operation, segments = self._router.find(scope["method"], _below(raw_path))
        found = _Found(operation, segments, raw_path, _fields(scope), Headers(scope=scope))
        call = await self._call(found, scope, receive)
        reply = await self._rooms.threads.database(self._run, operation, call)
        return documents.encode(operation, reply)

    def _fixed(self, method: str, raw_path: str) -> Answer | None:
        """What is no operation: the version of the protocol, and the document."""
        if method not in {"GET", "HEAD"}:
            return None
        if raw_path == "/api/version":
            return Answer(200, (("content-type", "application/json"),), _HARBOR_VERSION)
        if raw_path.startswith(PREFIX) and raw_path.removeprefix(PREFIX) in _DOCUMENT_PATHS:
            return Answer(200, (("content-type", "application/json"),), self._document)
        return None

    async def _call(self, found: _Found, scope: Scope, receive: Receive) -> Call:
        """Everything that can be known outside of a transaction, checked in Harbor's order: who, then what."""
        source = scope["client"][0] if scope.get("client") else None
        principal = await self._authentication.caller(found.headers, source)
        scope["state"]["principal"] = principal
        if principal.kind is Kind.ANONYMOUS and not found.operation.rule.anonymous:
            require_account(principal)
        return Call(
            rooms=self._rooms,
            principal=principal,
            path=found.path,
            segments={name: read_segment(name, value) for name, value in found.segments.items()},
            parameters=read_parameters(found.operation.parameters, dict(found.fields), found.headers),
            sent=found.fields,
            payload=await self._payload(found, receive),
        )

    async def _payload(self, found: _Found, receive: Receive) -> object:
        kind = found.operation.request
        if kind is None:
            return None
        settings = self._rooms.settings
        body = Body(receive, found.headers, Pace(settings.stall_time, settings.least_rate))
        documents.check_media(found.headers.get("content-type"))
        content = await body.whole(settings.body_size, "a request body")
        if not content and found.operation.may_lack_body:
            return None
        return documents.decode(content, kind)

    def _run(self, operation: Operation, call: Call) -> Reply:
        self._rooms.freshness.catch_up()
        return operation.handler.run(call, operation.rule)


def _raw_path(scope: Scope) -> str:
    """The path as it was sent, still encoded."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return path.partition("?")[0]


def _below(raw_path: str) -> str:
    path = raw_path.removeprefix(PREFIX)
    if path == raw_path or not path.startswith("/"):
        raise NotFound(f"there is no resource {raw_path[:200]}; the API is below {PREFIX}")
    return path


def _fields(scope: Scope) -> list[tuple[str, str]]:
    """The parameters of the query; the last of several with one name counts."""
    query = scope.get("query_string", b"").decode("latin-1")
    if len(query) > QUERY_LIMIT:
        raise BadRequest(f"the query has more than {QUERY_LIMIT} characters")
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError:
        raise BadRequest(f"the query has more than {FIELDS_LIMIT} parameters") from None
    for name, value in fields:
        readable(name[:80], value)
        readable("the name of a parameter", name)
    return fields
