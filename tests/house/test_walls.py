"""What import-linter can't say: every room stands in its contracts, SQL stays in stores, time is passed in."""

import ast
import configparser
import re

import pytest
from tests.house.source import PACKAGE, ROOT, Module, modules, rooms

SQL_ROOMS = {"db", "migrations"}
CLOCKLESS = {"bootstrap", "cli", "clock"}
CLOCKS = {"datetime.now", "datetime.utcnow", "time.time", "time.time_ns", "date.today"}


def contract(name: str, option: str) -> set[str]:
    """The words of an option of a contract."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return set(re.findall(r"[\w.]+", parser[f"importlinter:contract:{name}"][option]))


def test_every_room_has_a_floor() -> None:
    assert rooms() <= contract("floors", "layers")


def test_every_room_below_the_doors_is_synchronous_by_contract() -> None:
    may_be_async = {
        "http",
        "bootstrap",
        "cli",
        "__main__",
        "migrations",
        "errors",
        "clock",
        "quantities",
        "batches",
    }
    named = {name.removeprefix("pratique.") for name in contract("sync", "source_modules")}
    assert rooms() - may_be_async <= named


def may_speak_sql(module: Module) -> bool:
    return module.room in SQL_ROOMS or module.path.stem == "store" or module.path.parent.name == "store"


def test_sql_is_written_in_stores_only() -> None:
    others = [module for module in modules() if not may_speak_sql(module)]
    assert not [
        module.name
        for module in others
        if any(name.split(".")[0] == "sqlalchemy" for name in module.imports())
    ]


def clocks_looked_at(module: Module) -> set[str]:
    return CLOCKS & {
        f"{node.value.id}.{node.attr}"
        for node in module.nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def test_time_is_passed_in() -> None:
    looks = {module.name: clocks_looked_at(module) for module in modules() if module.room not in CLOCKLESS}
    assert not {name: clocks for name, clocks in looks.items() if clocks}


@pytest.mark.parametrize("kind", ["unit", "integration"])
def test_tests_mirror_the_house(kind: str) -> None:
    """A folder of tests is called like a room, or like a part of one (`http/wire`)."""
    folders = {path.name for path in (ROOT / "tests" / kind).iterdir() if path.is_dir()} - {"__pycache__"}
    parts = {path.name for room in rooms() for path in (PACKAGE / room).glob("*/") if path.is_dir()}
    assert folders <= rooms() | parts


def test_every_room_is_tested() -> None:
    tests = ROOT / "tests"
    contracts = {
        path.name.split("_")[1].removesuffix(".py") for path in (tests / "contracts").glob("test_*.py")
    }
    tested = {
        room
        for room in rooms()
        for kind in ("unit", "integration")
        if any((tests / kind / room).rglob("test_*.py")) or (tests / kind / f"test_{room}.py").is_file()
    }
    # Some are run as people run them, by tests with real clients; errors and quantities do nothing.
    assert rooms() - tested - contracts <= {
        "__main__",
        "bootstrap",
        "cli",
        "errors",
        "migrations",
        "quantities",
    }


def test_nothing_is_kept_at_module_level_that_changes() -> None:
    """No `global` anywhere: what lives as long as the process is made in bootstrap."""
    assert not [
        module.name for module in modules() if any(isinstance(node, ast.Global) for node in module.nodes)
    ]
    assert (PACKAGE / "bootstrap").is_dir()
