"""What Go reads in layers and which trees containerd makes of them, by the program of ours that asks it.

(`tests/clients/layer_oracle`.)
"""

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.toolbox import Tool


@dataclass(frozen=True)
class Node:
    """An entry, or what lies in a tree. `kind` of an entry is the type in its header, of a node a word."""

    name: bytes
    kind: str
    link: bytes
    content: bytes


@dataclass(frozen=True)
class Listing:
    """Entries or nodes in their order; `problem` where there are no more, or none."""

    nodes: tuple[Node, ...]
    problem: str


@dataclass(frozen=True)
class Trees:
    """The entries of each layer; the trees of unpacking one over the other, and of mounting one over the other."""

    readings: tuple[Listing, ...]
    plain: Listing
    overlay: Listing | None


class LayerOracle:
    """One process that answers for all. A context manager."""

    def __init__(self, tool: Tool) -> None:
        self._process = subprocess.Popen(tool.argv(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, layers: Sequence[bytes], *, overlay: bool = False) -> Trees:
        """What it makes of these layers, the lowest first. `overlay` needs root."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        asked = {"layers": [base64.b64encode(layer).decode() for layer in layers], "overlay": overlay}
        into.write(json.dumps(asked).encode() + b"\n")
        into.flush()
        said = json.loads(out.readline())
        mounted = said["overlay"]
        return Trees(
            tuple(_listing(one, "entries") for one in said["readings"]),
            _listing(said["plain"], "nodes"),
            None if mounted is None else _listing(mounted, "nodes"),
        )


def _listing(said: Mapping[str, Any], of: str) -> Listing:
    return Listing(tuple(map(_node, said[of] or ())), said["problem"])


def _node(said: Mapping[str, Any]) -> Node:
    name, link, content = (base64.b64decode(said[key] or "") for key in ("name", "link", "content"))
    return Node(name, said["kind"], link, content)
