"""What happened to every request: a line in the log and counts in the metrics, written by a thread of its own.

The event loop only notes a few values; formatting and writing them is nobody's latency.
"""

import queue
import threading
import time
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pratique.access import Principal
from pratique.errors import Corrupt, PratiqueError, Quarantined, Unavailable
from pratique.telemetry import Log, Metrics
from pratique.telemetry.lines import REFUSED, REQUEST, UNAVAILABLE
from pratique.telemetry.table import GATE_REFUSALS, HTTP_IN_FLIGHT, HTTP_REQUESTS, HTTP_SECONDS

NOTES_LIMIT: Final = 50_000
"""Notes that wait to be written; more are dropped, because a log must not eat the memory it reports on."""

ABANDONED: Final = 499
"""The status of a request whose client went away before it was answered (nginx's number)."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DOORS: Final = {"v2": "v2", "api": "api"}


@dataclass(frozen=True, slots=True)
class Note:
    """One request, as it ended. `problem` is what a door put into the request's state as `problem`."""

    request_id: str
    method: str
    path: str
    status: int
    seconds: float
    principal: str
    client: str
    problem: PratiqueError | None = None
    is_warm: bool = False
    """Answered from memory: whoever gave it counts it (`wire.reading`)."""


class Journal:
    """ASGI middleware that notes every request; `start` and `close` are of its thread."""

    def __init__(self, app: ASGIApp, log: Log, metrics: Metrics, *, logs_requests: bool) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics
        self._logs_requests = logs_requests
        self._notes: queue.SimpleQueue[Note | None] = queue.SimpleQueue()
        self._in_flight = 0
        self._thread = threading.Thread(target=self._write_all, name="journal", daemon=True)
        metrics.watch(HTTP_IN_FLIGHT, lambda: self._in_flight)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end."""
        self._notes.put(None)
        if self._thread.is_alive():
            self._thread.join()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = ABANDONED

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._in_flight += 1
        try:
            await self._app(scope, receive, sending)
        finally:
            self._in_flight -= 1
            self.note(_note(scope, status, time.monotonic() - began))

    def note(self, note: Note) -> None:
        """Take note of a request."""
        if self._notes.qsize() < NOTES_LIMIT:
            self._notes.put(note)

    def _write_all(self) -> None:
        while (note := self._notes.get()) is not None:
            try:
                self._write(note)
            except Exception:  # noqa: BLE001, S112 - one line that can't be written (a full disk) costs no other line
                continue

    def _write(self, note: Note) -> None:
        door = DOORS.get(note.path[1:].partition("/")[0], "other")  # `OPTIONS *` has no slash
        method = note.method if note.method in METHODS else "other"
        if not note.is_warm:
            self._metrics.count(HTTP_REQUESTS, door=door, method=method, status=str(note.status))
            self._metrics.observe(HTTP_SECONDS, note.seconds, door=door, method=method)
        if note.problem is not None:
            self._write_problem(note, note.problem, method)
        if self._logs_requests:
            self._log.write(
                REQUEST,
                request_id=note.request_id,
                method=note.method,
                path=note.path,
                status=note.status,
                seconds=round(note.seconds, 6),
                principal=note.principal,
                client=note.client,
            )

    def _write_problem(self, note: Note, problem: PratiqueError, method: str) -> None:
        about = {"request_id": note.request_id, "method": note.method, "path": note.path}
        if isinstance(problem, Quarantined):
            self._metrics.count(GATE_REFUSALS, method=method)
            self._log.write(REFUSED, **about, reason=problem.phrase, principal=note.principal)
        elif isinstance(problem, Unavailable | Corrupt):
            self._log.write(UNAVAILABLE, **about, problem=problem.message)


def _note(scope: Scope, status: int, seconds: float) -> Note:
    state, client = scope["state"], scope.get("client")
    principal = state.get("principal")
    return Note(
        state["request_id"],
        scope["method"],
        scope["path"],
        status,
        seconds,
        principal.name if isinstance(principal, Principal) else "",
        client[0] if client else "",
        state.get("problem"),
    )
