"""Blobs, and which repositories they are linked to.

A lease keeps what nothing names yet: a fresh upload, a mount, a blob that a pusher was told to be there already.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.store.manifests import admitted
from pratique.registry.store.tables import blob, blob_link, manifest, manifest_blob, repository

_OF_LINK: Final = (
    blob_link.c.repository_id == bindparam("repository_id"),
    blob_link.c.digest == bindparam("digest"),
)
_LINKED: Final = Statement(
    select(blob.c.size, blob_link.c.leased_until, blob.c.corrupt)
    .join(blob_link, blob_link.c.digest == blob.c.digest)
    .where(*_OF_LINK)
)
_PUT: Final = Statement(
    db.upsert(blob, ("digest",), ("size", "leased_until", "condemned_at", "corrupt")),
)
_LINK: Final = Statement(db.upsert(blob_link, ("repository_id", "digest"), ("leased_until",)))
_REVIVE: Final = Statement(
    update(blob)
    .where(blob.c.digest == bindparam("blob_digest"))
    .values(condemned_at=None, leased_until=bindparam("until"))
)
_THERE: Final = Statement(
    select(blob_link.c.digest).where(
        blob_link.c.repository_id == bindparam("repository_id"), db.one_of(blob_link.c.digest, "digests")
    )
)
_UNLINK: Final = Statement(delete(blob_link).where(*_OF_LINK))
_NAMED: Final = Statement(
    select(manifest_blob.c.manifest_id)
    .where(
        manifest_blob.c.repository_id == bindparam("repository_id"),
        manifest_blob.c.digest == bindparam("digest"),
    )
    .limit(1)
)


def linked(tx: Tx, repository_id: int, digest: Digest) -> tuple[int, Moment, bool] | None:
    """Size, end of the link's lease and whether the bytes are known to be corrupt; None: not of this repository."""
    row = tx.row(_LINKED, repository_id=repository_id, digest=digest)
    return None if row is None else (int(row[0]), Moment(row[1]), bool(row[2]))


def put(tx: Tx, digest: Digest, size: int, *, now: Moment, until: Moment) -> None:
    """Record bytes that lie safely in the store; whatever was condemned or corrupt about them is over."""
    tx.change(
        _PUT,
        digest=digest,
        size=size,
        created_at=now,
        leased_until=until,
        condemned_at=None,
        corrupt=False,
    )


def link(tx: Tx, repository_id: int, digest: Digest, *, now: Moment, until: Moment) -> None:
    """Link a recorded blob to a repository, or renew its lease there."""
    tx.change(_REVIVE, blob_digest=digest, until=until)
    tx.change(_LINK, repository_id=repository_id, digest=digest, linked_at=now, leased_until=until)


def unlink(tx: Tx, repository_id: int, digest: Digest) -> bool:
    """Take a blob out of a repository. False: it was not there."""
    return tx.change(_UNLINK, repository_id=repository_id, digest=digest) > 0


def unlink_all(tx: Tx, repository_id: int) -> None:
    """Take every blob out of a repository that no manifest is left in."""
    tx.execute(delete(blob_link).where(blob_link.c.repository_id == repository_id))


def is_named(tx: Tx, repository_id: int, digest: Digest) -> bool:
    """Whether a manifest of the repository names the blob."""
    return tx.row(_NAMED, repository_id=repository_id, digest=digest) is not None


def missing(tx: Tx, repository_id: int, digests: Collection[Digest]) -> list[Digest]:
    """Which of the digests are not linked to the repository, in their order."""
    if not digests:
        return []
    there = {row[0] for row in tx.rows(_THERE, repository_id=repository_id, digests=list(digests))}
    return [digest for digest in digests if digest not in there]


def holders(tx: Tx, digest: Digest, most: int) -> list[str]:
    """Names of repositories that a blob is linked to, for mounts that name no source."""
    query = (
        select(repository.c.name)
        .join(blob_link, blob_link.c.repository_id == repository.c.id)
        .where(blob_link.c.digest == digest)
        .order_by(repository.c.id)
        .limit(most)
    )
    return [str(row[0]) for row in tx.execute(query)]


