"""Opens a bundle: its signature first, then what was signed, then the files, each proven while it is taken."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pratique.advisories.editions import PREDICATE_TYPE, Edition, read_edition
from pratique.advisories.packed.artifact import Layer, is_bundle, layers_of
from pratique.advisories.packed.ports import Vouched, Witness
from pratique.advisories.packed.reading import Layout, open_layout
from pratique.advisories.supplies import Supply
from pratique.errors import Forbidden, Invalid, NotFound
from pratique.oci.digest import Digest, encoded_of
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.oci.manifest import Manifest, parse_manifest

MANIFESTS_LIMIT: Final = 100
"""Manifests of a layout that are looked at."""
FILE_LIMIT: Final = 8 * 2**30
"""Bytes of one source's file."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle whose signature holds: what was signed, by the key of which fingerprint, and its files to import."""

    edition: Edition
    fingerprint: str
    supplies: tuple[Supply, ...]


@contextmanager
def opened(path: Path, witness: Witness, drafts: Path) -> Iterator[Opened]:
    """The bundle at a path, its files copied to a folder of their own in `drafts` while the block lasts.

    Dates and order are not looked at: that is the import's, which knows the last one. Raises Forbidden where no
    signature counts, Invalid and NotFound where the bundle is not whole.
    """
    with open_layout(path) as layout, tempfile.TemporaryDirectory(prefix=".opened-", dir=drafts) as name:
        digest, manifest, manifests = _bundle(path, layout)
        vouched = _vouched(layout, digest, manifests, witness)
        edition = read_edition(vouched.predicate, digest)
        supplies = tuple(_taken(layout, edition, layers_of(manifest), Path(name)))
        yield Opened(edition, vouched.fingerprint, supplies)


def _bundle(path: Path, layout: Layout) -> tuple[Digest, Manifest, Sequence[Manifest]]:
    """The one bundle of a layout, and all manifests."""
    children = parse_manifest(layout.index()).children()
    if len(children) > MANIFESTS_LIMIT:
        raise Invalid(f"{path} has {len(children)} manifests; {MANIFESTS_LIMIT} are looked at")
    manifests = {child.digest: parse_manifest(layout.small(child.digest)) for child in children}
    found = [(digest, manifest) for digest, manifest in manifests.items() if is_bundle(manifest)]
    if len(found) != 1:
        raise Invalid(f"{path} holds {len(found) or 'no'} bundles of advisories; there must be one")
    return *found[0], list(manifests.values())


def _vouched(layout: Layout, digest: Digest, manifests: Sequence[Manifest], witness: Witness) -> Vouched:
    """By the first signature that counts. Raises Forbidden with why none does."""
    reasons: list[str] = []
    for content in _signatures(layout, digest, manifests):
        try:
            return witness.vouch(content, digest, PREDICATE_TYPE)
        except Forbidden as refused:
            reasons.append(refused.message)
    why = "; ".join(reasons) or "there is no signature beside it"
    raise Forbidden(f"the bundle {digest} is not signed by a key of advisories.bundle_keys: {why}")


def _signatures(layout: Layout, digest: Digest, manifests: Sequence[Manifest]) -> Iterator[bytes]:
    for manifest in manifests:
        if manifest.subject is None or manifest.subject.digest != digest:
            continue
        for layer in manifest.layers:
            if scheme_of(layer.media_type) is Scheme.COSIGN_BUNDLE:
                yield layout.small(layer.digest)


def _taken(layout: Layout, edition: Edition, layers: Sequence[Layer], to: Path) -> Iterator[Supply]:
    """Each source's file; what was signed and what is there must be the same."""
    by_digest = {layer.digest: layer for layer in layers}
    sources = {source.digest: source for source in edition.sources}
    if not len(layers) == len(by_digest) == len(edition.sources) == len(sources):
        raise Invalid("the bundle's layers are others than its statement says")
    if len({source.name for source in edition.sources}) < len(edition.sources):
        raise Invalid("the bundle's statement names a source twice")
    for number, (digest, source) in enumerate(sources.items()):
        layer = by_digest.get(digest)
        if layer is None or layer.size > FILE_LIMIT:
            raise NotFound(f"the bundle has no layer {digest}, or one that is too large, for {source.name}")
        file = to / f"{number}{layer.suffix}"
        layout.take(digest, layer.size, file)
        yield Supply(file, source.name, layer.form, sealed=True, sha256=encoded_of(digest))
