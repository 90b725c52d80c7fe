"""What countersigning asks of the registry's tables."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from pratique.db import Statement, Tx
from pratique.registry.store.manifests import ARTIFACT_COLUMNS, artifact_of
from pratique.registry.store.tables import manifest, repository
from pratique.registry.values import Artifact
from pratique.trust.store.signing import countersignature

_AFTER: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(
        repository.c.project_id == bindparam("project_id"),
        manifest.c.is_evidence.is_(False),
        manifest.c.id > bindparam("after"),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
_ORPHANS: Final = Statement(
    delete(countersignature).where(countersignature.c.repository_id.not_in(select(repository.c.id)))
)


def artifacts_after(tx: Tx, project_id: int, after: int, most: int) -> list[Artifact]:
    """The artifacts of a project in the order of their numbers, above one of them."""
    rows = tx.rows(_AFTER, project_id=project_id, after=after, most=most)
    return [artifact_of(row) for row in rows]


def forget_orphans(tx: Tx) -> int:
    """Forget what was signed in repositories that are gone; how much."""
    return tx.change(_ORPHANS)
