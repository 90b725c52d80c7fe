"""Layers that were read before: their catalogues are kept, by digest and version of the readers, and never read again.

Digests name bytes, so a catalogue is the same whoever pushed the layer; which image may have it is not told by it.
"""

from typing import Final

import msgspec
import zstandard

from pratique.db import Database, Tx
from pratique.inventory.examining import Cataloguing
from pratique.inventory.layer import LayerCatalogue
from pratique.inventory.limits import MIB
from pratique.inventory.readers.table import VERSION
from pratique.inventory.store import catalogues

DOCUMENT_LIMIT: Final = 64 * MIB
"""Bytes of a packed catalogue that is kept; what is larger is read again each time. Most have less than one MiB."""
UNPACKED_LIMIT: Final = 512 * MIB
"""Bytes of a catalogue before it is packed: twice what a child process may say."""
WANTED_LIMIT: Final = 4_096
"""Paths that a kept catalogue was asked to look at beside its own; beyond, only those of the image in hand count."""
COMPRESSION: Final = 3


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    wanted: tuple[str, ...]
    catalogue: LayerCatalogue


class Catalogued:
    """Catalogues layers by `inner`, each once; implements `examining.Cataloguing`. Threads may share it."""

    def __init__(self, database: Database, inner: Cataloguing, readers: str = VERSION) -> None:
        self._database = database
        self._inner = inner
        self._readers = readers

    def __call__(self, digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        """The catalogue of a layer. Where it was not asked for all of `wanted`, it is read anew and replaced.

        Raises CouldNotBeExamined.
        """
        with self._database.read() as tx:
            document = catalogues.get(tx, digest, self._readers)
        kept = None if document is None else _unpacked(document)
        if kept is not None and wanted.issubset(kept.wanted):
            return kept.catalogue
        asked = wanted if kept is None else wanted.union(kept.wanted)
        if len(asked) > WANTED_LIMIT:
            asked = wanted
        made = self._inner(digest, asked)
        packed = _packed(_Kept(tuple(sorted(asked)), made))
        if packed is not None:
            self._database.write(lambda tx: catalogues.put(tx, digest, self._readers, packed))
        return made


def layers(tx: Tx, after: str, most: int) -> list[str]:
    """Up to `most` layers of which a catalogue is kept, behind a digest, sorted."""
    return catalogues.digests(tx, after, most)


def forget_layer(tx: Tx, digest: str) -> None:
    """Forget the catalogue of a layer whose bytes are gone."""
    catalogues.remove(tx, digest)


def _packed(kept: _Kept) -> bytes | None:
    document = msgspec.msgpack.encode(kept)
    if len(document) > UNPACKED_LIMIT:
        return None
    packed = zstandard.ZstdCompressor(level=COMPRESSION).compress(document)
    return packed if len(packed) <= DOCUMENT_LIMIT else None


def _unpacked(document: bytes) -> _Kept | None:
    """None: another version of the program wrote it, whose catalogues look otherwise."""
    try:
        said = zstandard.ZstdDecompressor().decompress(document, max_output_size=UNPACKED_LIMIT)
        return msgspec.msgpack.decode(said, type=_Kept)
    except (msgspec.DecodeError, zstandard.ZstdError):
        return None
