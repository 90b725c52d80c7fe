"""Every request has an id: in the log, in the answer, and in the body of every 5xx."""

import re
import uuid
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pratique.telemetry import in_request

HEADER: Final = "x-request-id"
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")


class RequestIds:
    """ASGI middleware. A client's own id is kept when it is sane: it ends in our log and in his."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with `X-Request-Id`; `scope["state"]["request_id"]` is for everybody within."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope).get(HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        header = (HEADER.encode(), request_id.encode())

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        with in_request(request_id):
            await self._app(scope, receive, sending)


def request_id_of(offered: str | None) -> str:
    """The id that a client offers, when it is sane, else a new one."""
    return offered if offered is not None and _SANE.fullmatch(offered) else str(uuid.uuid4())
