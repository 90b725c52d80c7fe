"""The merged tree held against a real one: random layers, unpacked into a directory and looked at by the kernel."""

import io
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.images import FOLDER, HARD, LINK, Member, layer
from tests.unit.inventory.runtime import Unpacking, is_possible

from pratique.inventory import CouldNotBeExamined, catalogue_layer
from pratique.inventory.tree import File, Tree

NAMES: Final = ("a", "b", "c")
PATHS: Final = tuple(
    "/".join(parts)
    for parts in (
        *[(one,) for one in NAMES],
        *[(one, other) for one in NAMES for other in NAMES],
        *[(one, other, "c") for one in NAMES for other in NAMES],
    )
)

paths = st.sampled_from(PATHS)
targets = st.sampled_from([*PATHS, "/a", "/b/c", "../b", "../../c", ".", "..", "/"])


def _hidden(path: str) -> str:
    above, slash, name = path.rpartition("/")
    return f"{above}{slash}.wh.{name}"


members = st.one_of(
    st.tuples(paths, st.just(b""), st.just(b"0")),
    st.tuples(paths, st.just(b""), st.just(b"0")),
    st.tuples(paths, st.just(b""), st.just(FOLDER)),
    st.tuples(paths, targets, st.just(LINK)),
    st.tuples(paths, paths, st.just(HARD)),
    st.tuples(paths.map(_hidden), st.just(b""), st.just(b"0")),
    st.tuples(paths.map(lambda path: f"{path}/.wh..wh..opq"), st.just(b""), st.just(b"0")),
)
stacks = st.lists(st.lists(members, min_size=1, max_size=6), min_size=1, max_size=3)


def _told(stack: list[list[Member]]) -> list[list[Member]]:
    """Each file says where it comes from."""
    return [
        [
            (path, f"{number}:{place}" if kind == b"0" and "/.wh." not in f"/{path}" else said, kind)
            for place, (path, said, kind) in enumerate(one)
        ]
        for number, one in enumerate(stack)
    ]


@pytest.mark.skipif(not is_possible(), reason="the kernel has no openat2")
@given(stacks)
@settings(max_examples=400)
def test_every_name_leads_where_the_kernel_says(stack: list[list[Member]]) -> None:
    layers = _told(stack)
    tree = Tree()
    try:
        for one in layers:
            tree.apply(catalogue_layer(io.BytesIO(layer(*one))).acts)
    except CouldNotBeExamined:
        return  # not guessed at: what is told is what counts
    with tempfile.TemporaryDirectory() as folder:
        runtime = Unpacking(Path(folder))
        try:
            for one in layers:
                runtime.apply(one)
        except OSError:
            assume(False)  # what this runtime can't unpack
        for path in PATHS:
            assert _content(tree, layers, path) == runtime.read(path), path


def _content(tree: Tree, layers: list[list[Member]], path: str) -> bytes | None:
    try:
        found = tree.resolve(path)
    except CouldNotBeExamined:
        return None
    if found is None or not isinstance(found[1], File):
        return None
    said = layers[found[1].source][found[1].act][1]
    return said.encode() if isinstance(said, str) else said


@given(stacks)
@settings(max_examples=100)
def test_strangers_layers_are_a_tree_or_refused(stack: list[list[Member]]) -> None:
    tree = Tree()
    with suppress(CouldNotBeExamined):
        for one in stack:
            tree.apply(catalogue_layer(io.BytesIO(layer(*one))).acts)
    assert all(path and not path.startswith("/") for path, _ in tree.walk())
