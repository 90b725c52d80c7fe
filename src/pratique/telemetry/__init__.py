"""Telemetry: what the house tells those who run it.

Metrics and log lines are two tables (`METRICS`, `LINES`); nothing is measured or logged that is not in one of
them, and the reference in docs/ is generated from them. Secrets are taken out of every line.
"""

from pratique.telemetry.lines import LINES, Line
from pratique.telemetry.log import Log, StandardLibraryHandler, in_request, open_log
from pratique.telemetry.metrics import CONTENT_TYPE, Metrics
from pratique.telemetry.scrub import scrub
from pratique.telemetry.table import METRICS, Kind, Metric

__all__ = [
    "CONTENT_TYPE",
    "LINES",
    "METRICS",
    "Kind",
    "Line",
    "Log",
    "Metric",
    "Metrics",
    "StandardLibraryHandler",
    "in_request",
    "open_log",
    "scrub",
]
