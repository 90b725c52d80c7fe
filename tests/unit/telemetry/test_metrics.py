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
    metrics.count(table.LOGINS, outcome="wrong")
    metrics.counting(table.LOGINS, outcome="wrong")(2)
    metrics.set(table.JOBS_DEAD, 4)
    metrics.add(table.HTTP_IN_FLIGHT, 3)
    metrics.add(table.HTTP_IN_FLIGHT, -1)
    metrics.watch(table.FREE_BYTES, lambda: 42)
    metrics.observe(table.JOB_SECONDS, 0.2, kind="examine")
    text = metrics.render().decode()
    assert 'pratique_logins_total{outcome="wrong"} 3.0' in text
    assert "pratique_jobs_dead 4.0" in text
    assert "pratique_http_requests_in_flight 2.0" in text
    assert "pratique_storage_free_bytes 42.0" in text
    assert 'pratique_job_duration_seconds_bucket{kind="examine",le="0.5"} 1.0' in text


def test_two_processes_worth_of_metrics_do_not_know_each_other() -> None:
    first, second = Metrics(), Metrics()
    first.set(table.JOBS_DEAD, 4)
    assert "pratique_jobs_dead 0.0" in second.render().decode()


def test_mistakes_of_the_caller_are_found() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match="label"):
        metrics.count(table.LOGINS, door="v2")
    with pytest.raises(ValueError, match="label"):
        metrics.count(table.LOGINS)
    with pytest.raises(TypeError, match="is a gauge, not a counter"):
        metrics.count(table.JOBS_DEAD)
    with pytest.raises(TypeError, match="is a counter, not a gauge"):
        metrics.set(table.PUSHES, 1)
    with pytest.raises(TypeError, match="is a gauge, not a histogram"):
        metrics.observe(table.JOBS_DEAD, 1)
    with pytest.raises(KeyError):
        metrics.count(Metric("pratique_unknown_total", Kind.COUNTER, "Not in the table."))
