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
_LONG: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)

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
    "Reads answered from memory (hit) or by asking the database (miss).",
    ("outcome",),
)
BYTES_SENT: Final = Metric("pratique_blob_sent_bytes_total", Kind.COUNTER, "Bytes of blobs sent.")
BYTES_RECEIVED: Final = Metric("pratique_blob_received_bytes_total", Kind.COUNTER, "Bytes of blobs received.")
PUSHES: Final = Metric("pratique_manifest_pushes_total", Kind.COUNTER, "Manifests accepted.")
GATE_ANSWERS: Final = Metric(
    "pratique_gate_answers_total",
    Kind.COUNTER,
    "What the gate said: let_out or refused, of a manifest or a blob.",
    ("outcome", "what"),
)
VERDICTS: Final = Metric(
    "pratique_verdicts_total", Kind.COUNTER, "Verdicts written, by the state they came to.", ("state",)
)
EVIDENCE_SECONDS: Final = Metric(
    "pratique_evidence_verification_seconds",
    Kind.HISTOGRAM,
    "Verifying the evidence of one manifest.",
    (),
    _LATENCIES,
)
LOGINS: Final = Metric(
    "pratique_logins_total",
    Kind.COUNTER,
    "Credentials checked: right, wrong or throttled.",
    ("outcome",),
)
TRANSACTION_SECONDS: Final = Metric(
    "pratique_database_transaction_seconds",
    Kind.HISTOGRAM,
    "Transactions that write, from the call to the commit.",
    (),
    _LATENCIES,
)
JOBS: Final = Metric(
    "pratique_jobs_total",
    Kind.COUNTER,
    "Jobs that ended, by kind: done, retried or dead.",
    ("kind", "outcome"),
)
JOB_SECONDS: Final = Metric(
    "pratique_job_duration_seconds", Kind.HISTOGRAM, "How long jobs ran, by kind.", ("kind",), _LONG
)
JOBS_WAITING: Final = Metric("pratique_jobs_waiting", Kind.GAUGE, "Jobs that are due and not claimed.")
JOBS_DEAD: Final = Metric("pratique_jobs_dead", Kind.GAUGE, "Jobs set aside after their last attempt.")
OPEN_UPLOADS: Final = Metric(
    "pratique_uploads_open", Kind.GAUGE, "Uploads that are neither finished nor expired."
)
FREE_BYTES: Final = Metric(
    "pratique_storage_free_bytes", Kind.GAUGE, "Bytes left on the disk of the data directory."
)
COLLECTED_BLOBS: Final = Metric(
    "pratique_collected_blobs_total", Kind.COUNTER, "Blobs deleted by garbage collection."
)
COLLECTED_BYTES: Final = Metric(
    "pratique_collected_bytes_total", Kind.COUNTER, "Bytes deleted by garbage collection."
)
CORRUPT_BLOBS: Final = Metric(
    "pratique_corrupt_blobs_total", Kind.COUNTER, "Blobs found not to hash to their digest."
)
BUILD: Final = Metric("pratique_build_info", Kind.GAUGE, "Always 1; the version is a label.", ("version",))

METRICS: Final = (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    HTTP_IN_FLIGHT,
    WARM_ANSWERS,
    BYTES_SENT,
    BYTES_RECEIVED,
    PUSHES,
    GATE_ANSWERS,
    VERDICTS,
    EVIDENCE_SECONDS,
    LOGINS,
    TRANSACTION_SECONDS,
    JOBS,
    JOB_SECONDS,
    JOBS_WAITING,
    JOBS_DEAD,
    OPEN_UPLOADS,
    FREE_BYTES,
    COLLECTED_BLOBS,
    COLLECTED_BYTES,
    CORRUPT_BLOBS,
    BUILD,
)
