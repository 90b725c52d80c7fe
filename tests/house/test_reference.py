"""The reference says what the tables say, and the tables say what the code does."""

import re

import pytest
from tests.house.reference import FOLDER, PAGES
from tests.house.source import modules

from pratique.errors import PratiqueError
from pratique.settings.rendering import kinds_of, sections
from pratique.telemetry import LINES, METRICS, lines, table


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


def used_outside(room: str) -> str:
    """The text of all files outside a room."""
    return "\n".join(module.text for module in modules() if module.room != room)


def test_every_setting_is_read_somewhere() -> None:
    text = used_outside("settings")
    unread = [
        f"{section}.{key}"
        for section, struct in sections().items()
        for key in kinds_of(struct)
        if not re.search(rf"\b{section}\.{key}\b|\bsettings\.{key}\b|\b_settings\.{key}\b", text)
    ]
    assert not unread


def test_every_metric_is_measured_and_every_line_written_somewhere() -> None:
    text = used_outside("telemetry")
    names = {
        row: name
        for module in (table, lines)
        for name, row in vars(module).items()
        if name.isupper() and not isinstance(row, tuple)
    }
    unused = [
        row.name
        for row in (*METRICS, *LINES)
        if row not in names or not re.search(rf"\b{names[row]}\b", text)
    ]
    assert [name for name in unused if name != "library"] == []
