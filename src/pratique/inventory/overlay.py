"""The tree that an overlay file system shows of layers, each of which was unpacked into a folder of its own.

So containerd, docker and podman do it by default (Linux, Documentation/filesystems/overlayfs.rst). While a layer is
unpacked nothing of those below it is seen: where one of them has a link in the way, the layer gets a directory in its
place, and what the link led to stays as it was. ADR 0004 has what differs from unpacking one over the other, measured.
"""

from typing import Final

from pratique.inventory.layer import Act
from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.tree import Directory, File, Link, Node, Tree

_WHITEOUT: Final = -1
"""The act of a file that is a whiteout: in overlays a device of its own kind."""


class OverlayTree(Tree):
    """As `Tree`, of layers that are mounted one over the other."""

    def apply(self, acts: tuple[Act, ...]) -> None:
        """Put a layer on top. Raises CouldNotBeExamined where it can't be unpacked by itself."""
        self._layer += 1
        upper = _Upper(self._layer)
        upper.apply(acts)
        # The root is never opaque, whatever its mark says.
        waiting = [(self.root, upper.root)]
        while waiting:
            below, above = waiting.pop()
            for name, node in above.children.items():
                self.step()
                if isinstance(node, Directory):
                    waiting.append((self._laid(below, name, node), node))
                elif _is_whiteout(node):
                    below.children.pop(name, None)
                else:
                    below.children[name] = node

    def _laid(self, below: Directory, name: str, upper: Directory) -> Directory:
        """The directory that a layer's directory is merged into: an empty one where it hides what is there."""
        there = below.children.get(name)
        if not isinstance(there, Directory) or upper.is_opaque:
            there = below.children[name] = Directory(upper.layer, implied=upper.implied)
        elif not upper.implied:
            there.layer, there.implied = upper.layer, False
        return there


class _Upper(Tree):
    """One layer by itself."""

    def __init__(self, layer: int) -> None:
        super().__init__()
        self._layer = layer - 1

    def _marked(self, parts: list[str], path: str) -> Directory | None:
        return self._parent(parts, path, make=True)

    def _hide(self, parent: Directory, name: str, path: str) -> None:
        if name in {"", ".", ".."}:
            return
        there = parent.children.get(name)
        if there is not None and not _is_whiteout(there):
            raise CouldNotBeExamined(f"{path[:200]!r} hides a file of its own layer")
        parent.children[name] = File(self._layer, self._layer, _WHITEOUT, is_regular=False)

    def _empty(self, directory: Directory, path: str) -> None:  # noqa: ARG002 - what it takes the place of names it
        directory.is_opaque = True


def is_same(one: Tree, other: Tree) -> bool:
    """Whether the same files and links lie at the same places; directories without any do not count."""
    waiting = [(one.root, other.root)]
    while waiting:
        here, there = waiting.pop()
        for name in {**here.children, **there.children}:
            one.step()
            left, right = here.children.get(name), there.children.get(name)
            if isinstance(left, Directory) or isinstance(right, Directory):
                if not all(isinstance(node, Directory) or _is_nothing(node) for node in (left, right)):
                    return False
                waiting.append((_folder(left), _folder(right)))
            elif _content(left) != _content(right):
                return False
    return True


def _is_whiteout(node: Node) -> bool:
    return isinstance(node, File) and node.act == _WHITEOUT


def _is_nothing(node: Node | None) -> bool:
    return node is None or (isinstance(node, File) and not node.is_regular)


def _folder(node: Node | None) -> Directory:
    return node if isinstance(node, Directory) else Directory(-1)


def _content(node: Node | None) -> object:
    if isinstance(node, Link):
        return node.target
    return (node.source, node.act) if isinstance(node, File) and node.is_regular else None
