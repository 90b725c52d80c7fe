"""Catalogues of layers, packed, by digest and version of the readers."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from pratique.db import Statement, Tx, upsert
from pratique.inventory.store.tables import layer_catalogue

_l = layer_catalogue.c
_this = _l.digest == bindparam("digest")

_PUT: Final = Statement(upsert(layer_catalogue, ["digest", "readers"], ["document"]))
_GET: Final = Statement(select(_l.document).where(_this, _l.readers == bindparam("readers")))
_DIGESTS: Final = Statement(
    select(_l.digest)
    .where(_l.digest > bindparam("after"))
    .distinct()
    .order_by(_l.digest)
    .limit(bindparam("most"))
)
_REMOVE: Final = Statement(delete(layer_catalogue).where(_this))
_REMOVE_OTHERS: Final = Statement(delete(layer_catalogue).where(_this, _l.readers != bindparam("readers")))


def put(tx: Tx, digest: str, readers: str, document: bytes) -> None:
    """Write or replace the catalogue of a layer; those of other versions of the readers go."""
    tx.change(_REMOVE_OTHERS, digest=digest, readers=readers)
    tx.change(_PUT, digest=digest, readers=readers, document=document)


def get(tx: Tx, digest: str, readers: str) -> bytes | None:
    """The catalogue of a layer as this version of the readers wrote it, or None."""
    row = tx.row(_GET, digest=digest, readers=readers)
    return None if row is None else bytes(row[0])


def digests(tx: Tx, after: str, most: int) -> list[str]:
    """Up to `most` layers with a catalogue behind a digest, sorted."""
    return [str(row[0]) for row in tx.rows(_DIGESTS, after=after, most=most)]


def remove(tx: Tx, digest: str) -> None:
    """Forget a layer."""
    tx.change(_REMOVE, digest=digest)
