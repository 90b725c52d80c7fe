"""The source of the house, read and parsed once, however many rules look at it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "pratique"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A file of the package, or of its tests."""

    path: Path

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in its syntax."""
        return tuple(ast.walk(self.tree))

    @property
    def name(self) -> str:
        """`registry/push.py`; of tests `tests/doors.py`."""
        return self.path.relative_to(PACKAGE if self.path.is_relative_to(PACKAGE) else ROOT).as_posix()

    @property
    def room(self) -> str:
        """`registry`, or the file's own name when it lies in no room."""
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()

    def functions(self) -> Iterator[Function]:
        """Every function and method."""
        return (node for node in self.nodes if isinstance(node, Function))

    def imports(self) -> Iterator[str]:
        """The full names of the modules it imports."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


@cache
def modules() -> tuple[Module, ...]:
    """Every file of the package, in order."""
    return tuple(Module(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def suites() -> tuple[Module, ...]:
    """Every file of the tests, in order."""
    return tuple(Module(path) for path in sorted((ROOT / "tests").rglob("*.py")))


def rooms() -> frozenset[str]:
    """The names of the rooms: folders and files directly in the package."""
    return frozenset(module.room for module in modules()) - {"__init__"}
