"""What a project stores: every blob once, however many of its repositories link it (as Harbor counts).

An aggregate over the links, not a counter: counters drift (harbor#23655).
"""

from typing import Final

from sqlalchemy import bindparam, func, select

from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.store.tables import blob, blob_link, manifest, repository

_IN_PROJECT: Final = (
    select(blob_link.c.digest)
    .join(repository, repository.c.id == blob_link.c.repository_id)
    .where(repository.c.project_id == bindparam("project_id"))
)
_HELD: Final = Statement(_IN_PROJECT.where(blob_link.c.digest == bindparam("digest")).limit(1))
_LINKED: Final = _IN_PROJECT.distinct().subquery()
_BLOBS: Final = Statement(
    select(func.coalesce(func.sum(blob.c.size), 0)).join(_LINKED, _LINKED.c.digest == blob.c.digest)
)
_OF_MANIFESTS: Final = (
    select(manifest.c.digest, func.max(manifest.c.size).label("size"))
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(repository.c.project_id == bindparam("project_id"))
    .group_by(manifest.c.digest)
    .subquery()
)
_MANIFESTS: Final = Statement(select(func.coalesce(func.sum(_OF_MANIFESTS.c.size), 0)))


def holds(tx: Tx, project_id: int, digest: Digest) -> bool:
    """Whether a repository of the project links the blob already: then it adds nothing."""
    return tx.row(_HELD, project_id=project_id, digest=digest) is not None


def used(tx: Tx, project_id: int) -> int:
    """Bytes of the blobs and manifests of a project, each digest once."""
    blobs, manifests = tx.row(_BLOBS, project_id=project_id), tx.row(_MANIFESTS, project_id=project_id)
    return (int(blobs[0]) if blobs else 0) + (int(manifests[0]) if manifests else 0)
