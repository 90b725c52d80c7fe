"""Images whose verdicts wait for what is inside them."""

from typing import Final

from sqlalchemy import bindparam, exists, select

from pratique.db import Statement, Tx
from pratique.policy import State
from pratique.projects.store.tables import project_metadata
from pratique.registry.store.tables import manifest, repository

_m, _r, _p = manifest.c, repository.c, project_metadata.c
_asks: Final = exists().where(_p.project_id == _r.project_id, _p.name == "prevent_vul", _p.value == "true")
_PENDING: Final = Statement(
    select(_m.id, _r.project_id, _m.digest)
    .join(repository, _r.id == _m.repository_id)
    .where(
        _m.id > bindparam("after"),
        _m.state == State.PENDING.value,
        _m.is_evidence.is_(False),
        _m.is_index.is_(False),
        _asks,
    )
    .order_by(_m.id)
    .limit(bindparam("most"))
)


def pending(tx: Tx, after: int, most: int) -> list[tuple[int, int, str]]:
    """Up to `most` images behind a manifest's number: its number, its project and digest."""
    rows = tx.rows(_PENDING, after=after, most=most)
    return [(int(number), int(project_id), str(digest)) for number, project_id, digest in rows]
