"""Every line that the log may hold: its name, level, fields and what it means for who reads it."""

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table. `fields` are the ones it always has, besides those of the request."""

    name: str
    level: Level
    help: str
    fields: tuple[str, ...] = ()


STARTED: Final = Line("server.started", "info", "The server answers.", ("url", "version"))
STOPPED: Final = Line("server.stopped", "info", "The server has ended.")
CLOCK_WENT_BACK: Final = Line(
    "clock.went_back",
    "error",
    "The machine's clock went back by so many seconds. Time goes on from where it was: what lapsed stays lapsed.",
    ("seconds",),
)
TLS_RELOADED: Final = Line("server.tls_reloaded", "info", "The certificate was read again.", ("cert",))
TLS_NOT_RELOADED: Final = Line(
    "server.tls_not_reloaded",
    "error",
    "The changed certificate can't be used; the former one still is.",
    ("cert", "problem"),
)
REQUEST: Final = Line(
    "http.request", "info", "A request was answered.", ("method", "path", "status", "seconds", "principal")
)
REQUEST_FAILED: Final = Line(
    "http.request_failed",
    "error",
    "A request ended in a mistake of ours; the answer held only the request id.",
    ("method", "path"),
)
UNAVAILABLE: Final = Line(
    "http.unavailable",
    "error",
    "A store could not do what a request needed; the answer held only the request id.",
    ("method", "path", "problem"),
)
REFUSED: Final = Line(
    "gate.refused", "info", "The gate did not let something out.", ("method", "path", "reason", "principal")
)
DATABASE_UPGRADED: Final = Line(
    "database.upgraded", "info", "The schema was brought to this version.", ("from_revision", "to_revision")
)
WORKER_ENDED: Final = Line(
    "jobs.worker_ended",
    "error",
    "The worker beside the server has ended by itself; it is started again after a pause in seconds.",
    ("status", "pause"),
)
WORKER_WAITS: Final = Line(
    "jobs.worker_waits", "warning", "A worker can't reach the database, and looks again.", ("problem",)
)
UNCONFINED: Final = Line(
    "jobs.unconfined",
    "warning",
    "This machine can't take something from the processes that read strangers' bytes: files, or system calls.",
    ("missing",),
)
JOB_FAILED: Final = Line(
    "jobs.failed", "warning", "A job failed and will be tried again.", ("kind", "job", "attempt")
)
JOB_DEAD: Final = Line(
    "jobs.dead", "error", "A job failed for the last time and is set aside.", ("kind", "job")
)
EXAMINED_ANEW: Final = Line(
    "contents.examined_anew",
    "info",
    "Images that another release looked into are examined anew, while their verdicts stand; so many are left.",
    ("left",),
)
JOB_RESULT_LOST: Final = Line(
    "jobs.result_lost", "error", "How a job went could not be written; it will run again.", ("kind", "job")
)
FEED_FAILED: Final = Line(
    "jobs.feed_failed", "error", "A reader of the outbox failed and will try again.", ("feed",)
)
REVOCATION_NOT_FETCHED: Final = Line(
    "trust.revocation_not_fetched",
    "warning",
    "A CRL or an OCSP response that a certificate names was not fetched, or says nothing of it.",
    ("url", "problem"),
)
COLLECTED: Final = Line(
    "registry.collected", "info", "Garbage collection ended.", ("blobs", "manifests", "freed_bytes")
)
SCRUBBED: Final = Line(
    "registry.scrubbed", "info", "A round of scrubbing ended.", ("checked", "checked_bytes")
)
CORRUPT: Final = Line(
    "registry.corrupt", "error", "Stored bytes do not hash to their digest; they are not served.", ("digest",)
)
TOO_LARGE: Final = Line(
    "attestation.too_large",
    "warning",
    "What the registry would say of an artifact is larger than evidence may be (`limits.evidence_size`).",
    ("repository", "digest", "form", "size", "limit"),
)
LIBRARY: Final = Line("library", "info", "What a library wrote to Python's own log.", ("logger", "message"))

LINES: Final = (
    STARTED,
    STOPPED,
    CLOCK_WENT_BACK,
    TLS_RELOADED,
    TLS_NOT_RELOADED,
    REQUEST,
    REQUEST_FAILED,
    UNAVAILABLE,
    REFUSED,
    DATABASE_UPGRADED,
    WORKER_ENDED,
    WORKER_WAITS,
    UNCONFINED,
    JOB_FAILED,
    JOB_DEAD,
    EXAMINED_ANEW,
    JOB_RESULT_LOST,
    FEED_FAILED,
    REVOCATION_NOT_FETCHED,
    COLLECTED,
    SCRUBBED,
    CORRUPT,
    TOO_LARGE,
    LIBRARY,
)
