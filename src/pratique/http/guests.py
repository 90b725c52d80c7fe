"""`/scanner/api/v1`: this registry as a scanner for others (Harbor's pluggable scanner API 1.2, the adapter's side).

Closed, as if it were not there, unless the settings hold a credential for it.
"""

from typing import Any, Final

from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from pratique.errors import BadRequest, Forbidden, Invalid, NotFound, PratiqueError, TooManyAttempts
from pratique.http.answers import Answer, json_answer
from pratique.http.refusals import Disconnected
from pratique.http.rooms import Rooms
from pratique.http.streams import Body, Pace
from pratique.scanners.guests import ERROR as FAILED
from pratique.scanners.guests import PENDING, REQUEST_LIMIT, GuestScans, chosen
from pratique.scanners.pinging import OUR_ABILITIES
from pratique.scanners.protocol import (
    AUTHORIZATION_TYPE,
    METADATA,
    REFRESH_AFTER,
    RETRY_AFTER,
    SBOM_REPORT,
    SCAN_RESPONSE,
    SPDX,
    is_media,
)
from pratique.scanners.protocol import ERROR as PROBLEM
from pratique.scanners.values import OURS

PREFIX: Final = "/scanner"
_BASE: Final = f"{PREFIX}/api/v1"
_WAIT: Final = "5"


class GuestDoor:
    """Answers scanners' clients."""

    def __init__(self, rooms: Rooms, scans: GuestScans) -> None:
        self._rooms = rooms
        self._scans = scans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answered(scope, receive)
        except PratiqueError as problem:
            answer = _refused(problem)
        except Disconnected:
            return
        await answer(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        if not self._scans.is_open:
            raise NotFound("there is nothing at this path")
        headers = Headers(scope=scope)
        if not self._scans.admits(headers.get("authorization", "")):
            return _problem(401, "show the credential of this scanner", (("www-authenticate", "Bearer"),))
        asked = scope["method"], scope["path"].removeprefix(_BASE)
        if asked == ("GET", "/metadata"):
            return json_answer(200, _metadata(), content_type=METADATA)
        if asked == ("POST", "/scan"):
            settings = self._rooms.settings
            body = Body(receive, headers, Pace(settings.stall_time, settings.least_rate))
            content = bytes(await body.whole(REQUEST_LIMIT, "a request"))
            number = await self._rooms.threads.database(self._scans.accept, content)
            return json_answer(202, {"id": number}, content_type=SCAN_RESPONSE)
        match asked[1].split("/"):
            case ["", "scan", number, "report"] if asked[0] == "GET":
                accept = headers.get("accept", "")
                wanted = QueryParams(scope["query_string"]).get("sbom_media_type", SPDX)
                return await self._rooms.threads.database(self._report, number, accept, wanted)
        raise NotFound("there is nothing at this path")

    def _report(self, number: str, accept: str, wanted: str) -> Answer:
        found = self._scans.report(number)
        if found.state == PENDING:
            return Answer(302, ((REFRESH_AFTER.lower(), _WAIT), (RETRY_AFTER.lower(), _WAIT)))
        if found.state == FAILED:
            return _problem(500, found.problem)
        told = chosen(found.reports, accept)
        if told is None or (is_media(told[0], SBOM_REPORT) and wanted != SPDX):
            return _problem(415, "there is no report of that media type")
        return json_answer(200, told[1], content_type=told[0])


def _metadata() -> dict[str, Any]:
    return {
        "scanner": {"name": OURS.name, "vendor": OURS.vendor, "version": OURS.version},
        "capabilities": [
            {
                "type": one.type,
                "consumes_mime_types": list(one.consumes),
                "produces_mime_types": list(one.produces),
                **({"additional_attributes": {"sbom_media_types": [SPDX]}} if one.attributes else {}),
            }
            for one in OUR_ABILITIES
        ],
        "properties": {
            "harbor.scanner-adapter/scanner-type": "os-package-vulnerability",
            AUTHORIZATION_TYPE: "Basic",
        },
    }


def _refused(problem: PratiqueError) -> Answer:
    """400 for what is no JSON, 422 for a field, and what else the specification has."""
    match problem:
        case BadRequest():
            status = 400
        case NotFound():
            status = 404
        case Forbidden():
            status = 403
        case TooManyAttempts():
            status = 429
        case Invalid():
            status = 422
        case _:
            status = 503
    return _problem(status, problem.message)


def _problem(status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return json_answer(status, {"error": {"message": message}}, headers, content_type=PROBLEM)
