"""What nobody has foreseen: logged whole, answered with the id of the request and nothing else."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pratique.http.streams import abort
from pratique.http.v2.errors import failure
from pratique.telemetry import Log
from pratique.telemetry.lines import REQUEST_FAILED


class Mistakes:
    """ASGI middleware that no exception passes."""

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 where nothing was answered yet; else drop the connection, so that nobody takes a part for all."""
        has_started = False

        async def sending(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as problem:  # noqa: BLE001 - the last line: nothing of it may reach a client
            self._log.fail(REQUEST_FAILED, problem, method=scope["method"], path=scope["path"])
            if has_started:
                await abort(scope, send)
            else:
                await failure(500, scope["state"]["request_id"])(scope, receive, send)
