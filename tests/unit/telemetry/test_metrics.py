"""The table of metrics is complete and well named, and a process counts in a registry of its own."""

import re

import pytest

from pratique.telemetry import METRICS, Kind, Metric, Metrics, table


def test_every_metric_of_the_module_is_in_the_table() -> None:
    named = {value for value in vars(table).values() if isinstance(value, Metric)}
    assert named == set(METRICS)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_prometheus(metric: Metric) -> None:
    assert re.fullmatch(r"pratique_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") is (metric.kind is Kind.COUNTER)
    assert metric.help.endswith(".")
    assert bool(metric.buckets) is (metric.kind is Kind.HISTOGRAM)
    assert list(metric.buckets) == sorted(metric.buckets)
    forbidden = {"repository", "tag", "digest", "principal", "username", "project", "path"}
    assert not forbidden & set(metric.labels), "labels with many values cost memory without end"


def test_every_metric_is_rendered() -> None:
    text = Metrics().render().decode()
    for metric in METRICS:
        assert f"# TYPE {metric.name} {metric.kind}" in text


def test_counts_sets_and_observes() -> None:
    metrics = Metrics()
    metrics.count(table.GATE_REFUSALS, method="GET")
    metrics.counting(table.GATE_REFUSALS, method="GET")(2)
    metrics.set(table.OPEN_UPLOADS, 4)
    metrics.add(table.HTTP_IN_FLIGHT, 3)
    metrics.add(table.HTTP_IN_FLIGHT, -1)
    metrics.watch(table.FREE_BYTES, lambda: 42)
    metrics.observe(table.HTTP_SECONDS, 0.2, door="v2", method="GET")
    text = metrics.render().decode()
    assert 'pratique_gate_refusals_total{method="GET"} 3.0' in text
    assert "pratique_uploads_open 4.0" in text
    assert "pratique_http_requests_in_flight 2.0" in text
    assert "pratique_storage_free_bytes 42.0" in text
    assert 'pratique_http_request_duration_seconds_bucket{door="v2",le="0.25",method="GET"} 1.0' in text


def test_what_is_known_only_by_looking_is_looked_at_when_metrics_are_rendered() -> None:
    metrics = Metrics()
    looks = iter([7, 8])
    metrics.before_rendering(lambda: metrics.set(table.JOBS, next(looks), state="ready"))
    assert 'pratique_jobs{state="ready"} 7.0' in metrics.render().decode()
    assert 'pratique_jobs{state="ready"} 8.0' in metrics.render().decode()


def test_two_processes_worth_of_metrics_do_not_know_each_other() -> None:
    first, second = Metrics(), Metrics()
    first.set(table.OPEN_UPLOADS, 4)
    assert "pratique_uploads_open 0.0" in second.render().decode()


def test_mistakes_of_the_caller_are_found() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match="label"):
        metrics.count(table.GATE_REFUSALS, door="v2")
    with pytest.raises(ValueError, match="label"):
        metrics.count(table.GATE_REFUSALS)
    with pytest.raises(TypeError, match="is a gauge, not a counter"):
        metrics.count(table.OPEN_UPLOADS)
    with pytest.raises(TypeError, match="is a counter, not a gauge"):
        metrics.set(table.BYTES_SENT, 1)
    with pytest.raises(TypeError, match="is a gauge, not a histogram"):
        metrics.observe(table.OPEN_UPLOADS, 1)
    with pytest.raises(KeyError):
        metrics.count(Metric("pratique_unknown_total", Kind.COUNTER, "Not in the table."))
