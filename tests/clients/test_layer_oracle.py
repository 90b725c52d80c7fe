"""Strange layers read by us and by Go, unpacked by us and by containerd: no difference, or we say nothing of them.

What we read and they refuse is no difference: such an image runs nowhere.
"""

import io
import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest
from hypothesis import event, given, settings
from tests.clients.conftest import Tools
from tests.clients.runners import LayerOracle, Listing, Node
from tests.clients.strange_layers import stacks, tame_stacks

from pratique.inventory import CouldNotBeExamined, Entry, Kind, LayerLimits, TarReader, Unpacked
from pratique.inventory.layer import Act
from pratique.inventory.overlay import OverlayTree
from pratique.inventory.tree import File, Link, Tree

LIMITS: Final = LayerLimits()
KINDS: Final = {
    "0": Kind.FILE,
    "7": Kind.FILE,
    "1": Kind.HARDLINK,
    "2": Kind.SYMLINK,
    "3": Kind.DEVICE,
    "4": Kind.DEVICE,
    "5": Kind.DIRECTORY,
    "6": Kind.DEVICE,
}
Read = list[tuple[Entry, bytes]]
Nodes = dict[str, tuple[str, bytes | str]]


@pytest.fixture(scope="module")
def oracle(tools: Tools) -> Iterator[LayerOracle]:
    with LayerOracle(tools.need("layer-oracle")) as asked:
        yield asked


def spelled(name: bytes) -> str:
    """As our readers spell names: bytes that are no UTF-8 by their digits."""
    text = name.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda found: f"\0{ord(found[0]) - 0xDC00:x}", text)


def read(layer: bytes) -> Read:
    archive = TarReader(Unpacked(io.BytesIO(layer), LIMITS), LIMITS)
    return [(entry, archive.content(LIMITS.metadata_file)) for entry in archive]


def theirs(listing: Listing) -> Read:
    """Entries as ours are: names without what means nothing, links only where they lead."""
    return [(_entry(node), node.content) for node in listing.nodes if node.kind != "g"]


def _entry(node: Node) -> Entry:
    kind = KINDS[node.kind]
    link = spelled(node.link) if kind in {Kind.SYMLINK, Kind.HARDLINK} else ""
    path = posixpath.normpath(f"/{spelled(node.name)}").strip("/")
    return Entry(path, kind, len(node.content), link)


def unpacked(tree: Tree, layers: Sequence[Read]) -> Nodes:
    for entries in layers:
        tree.apply(tuple(Act(entry.kind, entry.path, entry.link) for entry, _ in entries))
    return {path: _said(node, layers) for path, node in tree.walk()}


def _said(node: File | Link, layers: Sequence[Read]) -> tuple[str, bytes | str]:
    if isinstance(node, Link):
        return "symlink", node.target
    return ("file", layers[node.source][node.act][1]) if node.is_regular else ("device", b"")


def found(listing: Listing) -> Nodes:
    said: Mapping[str, str] = {"file": "content", "symlink": "link"}
    nodes: Nodes = {}
    for node in listing.nodes:
        if node.kind != "directory":
            what = getattr(node, said[node.kind]) if node.kind in said else b""
            nodes[spelled(node.name)] = (node.kind, spelled(what) if node.kind == "symlink" else what)
    return nodes


@given(stacks)
@settings(max_examples=700, deadline=None)
def test_strange_layers(oracle: LayerOracle, stack: list[bytes]) -> None:
    compare(oracle, stack)


@given(tame_stacks)
@settings(max_examples=700, deadline=None)
def test_layers_that_act_upon_each_other(oracle: LayerOracle, stack: list[bytes]) -> None:
    compare(oracle, stack)


def compare(oracle: LayerOracle, stack: Sequence[bytes]) -> None:
    """Entry by entry, and where both have a tree, name by name; as root overlays too."""
    try:
        ours = [read(layer) for layer in stack]
        tree = unpacked(Tree(), ours)
    except CouldNotBeExamined as problem:
        event(re.sub(r"'.*'|\d+", "…", str(problem)))
        return
    asked = oracle.ask(stack, overlay=os.geteuid() == 0)
    for entries, listing in zip(ours, asked.readings, strict=True):
        if not listing.problem:
            assert entries == theirs(listing)
    for way, made in (("plain", asked.plain), ("overlay", asked.overlay)):
        event(f"{way}: {'not asked' if made is None else 'runs nowhere' if made.problem else 'compared'}")
    if not asked.plain.problem:
        assert tree == found(asked.plain)
    if asked.overlay is not None and not asked.overlay.problem:
        assert without_devices(unpacked(OverlayTree(), ours)) == without_devices(found(asked.overlay))


def without_devices(nodes: Nodes) -> Nodes:
    """Whiteouts are devices, and are seen where there is nothing to hide."""
    return {path: said for path, said in nodes.items() if said[0] != "device"}
