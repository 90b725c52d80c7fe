"""Every metric: name, kind, labels and what it says.

Names follow Prometheus: base units, `_total` on counters. A label has few values: never a repository, a tag,
a digest or an account.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a metric does over time."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the table. `buckets` are the upper bounds of a histogram."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_REQUESTS: Final = Metric(
    "pratique_http_requests_total",
    Kind.COUNTER,
    "Requests answered, by door (v2, api, other), method and status.",
    ("door", "method", "status"),
)
HTTP_SECONDS: Final = Metric(
    "pratique_http_request_duration_seconds",
    Kind.HISTOGRAM,
    "Time from the head of a request to the end of its answer; warm answers are not observed.",
    ("door", "method"),
    _LATENCIES,
)
HTTP_IN_FLIGHT: Final = Metric(
    "pratique_http_requests_in_flight", Kind.GAUGE, "Requests that are being answered."
)
WARM_ANSWERS: Final = Metric(
    "pratique_warm_answers_total",
    Kind.COUNTER,
    "Reads answered from memory (hit), without asking the database.",
    ("outcome",),
)
BYTES_SENT: Final = Metric("pratique_blob_sent_bytes_total", Kind.COUNTER, "Bytes of blobs sent.")
BYTES_RECEIVED: Final = Metric("pratique_blob_received_bytes_total", Kind.COUNTER, "Bytes of blobs received.")
GATE_REFUSALS: Final = Metric(
    "pratique_gate_refusals_total", Kind.COUNTER, "Requests that the gate refused, by method.", ("method",)
)
TRANSACTION_SECONDS: Final = Metric(
    "pratique_database_transaction_seconds",
    Kind.HISTOGRAM,
    "Transactions of this process that write, from the call to the commit.",
    (),
    _LATENCIES,
)
EVENTS: Final = Metric(
    "pratique_events_total",
    Kind.COUNTER,
    "Facts of the whole installation since this process started, by kind (see the page of events).",
    ("kind",),
)
FOREIGN_SCANS: Final = Metric(
    "pratique_foreign_scans_total",
    Kind.COUNTER,
    "Scans by other scanners of the whole installation since this process started, by the state they came to.",
    ("state",),
)
VERDICTS: Final = Metric(
    "pratique_verdicts_total",
    Kind.COUNTER,
    "Verdicts of the whole installation since this process started, by the state they came to.",
    ("state",),
)
COLLECTED_BYTES: Final = Metric(
    "pratique_collected_bytes_total",
    Kind.COUNTER,
    "Bytes freed by garbage collection, in whatever process, since this process started.",
)
CORRUPT_BLOBS: Final = Metric(
    "pratique_corrupt_blobs_total",
    Kind.COUNTER,
    "Blobs found not to hash to their digest, in whatever process, since this process started.",
)
JOBS: Final = Metric(
    "pratique_jobs",
    Kind.GAUGE,
    "Jobs of the whole installation: ready (some of them for later), claimed, or dead.",
    ("state",),
)
OPEN_UPLOADS: Final = Metric(
    "pratique_uploads_open", Kind.GAUGE, "Uploads of the whole installation that are not finished."
)
OLD_CONTENTS: Final = Metric(
    "pratique_contents_of_other_releases",
    Kind.GAUGE,
    "Images that another release looked into, which are still to be examined anew; their verdicts stand.",
)
FREE_BYTES: Final = Metric(
    "pratique_storage_free_bytes", Kind.GAUGE, "Bytes left on the disk of the data directory."
)
BUILD: Final = Metric("pratique_build_info", Kind.GAUGE, "Always 1; the version is a label.", ("version",))

METRICS: Final = (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    HTTP_IN_FLIGHT,
    WARM_ANSWERS,
    BYTES_SENT,
    BYTES_RECEIVED,
    GATE_REFUSALS,
    TRANSACTION_SECONDS,
    EVENTS,
    FOREIGN_SCANS,
    VERDICTS,
    COLLECTED_BYTES,
    CORRUPT_BLOBS,
    JOBS,
    OPEN_UPLOADS,
    OLD_CONTENTS,
    FREE_BYTES,
    BUILD,
)
