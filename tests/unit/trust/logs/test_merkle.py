"""Inclusion proofs, against trees that are built by the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rekor import audit_path, tree_hash

from pratique.trust.logs import LogEntryInvalid
from pratique.trust.logs.merkle import leaf_hash, root_of

LEAVES = [f"leaf {n}".encode() for n in range(40)]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33, 40])
def test_every_leaf_of_a_tree_leads_to_its_root(size: int) -> None:
    leaves = LEAVES[:size]
    for index, leaf in enumerate(leaves):
        assert root_of(leaf_hash(leaf), index, size, audit_path(index, leaves)) == tree_hash(leaves)


@given(st.integers(2, 40), st.data())
def test_no_leaf_is_anywhere_else(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, size + 1).filter(lambda at: at != index))
    path = audit_path(index, leaves)
    try:
        reached = root_of(leaf_hash(leaves[index]), other, size, path)
    except LogEntryInvalid:
        return
    assert reached != tree_hash(leaves)


@given(st.integers(2, 40), st.data())
def test_no_changed_hash_leads_there(size: int, data: st.DataObject) -> None:
    leaves = LEAVES[:size]
    index = data.draw(st.integers(0, size - 1))
    path = list(audit_path(index, leaves))
    at = data.draw(st.integers(0, len(path) - 1))
    path[at] = bytes([path[at][0] ^ 1]) + path[at][1:]
    assert root_of(leaf_hash(leaves[index]), index, size, path) != tree_hash(leaves)


def test_a_path_has_one_length() -> None:
    path = audit_path(3, LEAVES)
    for wrong in (path[:-1], (*path, path[0]), ()):
        with pytest.raises(LogEntryInvalid, match="hashes and not"):
            root_of(leaf_hash(LEAVES[3]), 3, len(LEAVES), wrong)
    with pytest.raises(LogEntryInvalid, match="not of 32 bytes"):
        root_of(leaf_hash(LEAVES[3]), 3, len(LEAVES), (path[0][:-1], *path[1:]))
    with pytest.raises(LogEntryInvalid, match="has none at 0"):
        root_of(leaf_hash(b""), 0, 0, ())


def test_a_node_is_no_leaf() -> None:
    """A second preimage: the two hashes below a node, given as a leaf."""
    forged = leaf_hash(LEAVES[0]) + leaf_hash(LEAVES[1])
    assert root_of(leaf_hash(forged), 0, 1, ()) != tree_hash(LEAVES[:2])
