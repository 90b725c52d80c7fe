"""The tree that a runtime makes of layers, without any file: where each entry lands, and what it takes the place of.

image-spec, layer.md ("Applying Changesets", "Whiteouts"). Parents are resolved through links inside the image, as when
layers are unpacked one over the other; `overlay` has the other way. What runtimes could not do is not guessed at.

Steps of the specification that are not taken: permissions, owners, times and extended attributes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pratique.inventory.layer import Act
from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.tar import Kind

LINKS_LIMIT: Final = 255
"""Symbolic links followed on the way to one path, as containerd does."""

STEPS_LIMIT: Final = 30_000_000
"""Names looked at while a tree grows: two million entries in ten directories each, and some ten seconds."""

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."


@dataclass(slots=True, eq=False)
class File:
    """What is no directory and no link.

    `layer` put this name there, `source` and `act` say which entry brought the bytes: another layer's for a hard link.
    """

    layer: int
    source: int
    act: int
    is_regular: bool = True


@dataclass(slots=True, eq=False)
class Link:
    """A symbolic link."""

    layer: int
    target: str


@dataclass(slots=True, eq=False)
class Directory:
    """A directory. `layer` is the last that named it; `implied`: no entry of that layer did, only one below it.

    `is_opaque`: of a layer that is looked at by itself, nothing below it is seen.
    """

    layer: int
    implied: bool = False
    is_opaque: bool = False
    children: "dict[str, Node]" = field(default_factory=dict)


Node = File | Link | Directory


class Circle(CouldNotBeExamined):
    """A path whose links never end."""


class TooManySteps(CouldNotBeExamined):
    """A tree that takes too long to make."""


class Tree:
    """The tree as it grows, layer by layer. Everything raises CouldNotBeExamined.

    `has_marks`: names of whiteouts are whiteouts. Outside of images they are names like any other.
    """

    def __init__(self, *, has_marks: bool = True) -> None:
        self._has_marks = has_marks
        self.root = Directory(-1)
        self._layer = -1
        self._steps = 0

    def apply(self, acts: tuple[Act, ...]) -> None:
        """Put a layer on top."""
        self._layer += 1
        for number, act in enumerate(acts):
            if act.path and not self._is_note(act.path):
                self._carry_out(number, act)

    def step(self) -> None:
        """Count one name that is looked at. Raises CouldNotBeExamined when there were too many."""
        self._steps += 1
        if self._steps > STEPS_LIMIT:
            raise TooManySteps(f"its links and marks take more than {STEPS_LIMIT} steps to follow")

    def resolve(self, path: str) -> tuple[str, Node] | None:
        """What a path leads to through all links, and its real path; None where that is nothing, or never ends."""
        try:
            found = self._walk(path.split("/"), make=False)
        except Circle:
            return None
        return None if found is None else ("/".join(found[0]), found[1])

    def walk(self) -> Iterator[tuple[str, File | Link]]:
        """Every file and link with its real path, in order."""
        waiting: list[tuple[str, Directory]] = [("", self.root)]
        while waiting:
            prefix, directory = waiting.pop()
            for name in sorted(directory.children, reverse=True):
                node = directory.children[name]
                if isinstance(node, Directory):
                    waiting.append((f"{prefix}{name}/", node))
            for name in sorted(directory.children):
                node = directory.children[name]
                if not isinstance(node, Directory):
                    yield f"{prefix}{name}", node

    def _is_note(self, path: str) -> bool:
        """Whether AUFS wrote it for itself: that is no part of the tree. The mark at the top empties all of it."""
        if not self._has_marks or not path.startswith(_AUFS) or path == _OPAQUE:
            return False
        if "/" in path:
            raise CouldNotBeExamined(f"{path[:200]!r} is a note of AUFS, which some runtimes take for a file")
        return True

    def _carry_out(self, number: int, act: Act) -> None:
        *above, name = act.path.split("/")
        is_mark = self._has_marks and name.startswith(_WHITEOUT)
        parent = self._marked(above, act.path) if is_mark else self._parent(above, act.path, make=True)
        if parent is None:
            return
        if not is_mark:
            self._put(parent, name, number, act)
        elif name == _OPAQUE:
            self._empty(parent, act.path)
        else:
            self._hide(parent, name.removeprefix(_WHITEOUT), act.path)

    def _marked(self, parts: list[str], path: str) -> Directory | None:
        """The directory that a mark is for; None where there is none."""
        return self._parent(parts, path, make=False)

    def _put(self, parent: Directory, name: str, number: int, act: Act) -> None:
        there = parent.children.get(name)
        match act.kind:
            case Kind.DIRECTORY:
                if isinstance(there, Directory):
                    there.layer, there.implied = self._layer, False
                else:
                    parent.children[name] = Directory(self._layer)
            case Kind.SYMLINK:
                parent.children[name] = Link(self._layer, act.link)
            case Kind.HARDLINK:
                parent.children[name] = self._linked(act)
            case _:
                parent.children[name] = File(self._layer, self._layer, number, act.kind is Kind.FILE)

    def _linked(self, act: Act) -> Node:
        """What a hard link names: its parents are resolved, the last name is not (link(2))."""
        *above, name = [part for part in act.link.split("/") if part not in {"", "."}] or [""]
        parent = self._parent(above, act.path, make=False)
        there = parent.children.get(name) if parent is not None else None
        if there is None or isinstance(there, Directory):
            raise CouldNotBeExamined(f"the hard link {act.path[:200]!r} leads to no file")
        return replace(there, layer=self._layer)

    def _hide(self, parent: Directory, name: str, path: str) -> None:
        there = parent.children.get(name)
        if there is None or name in {"", ".", ".."}:
            return
        if there.layer == self._layer or (isinstance(there, Directory) and self._holds_own(there)):
            raise CouldNotBeExamined(
                f"{path[:200]!r} hides a file of its own layer, which only some runtimes do"
            )
        del parent.children[name]

    def _empty(self, directory: Directory, path: str) -> None:
        """Take away what lower layers brought, and keep what this one did, before the mark or after it."""
        for name, node in list(directory.children.items()):
            self.step()
            if node.layer != self._layer:
                if isinstance(node, Directory) and self._holds_own(node):
                    raise CouldNotBeExamined(f"{path[:200]!r} empties a directory that its own layer fills")
                del directory.children[name]
            elif isinstance(node, Directory):
                if node.implied:
                    raise CouldNotBeExamined(f"{path[:200]!r} empties a directory that its own layer fills")
                self._empty(node, path)

    def _holds_own(self, directory: Directory) -> bool:
        waiting = [directory]
        while waiting:
            for node in waiting.pop().children.values():
                self.step()
                if node.layer == self._layer:
                    return True
                if isinstance(node, Directory):
                    waiting.append(node)
        return False

    def _parent(self, parts: list[str], path: str, *, make: bool) -> Directory | None:
        """The directory that an entry lies in; None where there is none and none is to be made."""
        found = self._walk(parts, make=make)
        if found is None and not make:
            return None
        if found is None or not isinstance(found[1], Directory):
            raise CouldNotBeExamined(f"{path[:200]!r} lies in what is no directory")
        return found[1]

    def _walk(self, parts: list[str], *, make: bool) -> tuple[list[str], Node] | None:
        """The node at a path, through all links, and its real path. `make`: directories that are missing on the way."""
        waiting = list(reversed(parts))
        way: list[tuple[str, Directory]] = []
        node: Node = self.root
        links = 0
        while waiting:
            self.step()
            part = waiting.pop()
            if part in {"", "."}:
                continue
            if not isinstance(node, Directory):
                return None
            if part == "..":
                node = way.pop()[1] if way else self.root
                continue
            there = node.children.get(part)
            if isinstance(there, Link):
                links += 1
                if links > LINKS_LIMIT:
                    raise Circle("links lead around in a circle")
                if there.target.startswith("/"):
                    way, node = [], self.root
                waiting += reversed(there.target.split("/"))
                continue
            if there is None:
                if not make:
                    return None
                there = node.children[part] = Directory(self._layer, implied=True)
            way.append((part, node))
            node = there
        return [name for name, _ in way], node
