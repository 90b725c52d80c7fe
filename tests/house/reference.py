"""The reference pages that are made from tables: `python -m tests.house.reference write|check`."""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_type_hints

from tests.house.reference_commands import commands_page
from tests.house.reference_rights import MADE_FROM, api_page, permissions_page
from tests.house.source import ROOT

from pratique import errors
from pratique.events import EVENTS
from pratique.events.base import Event
from pratique.settings import reference_markdown
from pratique.telemetry import LINES, METRICS

FOLDER: Final = ROOT / "docs" / "reference"


def errors_page() -> str:
    """Everything that can be refused."""
    return "\n".join(
        (
            "# Errors",
            "",
            MADE_FROM.format("src/pratique/errors.py"),
            "",
            "Rooms raise these; each door says them in its own protocol. An error is also what stands to its left.",
            "",
            *_tree(errors.PratiqueError, 0),
            "",
        )
    )


def events_page() -> str:
    """What the outside may hear of."""
    head = (
        "# Events",
        "",
        MADE_FROM.format("src/pratique/events/"),
        "",
        "An event is JSON with a `kind`, the `actor` who did it, and its own fields. It is published in the",
        "transaction of what it tells. A field is never renamed and none is taken away.",
        "",
    )
    return "\n".join((*head, *(line for kind, event in EVENTS.items() for line in _event(kind, event))))


def metrics_page() -> str:
    """What is measured."""
    return "\n".join(
        (
            "# Metrics",
            "",
            MADE_FROM.format("src/pratique/telemetry/table.py"),
            "",
            "In Prometheus' text format, at `/metrics`.",
            "",
            "| metric | kind | labels | what it says |",
            "| --- | --- | --- | --- |",
            *(
                f"| `{each.name}` | {each.kind.value} | {_names(each.labels)} | {each.help} |"
                for each in METRICS
            ),
            "",
        )
    )


def log_page() -> str:
    """What the log may hold."""
    return "\n".join(
        (
            "# Log",
            "",
            MADE_FROM.format("src/pratique/telemetry/lines.py"),
            "",
            "One JSON object per line on standard error, with `at`, `level`, `event`, what is known of the request",
            "(`request_id`, …) and the line's own fields. Passwords, tokens, keys and `Authorization` headers are",
            "taken out of every line.",
            "",
            "| event | level | fields | what it means |",
            "| --- | --- | --- | --- |",
            *(f"| `{each.name}` | {each.level} | {_names(each.fields)} | {each.help} |" for each in LINES),
            "",
        )
    )


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "api.md": api_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "events.md": events_page,
    "log.md": log_page,
    "metrics.md": metrics_page,
    "permissions.md": permissions_page,
    "settings.md": reference_markdown,
}


def outdated() -> list[str]:
    """The pages that do not say what the tables say."""
    return [name for name, render in PAGES.items() if _written(name) != render()]


def write() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


def _written(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _tree(error: type[errors.PratiqueError], depth: int) -> Iterator[str]:
    first = inspect.getdoc(error) or ""
    yield f"{'  ' * depth}- **`{error.__name__}`** {' '.join(first.split(chr(10) * 2)[0].split())}"
    # Others, of rooms, tell apart what a room needs to know of itself; clients never hear of them.
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


def _event(kind: str, event: type[Event]) -> Iterator[str]:
    yield f"## `{kind}`\n\n{inspect.getdoc(event)}\n"
    hints = get_type_hints(event)
    yield from (f"- `{name}`: {_type(hints[name])}" for name in event.__struct_fields__)
    yield ""


def _type(hint: Any) -> str:
    text = hint.__name__ if isinstance(hint, type) and not hasattr(hint, "__args__") else str(hint)
    return f"`{text.replace('typing.', '').replace(', ...', ', …')}`"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        write()
    elif sys.argv[1:] != ["check"]:
        sys.exit("usage: python -m tests.house.reference write|check")
    elif stale := outdated():
        sys.exit(f"not what the tables say, run `make docs`: {', '.join(stale)}")
