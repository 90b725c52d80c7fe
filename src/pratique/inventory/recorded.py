"""Contents as rows and back: packages bound to the image's distribution, told apart by hashes of all that is said.

Pure. Characters that a database's text can't hold (NUL) become U+FFFD: no name or version that anybody publishes has
them, and what cannot be compared counts as affected.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from pratique.clock import Moment
from pratique.inventory.contents import Contents, ImageFacts, Located
from pratique.inventory.package import Package, purl_of
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.store.values import ComponentRow, SharePart, StoredComponent, StoredImage
from pratique.packages import Component, Ecosystem, InvalidPurl, component_of

REMEMBERED: Final = 16_384
"""Packages that are kept as rows in memory: most images have what others have."""

_packed: Final = msgspec.msgpack.Encoder()
_read_package: Final = msgspec.msgpack.Decoder(Package)


class Said(msgspec.Struct, frozen=True):
    """What is kept of an image beside its packages: its facts, and its distribution's own words."""

    facts: ImageFacts | None = None
    name: str = ""
    like: tuple[str, ...] = ()


class Share:
    """What an image has from one layer. `mark` is the hash of the layer and of all parts."""

    def __init__(self, layer: str, parts: Sequence[tuple[SharePart, StoredComponent]]) -> None:
        self.layer = layer
        self.parts = [part for part, _ in parts]
        self.components = {one.mark: one for _, one in parts}
        said = [(part.component, part.path, part.reader, part.state) for part in self.parts]
        self.mark = _mark((layer, said))


def shares_of(contents: Contents) -> list[Share]:
    """An image's packages by the layers that brought them, in the order of `contents`."""
    of, release = _named(contents.distribution)
    by_layer: dict[str, list[tuple[SharePart, StoredComponent]]] = {}
    for located in contents.packages:
        one = stored_component(located.package, of, release)
        part = SharePart(one.mark, storable(located.path), located.reader, located.state)
        by_layer.setdefault(located.layer, []).append((part, one))
    return [Share(layer, parts) for layer, parts in by_layer.items()]


@lru_cache(maxsize=REMEMBERED)
def stored_component(package: Package, distribution: str, release: str) -> StoredComponent:
    """A package as part of an image of this distribution."""
    purl = purl_of(package, distribution, release)
    document = _packed.encode(package)
    return StoredComponent(_mark((purl, document)), purl, _key(purl), document)


def stored_image(digest: str, readers: str, contents: Contents, at: Moment) -> StoredImage:
    """The row of an image that was examined."""
    of = contents.distribution
    said = Said(contents.facts, of.name if of else "", of.like if of else ())
    return StoredImage(
        digest=digest,
        readers=readers,
        problem="",
        distribution=None if of is None else storable(of.id),
        release="" if of is None else storable(of.release),
        said=msgspec.json.encode(said).decode(),
        examined_at=at,
    )


def distribution_of(image: StoredImage, said: Said) -> Distribution | None:
    """The distribution as the image's row has it."""
    if image.distribution is None:
        return None
    return Distribution(image.distribution, image.release, said.name, said.like)


def said_of(image: StoredImage) -> Said:
    """What the row keeps beside the packages."""
    return msgspec.json.decode(image.said, type=Said)


def rows_of(parts: Iterable[Sequence[Any]]) -> tuple[ComponentRow, ...]:
    """Rows of the store as packages of an image, in the order of `Contents`."""
    ecosystems: dict[tuple[str, str, str], Ecosystem] = {}
    rows = []
    for family, release, channel, name, version, purl, package, path, reader, state, layer in parts:
        of = (family, release, channel)
        if family and of not in ecosystems:
            ecosystems[of] = Ecosystem(*of)
        key = Component(ecosystems[of], name, version) if family else None
        located = Located(_package(package), path, layer, reader, state)
        rows.append(ComponentRow(located, purl, key))
    return tuple(sorted(rows, key=lambda row: row.located.place))


def anywhere(row: Sequence[Any]) -> ComponentRow:
    """A package as part of no image in particular; of the store the columns of its key, purl and package."""
    *key, purl, package = row
    family, release, channel, name, version = key
    of = Component(Ecosystem(family, release, channel), name, version) if family else None
    return ComponentRow(Located(_package(package), "", "", "", ""), purl, of)


@lru_cache(maxsize=REMEMBERED)
def _package(document: bytes) -> Package:
    return _read_package.decode(document)


def storable(text: str) -> str:
    """Text without NUL, which PostgreSQL can't hold."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _key(purl: str) -> Component | None:
    try:
        key = component_of(purl)
    except InvalidPurl:
        # A name that is longer than names are: it is listed, and no advisory has it.
        return None
    if key is None:
        return None
    of = key.ecosystem
    ecosystem = Ecosystem(of.family, storable(of.release), of.channel)
    return Component(ecosystem, storable(key.name), storable(key.version))


def _named(distribution: Distribution | None) -> tuple[str, str]:
    return ("", "") if distribution is None else (distribution.id, distribution.release)


def _mark(said: object) -> str:
    return hashlib.sha256(_packed.encode(said)).hexdigest()
