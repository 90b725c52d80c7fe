"""Which untagged manifests nothing needs any more (gate.md 2; registries.md: GC that deleted children and signatures).

A manifest is held by a tag (either side, and the entries between them), by an index that names it, or by its subject:
a referrer lives as long as what it speaks of. Evidence is held by its subject alone, tagged or not. Holders that go
themselves hold nothing.
"""

from collections.abc import Sequence

from pratique.registry.store.untagged import Unheld


def going(unheld: Sequence[Unheld]) -> list[Unheld]:
    """Those of the unheld manifests that may go, each after everything that holds it. Linear in holders."""
    left = {manifest.id: manifest for manifest in unheld}
    holds: dict[int, list[int]] = {}
    for manifest in unheld:
        for holder in manifest.holders:
            holds.setdefault(holder, []).append(manifest.id)
    living = [holder for holder in holds if holder not in left]
    while living:
        living += [held for held in holds.get(living.pop(), ()) if left.pop(held, None) is not None]
    return _holders_first(left, holds)


def _holders_first(left: dict[int, Unheld], holds: dict[int, list[int]]) -> list[Unheld]:
    """In an order in which each comes after its holders. A digest can't be part of what it hashes: no rings."""
    waiting = {manifest.id: len(manifest.holders) for manifest in left.values()}
    ready = [manifest_id for manifest_id, holders in waiting.items() if holders == 0]
    ordered = []
    while ready:
        manifest_id = ready.pop()
        ordered.append(left[manifest_id])
        for held in (held for held in holds.get(manifest_id, ()) if held in waiting):
            waiting[held] -= 1
            if waiting[held] == 0:
                ready.append(held)
    return ordered
