"""The metrics of one process, in a registry of their own (nothing global), as Prometheus' text."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from pratique.telemetry.table import METRICS, Kind, Metric

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of what `render` returns."""

_Collector = Counter | Gauge | Histogram


class Metrics:
    """Counts, sets and observes the rows of the table.

    Each raises KeyError for a metric that is not in the table, ValueError for labels other than the row's and
    TypeError for another kind: mistakes of the caller. All may be called from any thread.
    """

    def __init__(self, table: Iterable[Metric] = METRICS) -> None:
        self._registry = CollectorRegistry()
        self._collectors: Mapping[str, _Collector] = {row.name: self._collector(row) for row in table}
        self._before: list[Callable[[], None]] = []

    def count(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self.counting(metric, **labels)(amount)

    def counting(self, metric: Metric, **labels: str) -> Callable[[float], None]:
        """The addition itself with its labels looked up once, for hot paths."""
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Counter):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a counter")
        return collector.inc

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._gauge(metric, labels).set(value)

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Move a gauge up or, by a negative amount, down."""
        self._gauge(metric, labels).inc(amount)

    def watch(self, metric: Metric, read: Callable[[], float], **labels: str) -> None:
        """Let a gauge be what `read` says whenever it is looked at."""
        self._gauge(metric, labels).set_function(read)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Put a value into a histogram."""
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Histogram):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a histogram")
        collector.observe(value)

    def before_rendering(self, do: Callable[[], None]) -> None:
        """Have `do` bring up to date what is only known when somebody looks."""
        self._before.append(do)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        for do in self._before:
            do()
        return generate_latest(self._registry)

    def _gauge(self, metric: Metric, labels: Mapping[str, str]) -> Gauge:
        collector = self._labelled(metric, labels)
        if not isinstance(collector, Gauge):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a gauge")
        return collector

    def _labelled(self, metric: Metric, labels: Mapping[str, str]) -> _Collector:
        collector = self._collectors[metric.name]
        return collector.labels(**labels) if labels or metric.labels else collector

    def _collector(self, row: Metric) -> _Collector:
        if row.kind is Kind.COUNTER:
            return Counter(row.name, row.help, row.labels, registry=self._registry)
        if row.kind is Kind.GAUGE:
            return Gauge(row.name, row.help, row.labels, registry=self._registry)
        return Histogram(row.name, row.help, row.labels, buckets=row.buckets, registry=self._registry)
