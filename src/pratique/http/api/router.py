"""From the raw path to an operation: literal segments before parameters, each segment decoded by itself.

The path is split before it is decoded, so that an encoded slash stays within its segment: repository names come
encoded twice (`a%252Fb`) from clients behind proxies that decode once, and once (`a%2Fb`) from others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from pratique.errors import NotFound
from pratique.http.api.operations import Operation
from pratique.http.refusals import MethodNotAllowed

SEGMENTS_LIMIT: Final = 20

TWICE: Final = frozenset({"repository_name"})
"""Parameters that are decoded a second time. Nothing that may stand in them has a `%` of its own."""


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Router:
    """Finds operations. Raises ValueError when two of them have the same method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for segment in _split(operation.path):
                node = _descend(node, segment)
            if node.operations.setdefault(operation.method, operation) is not operation:
                raise ValueError(f"{operation.method} {operation.path} is there twice")

    def find(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and the parameters of its path. Raises NotFound, MethodNotAllowed."""
        segments = _split(raw_path)
        node = _walk(self._root, segments) if len(segments) <= SEGMENTS_LIMIT else None
        if node is None or not node.operations:
            raise NotFound(f"there is no resource {raw_path[:200]}")
        operation = node.operations.get(method)
        if operation is None:
            raise MethodNotAllowed(method, sorted(node.operations))
        values = (
            value
            for name, value in zip(_split(operation.path), segments, strict=True)
            if name.startswith("{")
        )
        return operation, {
            name: _decoded(name, value) for name, value in zip(operation.segments, values, strict=True)
        }


def _split(path: str) -> list[str]:
    """A slash at the end means nothing (Harbor has `/metadatas/` with and without)."""
    return path.removeprefix("/").removesuffix("/").split("/")


def _descend(node: _Node, segment: str) -> _Node:
    if not segment.startswith("{"):
        return node.literals.setdefault(segment, _Node())
    if node.parameter is None:
        node.parameter = _Node()
    return node.parameter


def _walk(node: _Node, segments: list[str]) -> _Node | None:
    """Depth first, literals before parameters; the table is shallow and a parameter takes one segment."""
    if not segments:
        return node
    first, *rest = segments
    if not first:
        return None
    literal = node.literals.get(unquote(first))
    found = _walk(literal, rest) if literal is not None else None
    if (found is None or not found.operations) and node.parameter is not None:
        found = _walk(node.parameter, rest)
    return found


def _decoded(name: str, value: str) -> str:
    once = unquote(value)
    return unquote(once) if name in TWICE else once
