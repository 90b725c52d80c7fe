"""Names that say something, docstrings where they are owed, reasons beside what is switched off."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.house.source import Module, modules, suites

FORBIDDEN = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "data", "info"}
# Documents with these names exist in Harbor's API; a class is never called so.
CLASS_ENDINGS = ("Manager", "Helper", "Helpers", "Utils", "Util", "Data", "Info")
PURE_ROOMS = ("access", "clock", "errors", "events", "oci", "policy")
SEAMS = ("ports.py",)

SWITCH = re.compile(r"#\s*(?:noqa:\s*[A-Z0-9, ]+|type: ignore\[[a-z, -]+\]|pragma: no cover)(?P<rest>.*)$")
BROAD = {"Exception", "BaseException"}
# In pieces, so that this file is not found by itself.
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error")


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


def nameless(module: Module) -> Iterator[str]:
    """Files, folders and classes whose names say nothing."""
    parts = {part.removesuffix(".py") for part in module.path.relative_to(module.path.parents[3]).parts}
    yield from parts & FORBIDDEN
    classes = (node.name for node in module.nodes if isinstance(node, ast.ClassDef))
    yield from (name for name in classes if name.endswith(CLASS_ENDINGS))


def unreasoned_switches(module: Module) -> Iterator[str]:
    """Lines that switch a check off and don't say why."""
    for line in module.lines:
        found = SWITCH.search(line)
        if (found and not re.search(r"[a-z]{3,}", found["rest"])) or line.endswith("# noqa"):
            yield line.strip()


def unreasoned_catches(module: Module) -> Iterator[int]:
    """Lines that catch everything with no reason beside them."""
    for node in module.nodes:
        if not (isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name)):
            continue
        # What is raised again was only looked at on its way.
        if node.type.id not in BROAD or any(isinstance(each, ast.Raise) for each in ast.walk(node)):
            continue
        if not any("# " in line for line in module.lines[node.lineno - 2 : node.lineno + 1]):
            yield node.lineno


def offences(
    rule: Callable[[Module], Iterable[object]], within: Sequence[Module] | None = None
) -> dict[str, list[object]]:
    """What a rule has to say, by file; of the package, unless it is of others."""
    said = {module.name: list(rule(module)) for module in within or modules()}
    return {name: found for name, found in said.items() if found}


def test_a_file_says_what_it_is() -> None:
    assert not [module.name for module in modules() if not ast.get_docstring(module.tree)]


def test_no_name_says_nothing() -> None:
    assert not offences(nameless)


def test_public_names_of_pure_rooms_and_seams_are_documented() -> None:
    owing = [module for module in modules() if module.room in PURE_ROOMS or module.path.name in SEAMS]
    assert len(owing) > len(PURE_ROOMS)
    silent = {module.name: list(without_docstring(module.tree.body)) for module in owing}
    assert not {name: found for name, found in silent.items() if found}


def test_what_is_switched_off_has_its_reason_beside_it() -> None:
    assert not offences(unreasoned_switches, (*modules(), *suites()))


def test_nothing_is_left_for_later() -> None:
    assert not offences(lambda module: [word for word in UNFINISHED if word in module.text])


def test_catching_everything_has_its_reason() -> None:
    assert not offences(unreasoned_catches, (*modules(), *suites()))
