"""`/healthz`: the process lives. `/readyz`: it can answer. `/metrics`: Prometheus' text."""

from starlette.types import Receive, Scope, Send

from pratique.errors import Unavailable
from pratique.http.answers import Answer
from pratique.http.ports import Ready
from pratique.http.threads import Pool
from pratique.telemetry import CONTENT_TYPE, Metrics

TEXT = (("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"))


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    """200 as long as the event loop turns."""
    await Answer(200, TEXT, b"ok\n")(scope, receive, send)


class Readiness:
    """`/readyz`: 200, or 503 while a store is out of reach."""

    def __init__(self, ready: Ready, pool: Pool) -> None:
        self._ready = ready
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look, and say."""
        try:
            await self._pool(self._ready)
        except Unavailable:
            await Answer(503, TEXT, b"not ready\n")(scope, receive, send)
        else:
            await Answer(200, TEXT, b"ready\n")(scope, receive, send)


class MetricsPage:
    """`/metrics`."""

    def __init__(self, metrics: Metrics, pool: Pool) -> None:
        self._metrics = metrics
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Render in a thread: every gauge is read."""
        text = await self._pool(self._metrics.render)
        await Answer(200, (("content-type", CONTENT_TYPE),), text)(scope, receive, send)
