"""What garbage collection asks and does: blobs and links that nothing keeps, condemned and deleted by conditions.

Every deletion states its whole condition in its own WHERE, so that it decides by what is committed when it happens and
not by what a look some time ago has found.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Integer, bindparam, delete, exists, func, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.store.tables import blob, blob_link, manifest_blob, repository

_RECORDED: Final = Statement(select(blob.c.digest).where(db.one_of(blob.c.digest, "digests")))
_CORRUPT: Final = Statement(select(blob.c.corrupt).where(blob.c.digest == bindparam("digest")))
_UNLINKED: Final = ~exists().where(blob_link.c.digest == blob.c.digest)
_LEASE_OVER: Final = blob.c.leased_until <= bindparam("now")

_CONDEMNABLE: Final = Statement(
    select(blob.c.digest, blob.c.size)
    .where(blob.c.condemned_at.is_(None), _LEASE_OVER, _UNLINKED, blob.c.digest > bindparam("last"))
    .order_by(blob.c.digest)
    .limit(bindparam("most"))
)
_CONDEMN: Final = Statement(
    update(blob)
    .where(db.one_of(blob.c.digest, "digests"), blob.c.condemned_at.is_(None), _LEASE_OVER, _UNLINKED)
    .values(condemned_at=bindparam("at"))
)
_DUE: Final = Statement(
    select(blob.c.digest, blob.c.size)
    .where(
        blob.c.condemned_at <= bindparam("condemned_before"),
        _LEASE_OVER,
        _UNLINKED,
        blob.c.digest > bindparam("last"),
    )
    .order_by(blob.c.digest)
    .limit(bindparam("most"))
)
_REMOVE_CONDEMNED: Final = Statement(
    delete(blob)
    .where(
        db.one_of(blob.c.digest, "digests"),
        blob.c.condemned_at <= bindparam("condemned_before"),
        _LEASE_OVER,
        _UNLINKED,
    )
    .returning(blob.c.digest, blob.c.size)
)
_NAMED: Final = exists().where(
    manifest_blob.c.repository_id == blob_link.c.repository_id, manifest_blob.c.digest == blob_link.c.digest
)
_IDLE_LINK: Final = (blob_link.c.leased_until <= bindparam("now"), ~_NAMED)
_IDLE_LINKS: Final = Statement(
    select(blob_link.c.repository_id, repository.c.name, blob_link.c.digest)
    .join(repository, repository.c.id == blob_link.c.repository_id)
    .where(
        *_IDLE_LINK,
        (blob_link.c.repository_id > bindparam("last_repository"))
        | (
            (blob_link.c.repository_id == bindparam("last_repository"))
            & (blob_link.c.digest > bindparam("last"))
        ),
    )
    .order_by(blob_link.c.repository_id, blob_link.c.digest)
    .limit(bindparam("most"))
)
_REMOVE_IDLE: Final = Statement(
    delete(blob_link)
    .where(
        blob_link.c.repository_id == bindparam("repository_id"),
        db.one_of(blob_link.c.digest, "digests"),
        *_IDLE_LINK,
    )
    .returning(blob_link.c.digest)
)
_HOLD: Final = Statement(
    select(repository.c.id).where(repository.c.id == bindparam("repository_id")).with_for_update()
)
_RENEW_BLOB: Final = Statement(
    update(blob)
    .where(blob.c.digest == bindparam("blob_digest"))
    .values(condemned_at=None, leased_until=bindparam("until"))
)
_RENEW_LINK: Final = Statement(
    update(blob_link)
    .where(
        blob_link.c.repository_id == bindparam("repository"), blob_link.c.digest == bindparam("blob_digest")
    )
    .values(leased_until=bindparam("until"))
)
_WOULD_IDLE: Final = Statement(
    select(blob_link.c.digest).where(
        blob_link.c.repository_id == bindparam("repository_id"),
        blob_link.c.leased_until <= bindparam("now"),
        ~exists().where(
            manifest_blob.c.repository_id == blob_link.c.repository_id,
            manifest_blob.c.digest == blob_link.c.digest,
            ~db.one_of(manifest_blob.c.manifest_id, "going"),
        ),
    )
)
_LINKS_OF: Final = Statement(
    select(blob_link.c.digest, func.count(type_=Integer))
    .where(db.one_of(blob_link.c.digest, "digests"))
    .group_by(blob_link.c.digest)
)
_GOING: Final = Statement(
    select(blob.c.digest, blob.c.size)
    .where(db.one_of(blob.c.digest, "digests"), _LEASE_OVER)
    .order_by(blob.c.digest)
)


class IdleLink(NamedTuple):
    """A link that no manifest needs and no lease keeps."""

    repository_id: int
    repository: str
    digest: Digest


def recorded(tx: Tx, digests: Collection[Digest]) -> frozenset[Digest]:
    """Which of the digests have a row."""
    return frozenset(Digest(row[0]) for row in tx.rows(_RECORDED, digests=list(digests)))


def is_corrupt(tx: Tx, digest: Digest) -> bool:
    """Whether the scrub has found the stored bytes damaged."""
    row = tx.row(_CORRUPT, digest=digest)
    return row is not None and bool(row[0])


def renew(tx: Tx, repository_id: int, digest: Digest, until: Moment) -> bool:
    """Prolong the lease of a link and its blob. False: the link went meanwhile."""
    tx.change(_RENEW_BLOB, blob_digest=digest, until=until)
    return tx.change(_RENEW_LINK, repository=repository_id, blob_digest=digest, until=until) > 0


def idle_links(tx: Tx, *, now: Moment, after: IdleLink | None, most: int) -> list[IdleLink]:
    """Links that may go, by repository and digest, after one."""
    last_repository, last = (after.repository_id, after.digest) if after else (0, "")
    rows = tx.rows(_IDLE_LINKS, now=now, last_repository=last_repository, last=last, most=most)
    return [IdleLink(int(row[0]), str(row[1]), Digest(row[2])) for row in rows]


def hold_repository(tx: Tx, repository_id: int) -> bool:
    """Hold a repository until the transaction ends, without dating it. False: it is gone.

    Pushes hold it too (`repositories.lock`), so that no manifest comes to need a link while it is deleted.
    """
    return tx.row(_HOLD, repository_id=repository_id) is not None


def remove_idle_links(tx: Tx, repository_id: int, digests: Sequence[Digest], now: Moment) -> list[Digest]:
    """Delete those links of a repository that still may go; which they were."""
    rows = tx.rows(_REMOVE_IDLE, repository_id=repository_id, digests=list(digests), now=now)
    return [Digest(row[0]) for row in rows]


def condemnable(tx: Tx, *, now: Moment, last: str, most: int) -> list[tuple[Digest, int]]:
    """Blobs that nothing links and no lease keeps, not condemned yet, with sizes, after a digest."""
    return [(Digest(row[0]), int(row[1])) for row in tx.rows(_CONDEMNABLE, now=now, last=last, most=most)]


def condemn(tx: Tx, digests: Sequence[Digest], now: Moment) -> int:
    """Condemn those of the blobs that nothing keeps; how many."""
    return tx.change(_CONDEMN, digests=list(digests), now=now, at=now)


def due(tx: Tx, *, now: Moment, condemned_before: Moment, last: str, most: int) -> list[tuple[Digest, int]]:
    """Blobs condemned long enough, with sizes, after a digest."""
    rows = tx.rows(_DUE, now=now, condemned_before=condemned_before, last=last, most=most)
    return [(Digest(row[0]), int(row[1])) for row in rows]


def remove_condemned(
    tx: Tx, digests: Sequence[Digest], *, now: Moment, condemned_before: Moment
) -> dict[Digest, int]:
    """Delete the rows of those that still may go; which they were, with sizes."""
    rows = tx.rows(_REMOVE_CONDEMNED, digests=list(digests), now=now, condemned_before=condemned_before)
    return {Digest(row[0]): int(row[1]) for row in rows}


def would_idle(tx: Tx, repository_id: int, going: Sequence[int], now: Moment) -> list[Digest]:
    """Links of a repository that might go if the manifests `going` were gone: for a rehearsal."""
    rows = tx.rows(_WOULD_IDLE, repository_id=repository_id, going=list(going), now=now)
    return [Digest(row[0]) for row in rows]


def link_counts(tx: Tx, digests: Collection[Digest]) -> dict[Digest, int]:
    """How many repositories link each of the digests; those that none does are absent."""
    return {Digest(row[0]): int(row[1]) for row in tx.rows(_LINKS_OF, digests=list(digests))}


def out_of_lease(tx: Tx, digests: Collection[Digest], now: Moment) -> list[tuple[Digest, int]]:
    """Those of the blobs that no lease keeps, with sizes."""
    return [(Digest(row[0]), int(row[1])) for row in tx.rows(_GOING, digests=list(digests), now=now)]
