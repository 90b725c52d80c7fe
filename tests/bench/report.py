"""The table as Markdown."""

from collections.abc import Sequence
from datetime import date

from tests.bench.processes import machine
from tests.bench.rows import Result

START, END = "<!-- table: begin -->", "<!-- table: end -->"


def table(results: Sequence[Result], peers: Sequence[str]) -> str:
    """One line for each row: figures with processor seconds, and our ratio to distribution beside the aim."""
    shown = [name for name in peers if any(result.value(name) is not None for result in results)]
    lines = [
        f"| | unit (CPU seconds per) | {' | '.join(shown)} | beside distribution | aim |",
        f"| --- | --- | {' | '.join('---' for _ in shown)} | --- | --- |",
    ]
    for result in results:
        cells = [_cell(result, name) for name in shown]
        unit = f"{result.row.unit} ({result.row.per})" if result.row.per else result.row.unit
        lines.append(
            f"| {result.row.name} | {unit} | {' | '.join(cells)} | {_ratio(result)} | {result.row.aim} |"
        )
    return "\n".join(lines)


def where(command: str) -> str:
    """When, where and by what it was measured."""
    return f"Measured on {date.today().isoformat()} on {machine()}, by `{command}`"  # noqa: DTZ011 - the day where it was measured


def described(command: str) -> str:
    """Where and how it was measured."""
    return (
        f"{where(command)}: loopback, medians of rounds in turns. "
        "In brackets: processor seconds of the server."
    )


def placed(page: str, text: str, part: str) -> str:
    """The page with `text` between the marks of `part`."""
    start, end = START.replace("table", part), END.replace("table", part)
    before, _, rest = page.partition(start)
    after = rest.partition(end)[2]
    return f"{before}{start}\n{text}\n{end}{after}"


def _cell(result: Result, peer: str) -> str:
    value, cpu = result.value(peer), result.cpu(peer)
    if value is None:
        return result.notes.get(peer, "")
    shown = f"{value:,.0f}"
    return f"{shown} ({cpu:.2f})" if cpu else shown


def _ratio(result: Result) -> str:
    ours, theirs = result.value("pratique"), result.value("distribution")
    return f"{ours / theirs:.2f}x" if ours and theirs else ""
