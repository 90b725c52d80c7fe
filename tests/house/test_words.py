"""Names that say something, docstrings where they are owed, reasons beside what is switched off."""

import ast
import re
from collections.abc import Iterator

import pytest
from tests.house.source import Module, modules

FORBIDDEN = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "data", "info"}
# Documents with these names exist in Harbor's API; a class is never called so.
CLASS_ENDINGS = ("Manager", "Helper", "Helpers", "Utils", "Util", "Data", "Info")
PURE_ROOMS = ("access", "clock", "errors", "events", "oci", "policy")
SEAMS = ("ports.py",)

EVERY = pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)


def without_docstring(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Public classes, functions and methods that say nothing about themselves."""
    for node in body:
        if not isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from without_docstring(node.body, f"{node.name}.")


@EVERY
def test_a_file_says_what_it_is(module: Module) -> None:
    assert ast.get_docstring(module.tree)


@EVERY
def test_no_name_says_nothing(module: Module) -> None:
    parts = {part.removesuffix(".py") for part in module.path.relative_to(module.path.parents[3]).parts}
    assert not parts & FORBIDDEN
    classes = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if name.endswith(CLASS_ENDINGS)]


@pytest.mark.parametrize(
    "module",
    [module for module in modules() if module.room in PURE_ROOMS or module.path.name in SEAMS],
    ids=lambda module: module.name,
)
def test_public_names_of_pure_rooms_and_seams_are_documented(module: Module) -> None:
    assert not list(without_docstring(module.tree.body))


@EVERY
def test_what_is_switched_off_has_its_reason_beside_it(module: Module) -> None:
    switches = re.compile(
        r"#\s*(?:noqa:\s*[A-Z0-9, ]+|type: ignore\[[a-z, -]+\]|pragma: no cover)(?P<rest>.*)$"
    )
    unreasoned = [
        line.strip()
        for line in module.lines
        if (found := switches.search(line)) and not re.search(r"[a-z]{3,}", found["rest"])
    ]
    assert not unreasoned
    assert "# noqa\n" not in module.text


@EVERY
def test_nothing_is_left_for_later(module: Module) -> None:
    # In pieces, so that this file is not found by itself.
    unfinished = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error")
    assert not [word for word in unfinished if word in module.text]


@EVERY
def test_catching_everything_has_its_reason(module: Module) -> None:
    broad = {"Exception", "BaseException"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id in broad:
            # What is raised again was only looked at on its way.
            if any(isinstance(each, ast.Raise) for each in ast.walk(node)):
                continue
            around = module.lines[node.lineno - 2 : node.lineno + 1]
            assert any("# " in line for line in around), f"line {node.lineno}"
