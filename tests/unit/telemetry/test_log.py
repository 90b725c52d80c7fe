"""Lines are JSON, belong to their request, and never hold a secret."""

import io
import json
import logging
from typing import Any

import pytest

from pratique.telemetry import LINES, Line, StandardLibraryHandler, in_request, lines, open_log


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_of_the_module_is_in_the_table() -> None:
    named = {value for value in vars(lines).values() if isinstance(value, Line)}
    assert named == set(LINES)
    assert len({line.name for line in LINES}) == len(LINES)
    assert all(line.help.endswith(".") for line in LINES)


def test_a_line_has_time_level_event_and_request() -> None:
    stream = io.StringIO()
    with in_request("r-1", principal="user:1"):
        open_log(stream).bind(room="jobs").write(lines.JOB_DEAD, kind="examine", job=7)
    (line,) = written(stream)
    assert list(line)[:3] == ["at", "level", "event"]
    assert line["at"].endswith("Z")
    del line["at"]
    assert line == {
        "level": "error",
        "event": "jobs.dead",
        "room": "jobs",
        "kind": "examine",
        "job": 7,
        "request_id": "r-1",
        "principal": "user:1",
    }


def test_the_request_ends_with_its_block() -> None:
    stream = io.StringIO()
    log = open_log(stream)
    with in_request("r-1"):
        pass
    log.write(lines.STOPPED)
    assert "request_id" not in written(stream)[0]


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    log = open_log(stream, level="error")
    log.write(lines.STOPPED)
    log.write(lines.FEED_FAILED, feed="audit")
    assert [line["event"] for line in written(stream)] == ["jobs.feed_failed"]


def test_a_missing_field_is_a_mistake() -> None:
    with pytest.raises(KeyError, match=r"jobs\.dead lacks kind, job"):
        open_log(io.StringIO()).write(lines.JOB_DEAD)


def test_a_traceback_is_text_without_secrets() -> None:
    stream = io.StringIO()
    try:
        int("postgresql://me:hunter2@host")
    except ValueError as problem:
        open_log(stream).fail(lines.FEED_FAILED, problem, feed="audit")
    (line,) = written(stream)
    assert "ValueError" in line["exception"]
    assert "hunter2" not in stream.getvalue()


def test_what_libraries_log_is_relayed() -> None:
    stream = io.StringIO()
    logger = logging.Logger("uvicorn.error")  # noqa: LOG001  # of this test alone, not in the process's tree
    logger.addHandler(StandardLibraryHandler(open_log(stream)))
    logger.warning("Authorization: Basic %s", "YWRtaW46SGFyYm9yMTIzNDU=")
    logger.debug("not written")
    try:
        int("gone")
    except ValueError:
        logger.exception("broke")
    first, second = written(stream)
    assert (first["event"], first["level"], first["logger"]) == ("library", "warning", "uvicorn.error")
    assert "YWRtaW46" not in first["message"]
    assert second["level"] == "error"
    assert "invalid literal" in second["exception"]


def test_text_for_a_terminal_is_one_line() -> None:
    stream = io.StringIO()
    open_log(stream, style="text").write(lines.STARTED, url="http://127.0.0.1:5000", version="1\n2")
    assert stream.getvalue().count("\n") == 1
    assert "server.started" in stream.getvalue()