@dataclass(frozen=True, slots=True)
class Reach:
    """A blob is named by something admitted, at least until `until` (None: no date)."""

    until: Moment | None


_NAMING: Final = (
    manifest_blob.c.repository_id == bindparam("repository_id"),
    manifest_blob.c.digest == bindparam("digest"),
)
_REACHED: Final = Statement(
    select(manifest.c.valid_until)
    .join(manifest_blob, manifest_blob.c.manifest_id == manifest.c.id)
    .where(*_NAMING, admitted(manifest))
    .limit(1)
)
_SUBJECT: Final = manifest.alias("subject")
_REACHED_BY_EVIDENCE: Final = Statement(
    select(_SUBJECT.c.valid_until)
    .join(
        manifest,
        (manifest.c.repository_id == _SUBJECT.c.repository_id) & (manifest.c.subject == _SUBJECT.c.digest),
    )
    .join(manifest_blob, manifest_blob.c.manifest_id == manifest.c.id)
    .where(*_NAMING, manifest.c.is_evidence.is_(True), admitted(_SUBJECT))
    .limit(1)
)
_INNER: Final = manifest.alias("inner")
_REACHED_BY_OUTER_EVIDENCE: Final = Statement(
    select(_SUBJECT.c.valid_until)
    .join(
        _INNER,
        (_INNER.c.repository_id == _SUBJECT.c.repository_id) & (_INNER.c.subject == _SUBJECT.c.digest),
    )
    .join(
        manifest,
        (manifest.c.repository_id == _INNER.c.repository_id) & (manifest.c.subject == _INNER.c.digest),
    )
    .join(manifest_blob, manifest_blob.c.manifest_id == manifest.c.id)
    .where(*_NAMING, manifest.c.is_evidence.is_(True), _INNER.c.is_evidence.is_(True), admitted(_SUBJECT))
    .limit(1)
)
_OF_EVIDENCE: Final = Statement(
    select(manifest.c.id)
    .join(manifest_blob, manifest_blob.c.manifest_id == manifest.c.id)
    .where(
        manifest_blob.c.repository_id == bindparam("repository_id"),
        manifest_blob.c.digest == bindparam("digest"),
        manifest.c.is_evidence.is_(True),
    )
    .limit(1)
)
_FIRST_HOLDER: Final = Statement(
    select(func.min(manifest_blob.c.manifest_id)).where(
        manifest_blob.c.repository_id == bindparam("repository_id"),
        manifest_blob.c.digest == bindparam("digest"),
    )
)


def reach(tx: Tx, repository_id: int, digest: Digest, *, at: Moment, floor: int) -> Reach | None:
    """How an admitted manifest of the repository, or evidence of one, names the blob (gate.md 2, 6); None: none.

    Evidence may speak of evidence (a signed SBOM): one step further is looked.
    """
    where = {"repository_id": repository_id, "digest": digest, "at": at, "floor": floor}
    ways = (_REACHED, _REACHED_BY_EVIDENCE, _REACHED_BY_OUTER_EVIDENCE)
    row = next((row for way in ways if (row := tx.row(way, **where)) is not None), None)
    return None if row is None else Reach(row[0])


def is_of_evidence(tx: Tx, repository_id: int, digest: Digest) -> bool:
    """Whether evidence in the repository, of whatever state its subject is, names the blob."""
    return tx.row(_OF_EVIDENCE, repository_id=repository_id, digest=digest) is not None


def first_holder(tx: Tx, repository_id: int, digest: Digest) -> int | None:
    """The id of a manifest that names the blob, for the reasons of a refusal."""
    row = tx.row(_FIRST_HOLDER, repository_id=repository_id, digest=digest)
    return None if row is None or row[0] is None else int(row[0])
