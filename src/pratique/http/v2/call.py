"""One request at the OCI door, taken apart."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from pratique.errors import BadRequest
from pratique.http.answers import Answer
from pratique.http.callers import Access, Caller
from pratique.http.rooms import DoorSettings
from pratique.http.streams import Body, Pace
from pratique.http.wire.keeping import Known
from pratique.oci.digest import Digest, parse_digest
from pratique.registry import Page

Reply = Callable[[Scope, Receive, Send], Awaitable[None]]
"""What a handler gives: an `Answer`, or something that sends itself."""


@dataclass(slots=True)
class Call:
    """A request: `base` is the origin for `Location`, empty where relative ones do."""

    method: str
    headers: Headers
    query: QueryParams
    body: Body
    caller: Caller
    base: str
    page_limit: int
    more: dict[str, str]
    """Headers of a refusal: where an upload goes on after a 416."""
    known: Known = field(default_factory=Known)
    """What was known of the database before anything was read for this call."""

    def url(self, path: str) -> str:
        """A path of ours as a client reaches it."""
        return self.base + path

    def digest(self, parameter: str) -> Digest | None:
        """The digest in a query parameter, None when it is not there. Raises DigestInvalid."""
        value = self.query.get(parameter)
        return None if value is None else parse_digest(value)

    def page(self) -> Page:
        """The page that `n` and `last` ask for; at most `page_limit` entries. Raises BadRequest."""
        asked = self.query.get("n")
        if asked is None:
            return Page(self.page_limit, self.query.get("last"))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
            raise BadRequest(f"n={asked[:20]!r} is not a number of entries")
        return Page(min(int(asked), self.page_limit), self.query.get("last"))


Handler = Callable[[Call, Any, Access], Awaitable[Reply]]
"""Takes a call, the path that it is for, and what the caller may do there."""


def body_of(scope: Scope, receive: Receive, settings: DoorSettings) -> Body:
    """The body of a request, at the pace that the settings want."""
    return Body(
        receive,
        Headers(scope=scope),
        Pace(settings.stall_time, settings.least_rate),
        extensions=scope.get("extensions"),
    )


def call_of(scope: Scope, body: Body, caller: Caller, settings: DoorSettings, more: dict[str, str]) -> Call:
    """The call that a request is; `more` collects headers of its refusal.

    Raises BadRequest for NUL in a parameter: nothing here is called so, and PostgreSQL takes none.
    """
    query = QueryParams(scope["query_string"])
    if any("\0" in text for pair in query.multi_items() for text in pair):
        raise BadRequest("a parameter has a NUL in it")
    return Call(
        method=scope["method"],
        headers=Headers(scope=scope),
        query=query,
        body=body,
        caller=caller,
        base=settings.external_url.rstrip("/"),
        page_limit=settings.page,
        more=more,
    )


def empty(status: int, *headers: tuple[str, str]) -> Answer:
    """An answer without a body."""
    return Answer(status, headers)
