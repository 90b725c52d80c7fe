"""What the doctor asks of the rows: only what must never be found."""

from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, literal, select

from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.store.tables import (
    blob,
    blob_link,
    manifest,
    manifest_blob,
    manifest_child,
    repository,
    tag,
    tag_entry,
    upload,
)


class ManifestRow(NamedTuple):
    """A manifest with its bytes."""

    id: int
    repository: str
    digest: Digest
    media_type: str
    size: int
    body: bytes
    is_evidence: bool
    subject: str | None


def _has_manifest(repository_id: ColumnElement[Any], digest: ColumnElement[Any]) -> ColumnElement[bool]:
    there = manifest.alias()
    return exists().where(there.c.repository_id == repository_id, there.c.digest == digest)


def _lost_side(side: ColumnElement[Any]) -> Select[Any]:
    return (
        select(repository.c.name, tag.c.name, side)
        .join(repository, repository.c.id == tag.c.repository_id)
        .where(side.is_not(None), ~_has_manifest(tag.c.repository_id, side))
    )


_LOST_SIDES: Final = (Statement(_lost_side(tag.c.candidate)), Statement(_lost_side(tag.c.admitted)))
_LOST_ENTRIES: Final = Statement(
    select(repository.c.name, tag_entry.c.name, tag_entry.c.digest)
    .join(repository, repository.c.id == tag_entry.c.repository_id)
    .where(~_has_manifest(tag_entry.c.repository_id, tag_entry.c.digest))
)
_UNLINKED: Final = Statement(
    select(manifest.c.digest, manifest_blob.c.digest)
    .join(manifest, manifest.c.id == manifest_blob.c.manifest_id)
    .where(
        ~exists().where(
            blob_link.c.repository_id == manifest_blob.c.repository_id,
            blob_link.c.digest == manifest_blob.c.digest,
        )
    )
)
_UNRECORDED: Final = Statement(
    select(repository.c.name, blob_link.c.digest)
    .join(repository, repository.c.id == blob_link.c.repository_id)
    .where(~exists().where(blob.c.digest == blob_link.c.digest))
)
_HOMELESS: Final = Statement(
    select(literal("manifest"), manifest.c.digest).where(
        ~exists().where(repository.c.id == manifest.c.repository_id)
    )
)
_MANIFESTS: Final = Statement(
    select(
        manifest.c.id,
        repository.c.name,
        manifest.c.digest,
        manifest.c.media_type,
        manifest.c.size,
        manifest.c.body,
        manifest.c.is_evidence,
        manifest.c.subject,
    )
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(manifest.c.id > bindparam("last"))
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
_BLOBS_OF: Final = Statement(
    select(manifest_blob.c.digest).where(manifest_blob.c.manifest_id == bindparam("id"))
)
_CHILDREN_OF: Final = Statement(
    select(manifest_child.c.digest).where(manifest_child.c.manifest_id == bindparam("id"))
)
_SIZE: Final = Statement(select(blob.c.size, blob.c.corrupt).where(blob.c.digest == bindparam("digest")))
_LIVE_UPLOADS: Final = Statement(select(upload.c.id).where(upload.c.expires_at > bindparam("now")))


def lost_sides(tx: Tx) -> list[tuple[str, str, str]]:
    """Tags a side of which names no manifest: repository, tag, digest."""
    return [(row[0], row[1], row[2]) for statement in _LOST_SIDES for row in tx.rows(statement)]


def lost_entries(tx: Tx) -> list[tuple[str, str, str]]:
    """Entries of histories that name no manifest: repository, tag, digest."""
    return [(row[0], row[1], row[2]) for row in tx.rows(_LOST_ENTRIES)]


def unlinked(tx: Tx) -> list[tuple[str, str]]:
    """Blobs that a manifest names and its repository does not link: manifest, blob."""
    return [(row[0], row[1]) for row in tx.rows(_UNLINKED)]


def unrecorded(tx: Tx) -> list[tuple[str, str]]:
    """Links to blobs without a row: repository, blob."""
    return [(row[0], row[1]) for row in tx.rows(_UNRECORDED)]


def homeless(tx: Tx) -> list[str]:
    """Manifests of no repository."""
    return [str(row[1]) for row in tx.rows(_HOMELESS)]


def manifests(tx: Tx, last: int, most: int) -> list[ManifestRow]:
    """Manifests with their bytes, by id."""
    rows = tx.rows(_MANIFESTS, last=last, most=most)
    return [
        ManifestRow(manifest_id, name, digest, media_type, size, bytes(body), bool(is_evidence), subject)
        for manifest_id, name, digest, media_type, size, body, is_evidence, subject in rows
    ]


def named_by(tx: Tx, manifest_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """Digests of the blobs and of the children that the rows of a manifest name."""
    blobs = frozenset(str(row[0]) for row in tx.rows(_BLOBS_OF, id=manifest_id))
    return blobs, frozenset(str(row[0]) for row in tx.rows(_CHILDREN_OF, id=manifest_id))


def size_of(tx: Tx, digest: Digest) -> int | None:
    """The recorded size of a blob that is not known to be damaged."""
    row = tx.row(_SIZE, digest=digest)
    return None if row is None or row[1] else int(row[0])


def live_uploads(tx: Tx, now: Moment) -> frozenset[str]:
    """Ids of uploads that have not expired by their rows."""
    return frozenset(str(row[0]) for row in tx.rows(_LIVE_UPLOADS, now=now))
