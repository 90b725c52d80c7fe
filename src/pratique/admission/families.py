"""An index, its children and theirs, as they lie in a repository: who is judged together (gate.md 3).

Indexes may name each other crosswise, so a family is a set and no tree: each member is looked at once, parents before
their children.
"""

from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Final

from pratique.admission.bench import Bench
from pratique.db import Tx
from pratique.oci.digest import Digest
from pratique.registry.store import manifests
from pratique.registry.values import Artifact

DEPTH_LIMIT: Final = 8
"""Indexes inside indexes that pass anything on, and are judged with each other."""

FAMILY_LIMIT: Final = 1_000
"""Artifacts judged in one transaction; the others are PENDING until a job judges them."""


@dataclass(slots=True)
class Member:
    """One artifact of a family. `platforms` are the children that must pass for an index to pass.

    `too_deep`: a platform child below the depth limit that does not stand admitted by itself.
    """

    artifact: Artifact
    parents: list[Digest] = field(default_factory=list)
    platforms: list[Digest] = field(default_factory=list)
    too_deep: Digest | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """`members` with parents before children; `left_out` did not fit."""

    members: dict[Digest, Member]
    left_out: tuple[Artifact, ...]


def gather(tx: Tx, bench: Bench, root: Artifact, limit: int = FAMILY_LIMIT) -> Family:
    """The family below `root`, itself included. Evidence in an index is no member: it has no verdict."""
    members = {root.digest: Member(root)}
    left_out: dict[Digest, Artifact] = {}
    level = [members[root.digest]]
    for depth in range(DEPTH_LIMIT + 1):
        below: list[Member] = []
        for parent in (member for member in level if member.artifact.is_index):
            for child, is_platform in manifests.children_of(tx, parent.artifact.id):
                if child.is_evidence:
                    continue
                if depth == DEPTH_LIMIT:
                    if is_platform and child.digest not in members and not bench.admits(child):
                        parent.too_deep = child.digest
                elif child.digest not in members and len(members) >= limit:
                    left_out[child.digest] = child
                else:
                    if child.digest not in members:
                        members[child.digest] = Member(child)
                        below.append(members[child.digest])
                    members[child.digest].parents.append(parent.artifact.digest)
                    if is_platform:
                        parent.platforms.append(child.digest)
        level = below
    return Family(_parents_first(members), tuple(left_out.values()))


def _parents_first(members: dict[Digest, Member]) -> dict[Digest, Member]:
    if len(members) == 1:
        return members
    order = TopologicalSorter({digest: member.parents for digest, member in members.items()})
    return {digest: members[digest] for digest in order.static_order()}
