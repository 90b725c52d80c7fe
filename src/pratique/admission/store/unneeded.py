"""Contents that nobody has any more: images without a manifest, layers without bytes.

One statement finds each of them, however much else there is. What it tells may have changed when it is read.
"""

from typing import Final

from sqlalchemy import bindparam, exists, select

from pratique.db import Statement, Tx
from pratique.inventory.store.tables import image_contents, layer_catalogue
from pratique.registry.store.tables import blob, manifest

_i, _l = image_contents.c.digest, layer_catalogue.c.digest
_had: Final = exists().where(manifest.c.digest == _i, manifest.c.is_evidence.is_(False))

_IMAGES: Final = Statement(select(_i).where(~_had).order_by(_i).limit(bindparam("most")))
_LAYERS: Final = Statement(
    select(_l).distinct().where(~exists().where(blob.c.digest == _l)).order_by(_l).limit(bindparam("most"))
)


def images(tx: Tx, most: int) -> list[str]:
    """Up to `most` digests of examined images that no repository has."""
    return [str(row[0]) for row in tx.rows(_IMAGES, most=most)]


def layers(tx: Tx, most: int) -> list[str]:
    """Up to `most` digests of catalogued layers that the store does not have."""
    return [str(row[0]) for row in tx.rows(_LAYERS, most=most)]
