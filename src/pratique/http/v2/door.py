"""The OCI door as an ASGI application: paths to handlers by one table, refusals to answers by another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from pratique.errors import PratiqueError
from pratique.http.answers import VERSION, Answer, with_headers
from pratique.http.callers import Callers, Wanted
from pratique.http.refusals import Disconnected, MethodNotAllowed
from pratique.http.rooms import Rooms
from pratique.http.streams import Body
from pratique.http.v2.blobs import Blobs
from pratique.http.v2.call import Call, Handler, Reply, body_of, call_of
from pratique.http.v2.errors import answer_to
from pratique.http.v2.listings import Listings
from pratique.http.v2.manifests import Manifests
from pratique.http.v2.paths import (
    BasePath,
    BlobPath,
    CatalogPath,
    ManifestPath,
    Named,
    Path,
    ReferrersPath,
    TagsPath,
    UploadPath,
    UploadsPath,
    is_name,
    parse_path,
)
from pratique.http.v2.uploads import BlobUploads
from pratique.http.wire.keeping import Known

READS: Final = frozenset({"GET", "HEAD"})
WRITES: Final = frozenset({"PUT"})

ASKED: Final[Mapping[str, str]] = {"pull": "pull", "push": "pull,push", "delete": "delete"}
"""What a challenge asks for, by the action that is needed: clients that push also read what they push."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a request needs the right to do, and who answers it. `or_else`: another right that suffices."""

    action: str
    handler: Handler
    or_else: str | None = None


Routes = Mapping[type[Path], Mapping[str, Route]]


def routes_of(manifests: Manifests, blobs: Blobs, uploads: BlobUploads, listings: Listings) -> Routes:
    """Every endpoint that names a repository: path, method, right, handler."""
    pull_manifest = Route("pull", manifests.get)
    return {
        ManifestPath: {
            "GET": pull_manifest,
            "HEAD": pull_manifest,
            "PUT": Route("push", manifests.put),
            "DELETE": Route("delete", manifests.delete),
        },
        BlobPath: {
            "GET": Route("pull", blobs.get),
            # Whoever pushes asks what he need not send (gate.md 6): that takes no right to read.
            "HEAD": Route("pull", blobs.head, or_else="push"),
            "DELETE": Route("delete", blobs.delete),
        },
        UploadsPath: {"POST": Route("push", uploads.post)},
        UploadPath: {
            "PATCH": Route("push", uploads.patch),
            "PUT": Route("push", uploads.put),
            "GET": Route("push", uploads.get),
            "DELETE": Route("push", uploads.delete),
        },
        TagsPath: {"GET": Route("pull", listings.tags), "HEAD": Route("pull", listings.tags)},
        ReferrersPath: {"GET": Route("pull", listings.referrers), "HEAD": Route("pull", listings.referrers)},
    }


class OciDoor:
    """Answers everything below `/v2/`."""

    def __init__(self, rooms: Rooms, callers: Callers) -> None:
        self._settings = rooms.settings
        self._freshness = rooms.freshness
        self._callers = callers
        self._listings = Listings(rooms, callers)
        self._routes = routes_of(Manifests(rooms), Blobs(rooms), BlobUploads(rooms), self._listings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal passes the one table."""
        send = _versioned(send)
        body = body_of(scope, receive, self._settings)
        more: dict[str, str] = {}
        try:
            path = parse_path(scope["raw_path"], writes=scope["method"] in WRITES)
            caller = await self._callers.of(scope)
            scope["state"]["principal"] = caller.principal
            call = call_of(scope, body, caller, self._settings, more)
            reply = await self._answered(call, path)
            await reply(scope, receive, send)
        except PratiqueError as problem:
            scope["state"]["problem"] = problem
            answer = answer_to(problem, scope["state"]["request_id"])
            await _refuse(with_headers(answer, more), body, scope, receive, send)
        except Disconnected:
            return

    async def _answered(self, call: Call, path: Path) -> Reply:
        if isinstance(path, BasePath):
            _only_reads(call.method)
            await self._callers.enter(call.caller)
            return Answer(200, (("content-type", "application/json"),), b"{}")
        if isinstance(path, CatalogPath):
            _only_reads(call.method)
            return await self._listings.catalog(call)
        return await self._routed(call, path)

    async def _routed(self, call: Call, path: Named) -> Reply:
        methods = self._routes[type(path)]
        route = methods.get(call.method)
        if route is None:
            raise MethodNotAllowed(call.method, tuple(methods))
        wanted = [Wanted(route.action, _scopes(call, path, route.action))]
        if route.or_else is not None:
            wanted.append(Wanted(route.or_else, _scopes(call, path, route.or_else)))
        noted = self._freshness.noted()
        access = await self._callers.access(call.caller, path.name, wanted)
        call.known = Known(noted, access.granted.is_public)
        return await route.handler(call, path, access)


async def _refuse(answer: Answer, body: Body, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a refusal so that it is heard, though its request may still be under way."""
    if body.is_left and body.is_small:
        await body.discard()
    if (body.has_ended and body.problem is None) or not body.is_expected:
        await answer(scope, receive, send)
        return
    lingering = with_headers(answer, {"connection": "close"})
    content = b"" if scope["method"] == "HEAD" else answer.body
    await send(lingering.start())
    await send({"type": "http.response.body", "body": content, "more_body": True})
    if body.is_left:
        await body.discard()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _versioned(send: Send) -> Send:
    """Docker's version header, on every answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append(VERSION)
        await send(message)

    return sending


def _only_reads(method: str) -> None:
    if method not in READS:
        raise MethodNotAllowed(method, sorted(READS))


def _scopes(call: Call, path: Named, action: str) -> list[str]:
    """What a token for this request asks; a mount reads its source too."""
    scopes = [f"repository:{path.name}:{ASKED[action]}"]
    source = call.query.get("from")
    if isinstance(path, UploadsPath) and source is not None and is_name(source):
        scopes.append(f"repository:{source}:pull")
    return scopes
