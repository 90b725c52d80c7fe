"""Pages of repositories and artifacts for people: filtered, sorted and counted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, true

from pratique import db
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.registry.pages import ArtifactFilter, Listing, RepositoryFilter, Shelved
from pratique.registry.store.manifests import ARTIFACT_COLUMNS, artifact_of
from pratique.registry.store.tables import blob, manifest, manifest_blob, manifest_child, repository, tag
from pratique.registry.values import Repository, TagSides

REPOSITORY_SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": repository.c.name,
    "repository_id": repository.c.id,
    "id": repository.c.id,
    "creation_time": repository.c.created_at,
    "update_time": repository.c.updated_at,
    "pull_count": repository.c.pull_count,
}
ARTIFACT_SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "id": manifest.c.id,
    "digest": manifest.c.digest,
    "push_time": manifest.c.pushed_at,
    "pull_time": manifest.c.pulled_at,
    "size": manifest.c.size,
    "media_type": manifest.c.config_media_type,
}

_REPOSITORY_COLUMNS: Final = (
    repository.c.id,
    repository.c.project_id,
    repository.c.name,
    repository.c.created_at,
    repository.c.updated_at,
    repository.c.description,
    repository.c.pull_count,
)
_SHELVED_COLUMNS: Final = (
    *ARTIFACT_COLUMNS,
    manifest.c.pulled_at,
    manifest.c.config_media_type,
    manifest.c.annotations,
)
_NAMED: Final = exists().where(
    tag.c.repository_id == manifest.c.repository_id,
    or_(tag.c.candidate == manifest.c.digest, tag.c.admitted == manifest.c.digest),
)
_HAS_PARENT: Final = exists().where(
    manifest_child.c.repository_id == manifest.c.repository_id, manifest_child.c.digest == manifest.c.digest
)
SHOWN: Final = and_(manifest.c.is_evidence.is_(False), or_(_NAMED, ~_HAS_PARENT))
"""What is an artifact to people: no evidence, and no child of an index unless it has a tag of its own."""

_BLOB_SIZES: Final = Statement(
    select(manifest_blob.c.manifest_id, func.sum(blob.c.size))
    .join(blob, blob.c.digest == manifest_blob.c.digest)
    .where(db.one_of(manifest_blob.c.manifest_id, "ids"))
    .group_by(manifest_blob.c.manifest_id)
)
_SHELVED: Final = Statement(select(*_SHELVED_COLUMNS).where(manifest.c.id == bindparam("id")))


def repositories(tx: Tx, wanted: RepositoryFilter, listing: Listing) -> tuple[list[Repository], int]:
    """A page of repositories that hold something, and how many there are in all."""
    conditions = list(_of_repositories(wanted))
    query = select(*_REPOSITORY_COLUMNS).where(*conditions)
    rows = tx.execute(_cut(query, listing, REPOSITORY_SORTS, repository.c.name))
    total = tx.execute(select(func.count()).select_from(repository).where(*conditions)).scalar_one()
    return [Repository(*row) for row in rows], int(total)


def repositories_per_project(tx: Tx, project_ids: Collection[int]) -> dict[int, int]:
    """How many repositories that hold something each project has."""
    query = (
        select(repository.c.project_id, func.count())
        .where(repository.c.project_id.in_(sorted(project_ids)), _holds_something())
        .group_by(repository.c.project_id)
    )
    return {int(project_id): int(number) for project_id, number in tx.execute(query)}


def artifacts_per_repository(tx: Tx, repository_ids: Collection[int]) -> dict[int, int]:
    """How many artifacts each repository has."""
    query = (
        select(manifest.c.repository_id, func.count())
        .where(manifest.c.repository_id.in_(sorted(repository_ids)), SHOWN)
        .group_by(manifest.c.repository_id)
    )
    return {int(home): int(number) for home, number in tx.execute(query)}


def artifacts(
    tx: Tx, repository_id: int, wanted: ArtifactFilter, listing: Listing
) -> tuple[list[Shelved], int]:
    """A page of artifacts, the newest first unless sorted otherwise, and how many there are in all."""
    conditions = [manifest.c.repository_id == repository_id, SHOWN, *_of_artifacts(wanted)]
    query = select(*_SHELVED_COLUMNS).where(*conditions)
    rows = tx.execute(_cut(query, listing, ARTIFACT_SORTS, manifest.c.id.desc()))
    total = tx.execute(select(func.count()).select_from(manifest).where(*conditions)).scalar_one()
    return [_shelved(tuple(row)) for row in rows], int(total)


def shelved(tx: Tx, manifest_id: int) -> Shelved | None:
    """One artifact with what people want to see beside it."""
    row = tx.row(_SHELVED, id=manifest_id)
    return None if row is None else _shelved(row)


def blob_sizes(tx: Tx, manifest_ids: Collection[int]) -> dict[int, int]:
    """The bytes of the blobs that each manifest names."""
    return {int(number): int(size) for number, size in tx.rows(_BLOB_SIZES, ids=list(manifest_ids))}


def tags_of(tx: Tx, repository_id: int, digests: Sequence[Digest]) -> list[TagSides]:
    """The tags that have one of the digests on a side, by name."""
    columns = (tag.c.name, tag.c.candidate, tag.c.candidate_by, tag.c.candidate_at, tag.c.admitted)
    query = (
        select(*columns, tag.c.is_single)
        .where(
            tag.c.repository_id == repository_id,
            or_(tag.c.candidate.in_(digests), tag.c.admitted.in_(digests)),
        )
        .order_by(tag.c.name)
    )
    return [
        TagSides(name, candidate, by, at, admitted, bool(is_single))
        for name, candidate, by, at, admitted, is_single in tx.execute(query)
    ]


def total_size(tx: Tx) -> int:
    """The bytes of all blobs that any repository links and of all manifests, each digest once."""
    linked = select(manifest_blob.c.digest).distinct().subquery()
    blobs = select(func.coalesce(func.sum(blob.c.size), 0)).join(linked, linked.c.digest == blob.c.digest)
    once = select(func.max(manifest.c.size).label("size")).group_by(manifest.c.digest).subquery()
    return int(tx.execute(blobs).scalar_one()) + int(
        tx.execute(select(func.coalesce(func.sum(once.c.size), 0))).scalar_one()
    )


def _cut(
    query: Select[Any], listing: Listing, sorts: Mapping[str, ColumnElement[Any]], last: ColumnElement[Any]
) -> Select[Any]:
    """The query in its order, `last` deciding between equals, cut to the page; unknown fields are passed over."""
    for name in listing.sort:
        column = sorts.get(name.removeprefix("-"))
        if column is not None:
            query = query.order_by(column.desc() if name.startswith("-") else column)
    return query.order_by(last).offset(listing.offset).limit(listing.limit)


def _holds_something() -> ColumnElement[bool]:
    return exists().where(manifest.c.repository_id == repository.c.id)


def _of_repositories(wanted: RepositoryFilter) -> Iterable[ColumnElement[bool]]:
    yield _holds_something()
    if wanted.name is not None:
        yield repository.c.name == wanted.name
    if wanted.name_like is not None:
        yield repository.c.name.contains(wanted.name_like, autoescape=True)
    if wanted.project_ids is not None:
        yield repository.c.project_id.in_(sorted(wanted.project_ids))
    if wanted.admitted_only:
        has_side = exists().where(tag.c.repository_id == repository.c.id, tag.c.admitted.is_not(None))
        yield repository.c.project_id.not_in(sorted(wanted.admitted_only)) | has_side


def _of_artifacts(wanted: ArtifactFilter) -> Iterable[ColumnElement[bool]]:
    equals = {
        manifest.c.digest: wanted.digest,
        manifest.c.media_type: wanted.media_type,
        manifest.c.artifact_type: wanted.artifact_type,
        manifest.c.state: wanted.state,
    }
    yield from (column == value for column, value in equals.items() if value is not None)
    if wanted.digest_like is not None:
        yield manifest.c.digest.contains(wanted.digest_like, autoescape=True)
    if wanted.among is not None:
        yield manifest.c.digest.in_(sorted(wanted.among))
    low, high = wanted.pushed
    if low is not None:
        yield manifest.c.pushed_at >= low
    if high is not None:
        yield manifest.c.pushed_at <= high
    yield from _by_tags(wanted)


def _by_tags(wanted: ArtifactFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.is_tagged is not None:
        named = _has_tag(wanted, true())
        yield named if wanted.is_tagged else ~named
    if wanted.tag is not None:
        yield _has_tag(wanted, tag.c.name == wanted.tag)
    if wanted.tag_like is not None:
        yield _has_tag(wanted, tag.c.name.contains(wanted.tag_like, autoescape=True))


def _has_tag(wanted: ArtifactFilter, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    side = tag.c.admitted == manifest.c.digest
    if not wanted.admitted_only:
        side = or_(tag.c.candidate == manifest.c.digest, side)
    return exists().where(tag.c.repository_id == manifest.c.repository_id, side, condition)


def _shelved(row: tuple[Any, ...]) -> Shelved:
    pulled_at, config_media_type, annotations = row[len(ARTIFACT_COLUMNS) :]
    return Shelved(artifact_of(row), pulled_at, config_media_type, annotations)
