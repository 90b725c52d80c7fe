"""The whole application: doors mounted by one table, behind what every request passes.

From outside in: the id of the request, what a trusted proxy says of it, the journal, the net below mistakes.
"""

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from pratique.errors import Unsupported
from pratique.http.callers import Callers
from pratique.http.freshness import Follower
from pratique.http.health import MetricsPage, Readiness, healthz
from pratique.http.journal import Journal
from pratique.http.mistakes import Mistakes
from pratique.http.proxies import Proxies
from pratique.http.request_ids import RequestIds
from pratique.http.rooms import Rooms
from pratique.http.v2.door import OciDoor
from pratique.http.v2.errors import answer_to
from pratique.http.v2.token import TokenEndpoint
from pratique.http.wire.answering import Answering
from pratique.http.wire.bodies import Moving
from pratique.http.wire.protocol import Wire
from pratique.http.wire.reading import Reading


class Mounts:
    """Sub-applications by the path that they start at; the longest wins. Paths are not rewritten."""

    def __init__(self, mounts: Mapping[str, ASGIApp]) -> None:
        self._mounts = sorted(mounts.items(), key=lambda mount: -len(mount[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request over, or answer 404."""
        path = scope["path"]
        for prefix, app in self._mounts:
            if path == prefix or path.startswith(f"{prefix}/"):
                await app(scope, receive, send)
                return
        refusal = Unsupported("there is nothing at this path")
        await answer_to(refusal, scope["state"]["request_id"])(scope, receive, send)


class Application:
    """The ASGI application of a serving process. `more` are further mounts (`/api/v2.0`, the pages)."""

    def __init__(
        self,
        rooms: Rooms,
        more: Mapping[str, ASGIApp] | None = None,
        *,
        reading: Reading | None = None,
        moving: Moving | None = None,
    ) -> None:
        self._threads = rooms.threads
        self._freshness = rooms.freshness
        self._follower = Follower(rooms.freshness)
        settings = rooms.settings
        doors = Mounts({**mounts_of(rooms), **(more or {})})
        self._journal = Journal(
            Mistakes(doors, rooms.log), rooms.log, rooms.metrics, logs_requests=settings.log_requests
        )
        self._reading = reading
        self._moving = moving
        note = self._journal.note if settings.log_requests else None
        answering = None if reading is None else Answering(reading.answers, rooms.log, note)
        self.wire = Wire(answering, moving)
        """What the server's connections do beside this application."""
        self._outermost = RequestIds(Proxies(self._journal, settings.trusted_proxies))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or follow the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._outermost(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        flushing: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._journal.start()
                self._follower.start()
                if self._reading is not None:
                    flushing = asyncio.create_task(self._reading.run(self._threads.database))
                await send({"type": "lifespan.startup.complete"})
            else:
                if flushing is not None:
                    flushing.cancel()
                    await asyncio.wait([flushing])
                if self._reading is not None:
                    await self._threads.database(self._reading.flush)
                if self._moving is not None:
                    self._moving.engine.close()
                self._follower.close()
                self._threads.close()
                self._freshness.close()
                self._journal.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def mounts_of(rooms: Rooms) -> dict[str, ASGIApp]:
    """The doors of the registry protocol, and what those who run it ask."""
    callers = Callers(
        rooms.database,
        rooms.accounts,
        rooms.tokens,
        rooms.rights,
        rooms.freshness,
        rooms.threads,
        rooms.counting,
        external_url=rooms.settings.external_url,
        service=rooms.settings.service,
    )
    mounts: dict[str, ASGIApp] = {
        "/v2": OciDoor(rooms, callers),
        "/service/token": TokenEndpoint(rooms, callers),
        "/healthz": healthz,
        "/readyz": Readiness(rooms.ready, rooms.threads.database),
    }
    if rooms.settings.metrics:
        mounts["/metrics"] = MetricsPage(rooms.metrics, rooms.threads.database)
    return mounts
