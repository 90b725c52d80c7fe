"""The reference says what the tables say, and the tables say what the code does."""

import ast
import re

import pytest
from tests.house.reference import FOLDER, PAGES
from tests.house.source import modules

from pratique.errors import PratiqueError
from pratique.settings.rendering import kinds_of, sections
from pratique.telemetry import LINES, METRICS, Line, Metric, lines, table


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_what_the_tables_say(name: str) -> None:
    path = FOLDER / name
    assert path.is_file(), "run `make docs`"
    assert path.read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def every_error(error: type[PratiqueError]) -> set[type[PratiqueError]]:
    return {error}.union(*(every_error(child) for child in error.__subclasses__()))


def test_every_error_is_in_the_reference_and_documented() -> None:
    page = PAGES["errors.md"]()
    for error in every_error(PratiqueError):
        assert error.__doc__
        if error.__module__ == "pratique.errors":
            assert f"**`{error.__name__}`**" in page


def test_every_setting_is_read_somewhere() -> None:
    # What only shows settings, or says what there is, does not read them.
    tables = {"settings/sections.py", "settings/rendering.py", "identity/settings.py"}
    readers = [module for module in modules() if module.name not in tables]
    read = {pair for module in readers for pair in re.findall(r"(?=\b(\w+\.\w+)\b)", module.text)}
    unread = [
        f"{section}.{key}"
        for section, struct in sections().items()
        for key in kinds_of(struct)
        if read.isdisjoint({f"{section}.{key}", f"settings.{key}", f"_settings.{key}"})
    ]
    assert not unread


def used_rows() -> set[str]:
    """Names imported from the tables of telemetry, and used."""
    used = set()
    for module in modules():
        for node in module.nodes:
            if isinstance(node, ast.ImportFrom) and node.module in {lines.__name__, table.__name__}:
                names = {alias.name for alias in node.names}
                used |= {name for name in names if len(re.findall(rf"\b{name}\b", module.text)) > 1}
    return used


def test_every_metric_is_measured_and_every_line_written_somewhere() -> None:
    rows = {
        name
        for module in (table, lines)
        for name, row in vars(module).items()
        if isinstance(row, Metric | Line)
    }
    assert len(rows) == len(METRICS) + len(LINES)
    assert rows - used_rows() == set()
