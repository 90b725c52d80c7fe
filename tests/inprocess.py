"""An ASGI application in this process, asked synchronously: an event loop in a thread, no sockets."""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp, Message


class InProcess:
    """A client of an application while the block runs; its lifespan begins and ends with the block."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._portal_context = start_blocking_portal()

    def __enter__(self) -> Self:
        self._portal = self._portal_context.__enter__()
        self._portal.call(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal.call(self._end)
        self._portal_context.__exit__(kind, error, trace)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask, and wait for the whole answer."""
        answer: httpx.Response = self._portal.call(self._request, method, path, more)
        return answer

    async def _request(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        return await self._client.request(method, path, **more)

    async def _begin(self) -> None:
        transport = httpx.ASGITransport(self._application)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://registry.example.test")
        self._from_server: asyncio.Queue[Message] = asyncio.Queue()
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._life = asyncio.ensure_future(
            self._application({"type": "lifespan"}, self._to_server.get, self._from_server.put)
        )
        await self._live("lifespan.startup")

    async def _end(self) -> None:
        await self._client.aclose()
        await self._live("lifespan.shutdown")
        await self._life

    async def _live(self, step: str) -> None:
        await self._to_server.put({"type": step})
        assert (await self._from_server.get())["type"] == f"{step}.complete"
