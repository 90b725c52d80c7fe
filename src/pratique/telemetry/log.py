"""The log: one JSON object per line, with the request it belongs to.

A `Log` is passed to whoever writes lines; nothing is configured for the whole process. The id of the request
travels in a context variable, because threads of a pool write lines for many requests.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from pratique.telemetry.lines import LIBRARY, Level, Line
from pratique.telemetry.scrub import scrub

_FIRST: Final = ("at", "level", "event")
_NUMBERS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
# Python's own log has levels between and above ours.
_NAMES: Final[tuple[tuple[int, Level], ...]] = (
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)


class Log:
    """Writes the lines of the table, with what it was bound to."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        self._logger = logger

    def bind(self, **fields: Any) -> "Log":
        """A log that adds these fields to each of its lines."""
        return Log(self._logger.bind(**fields))

    def write(self, line: Line, **fields: Any) -> None:
        """Write a line at the level of its row. Raises KeyError when a field of the row is missing."""
        self._write(line, line.level, fields)

    def fail(self, line: Line, problem: BaseException, **fields: Any) -> None:
        """Write a line with the traceback of a problem."""
        self._write(line, line.level, {**fields, "exc_info": problem})

    def relay(self, record: logging.LogRecord) -> None:
        """Write what a library wrote to Python's own log, at its own level."""
        level = next((name for number, name in _NAMES if record.levelno >= number), "debug")
        fields = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exc_info"] = cast("Any", record.exc_info[1])
        self._write(LIBRARY, level, fields)

    def _write(self, line: Line, level: str, fields: dict[str, Any]) -> None:
        if missing := [name for name in line.fields if name not in fields]:
            raise KeyError(f"{line.name} lacks {', '.join(missing)}")
        self._logger.log(_NUMBERS[level], line.name, **fields)


class StandardLibraryHandler(logging.Handler):
    """Hands records of Python's own log (uvicorn, alembic, asyncio) to a `Log`."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Relay one record; a record that can't be formatted is reported as logging does."""
        try:
            self._log.relay(record)
        except (TypeError, ValueError, OSError):
            self.handleError(record)


def open_log(stream: TextIO = sys.stderr, level: Level = "info", style: str = "json") -> Log:
    """A log on a stream: `json` for machines, `text` for a terminal."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=_processors(style),
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return Log(cast("FilteringBoundLogger", logger))


@contextmanager
def in_request(request_id: str, **fields: Any) -> Iterator[None]:
    """Add a request's id, and what else is known of it, to every line written within."""
    with bound_contextvars(request_id=request_id, **fields):
        yield


def _processors(style: str) -> list[Processor]:
    shared: list[Processor] = [
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _scrubbed,
    ]
    if style == "text":
        return [*shared, structlog.dev.ConsoleRenderer(colors=False, timestamp_key="at")]
    return [*shared, structlog.processors.JSONRenderer()]


def _scrubbed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The processor that takes secrets out, once tracebacks are text; what each line has comes first."""
    ordered = {name: event[name] for name in _FIRST} | dict(event)
    return {name: scrub(value, name) for name, value in ordered.items()}
