"""Manifests: their bytes, what they name, and how they stand."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, bindparam, delete, func, select, update

from pratique import db
from pratique.access.principal import SYSTEM
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.policy import State
from pratique.registry.store import repositories
from pratique.registry.store.tables import manifest, manifest_blob, manifest_child, repository
from pratique.registry.values import Artifact, Repository, Standing

ARTIFACT_COLUMNS: Final = (
    manifest.c.id,
    manifest.c.repository_id,
    manifest.c.digest,
    manifest.c.media_type,
    manifest.c.artifact_type,
    manifest.c.size,
    manifest.c.is_index,
    manifest.c.is_evidence,
    manifest.c.subject,
    manifest.c.pushed_by,
    manifest.c.pushed_at,
    manifest.c.state,
    manifest.c.valid_until,
    manifest.c.generation,
)


def admitted(artifact: FromClause) -> ColumnElement[bool]:
    """The artifact stands ADMITTED at `at`, under a generation not below `floor`, and is no evidence."""
    return (
        artifact.c.is_evidence.is_(False)
        & (artifact.c.state == State.ADMITTED.value)
        & (artifact.c.generation >= bindparam("floor"))
        & (artifact.c.valid_until.is_(None) | (artifact.c.valid_until > bindparam("at")))
    )


_OF_REPOSITORY: Final = manifest.c.repository_id == bindparam("repository_id")
_BY_DIGEST: Final = Statement(
    select(*ARTIFACT_COLUMNS).where(_OF_REPOSITORY, manifest.c.digest == bindparam("digest"))
)
_BY_ID: Final = Statement(select(*ARTIFACT_COLUMNS).where(manifest.c.id == bindparam("id")))
_BODY: Final = Statement(select(manifest.c.body).where(manifest.c.id == bindparam("id")))
_INSERT: Final = Statement(db.insert_ignore(manifest, "repository_id", "digest", returning=["id"]))
_NAME_BLOB: Final = Statement(db.insert_ignore(manifest_blob, "repository_id", "digest", "manifest_id"))
_NAME_CHILD: Final = Statement(db.insert_ignore(manifest_child, "repository_id", "digest", "manifest_id"))
_FORGET_BLOBS: Final = Statement(delete(manifest_blob).where(manifest_blob.c.manifest_id == bindparam("id")))
_FORGET_CHILDREN: Final = Statement(
    delete(manifest_child).where(manifest_child.c.manifest_id == bindparam("id"))
)
_DELETE: Final = Statement(delete(manifest).where(manifest.c.id == bindparam("id")))
_SET_STANDING: Final = Statement(
    update(manifest)
    .where(manifest.c.id == bindparam("manifest_id"))
    .values(
        state=bindparam("new_state"),
        valid_until=bindparam("new_valid_until"),
        generation=bindparam("new_generation"),
    )
)
_CHILDREN: Final = Statement(
    select(*ARTIFACT_COLUMNS, manifest_child.c.is_platform)
    .join(
        manifest_child,
        (manifest_child.c.repository_id == manifest.c.repository_id)
        & (manifest_child.c.digest == manifest.c.digest),
    )
    .where(manifest_child.c.manifest_id == bindparam("id"))
    .order_by(manifest.c.id)
)
_COUNT_CHILDREN: Final = Statement(
    select(func.count()).select_from(manifest_child).where(manifest_child.c.manifest_id == bindparam("id"))
)
_PARENTS: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .join(manifest_child, manifest_child.c.manifest_id == manifest.c.id)
    .where(
        manifest_child.c.repository_id == bindparam("repository_id"),
        manifest_child.c.digest == bindparam("digest"),
        admitted(manifest),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
_ALL_PARENTS: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .join(manifest_child, manifest_child.c.manifest_id == manifest.c.id)
    .where(
        manifest_child.c.repository_id == bindparam("repository_id"),
        manifest_child.c.digest == bindparam("digest"),
        manifest.c.is_evidence.is_(False),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
_OF_DIGESTS: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .where(db.one_of(manifest.c.digest, "digests"), manifest.c.is_evidence.is_(False))
    .order_by(manifest.c.pulled_at.desc().nulls_last(), manifest.c.id.desc())
)
_EVIDENCE_OF: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .where(_OF_REPOSITORY, manifest.c.subject == bindparam("subject"), manifest.c.is_evidence.is_(True))
    .order_by(manifest.c.id)
)
_THERE: Final = Statement(
    select(manifest.c.digest).where(_OF_REPOSITORY, db.one_of(manifest.c.digest, "digests"))
)
_REFERRING: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .where(_OF_REPOSITORY, manifest.c.subject == bindparam("subject"))
    .order_by(manifest.c.digest)
)
_ALL: Final = Statement(select(*ARTIFACT_COLUMNS).where(_OF_REPOSITORY).order_by(manifest.c.id.desc()))
_ANNOTATIONS: Final = Statement(select(manifest.c.annotations).where(manifest.c.id == bindparam("id")))
_BEHIND: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(
        repository.c.project_id == bindparam("project_id"),
        manifest.c.is_evidence.is_(False),
        (manifest.c.generation < bindparam("generation"))
        | ((manifest.c.state == State.ADMITTED.value) & (manifest.c.valid_until <= bindparam("at"))),
    )
    .order_by(manifest.c.pulled_at.desc().nulls_last(), manifest.c.id.desc())
    .limit(bindparam("most"))
)
_COUNT_WAITING: Final = Statement(
    select(func.count())
    .select_from(manifest)
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(
        repository.c.project_id == bindparam("project_id"),
        manifest.c.is_evidence.is_(False),
        (manifest.c.generation < bindparam("floor")) | (manifest.c.state == State.PENDING.value),
    )
)
_EVIDENCE_IN: Final = Statement(
    select(*ARTIFACT_COLUMNS)
    .join(repository, repository.c.id == manifest.c.repository_id)
    .where(
        repository.c.project_id == bindparam("project_id"),
        manifest.c.is_evidence.is_(True),
        manifest.c.is_index.is_(False),
        # What the registry signs itself is never evidence (registry.inscribing).
        manifest.c.pushed_by != SYSTEM.key,
        manifest.c.id > bindparam("after"),
    )
    .order_by(manifest.c.id)
    .limit(bindparam("most"))
)
SUSPENDED: Final = -1
"""A generation below every floor and behind every other: the state stays for the record, and counts for nothing."""

_SUSPEND: Final = Statement(
    update(manifest).where(manifest.c.id == bindparam("manifest_id")).values(generation=SUSPENDED)
)
_BECOME_EVIDENCE: Final = Statement(
    update(manifest)
    .where(manifest.c.id == bindparam("manifest_id"))
    .values(
        is_evidence=True,
        subject=bindparam("new_subject"),
        state=State.PENDING.value,
        valid_until=None,
        generation=0,
    )
)
_PULLED: Final = Statement(
    update(manifest).where(manifest.c.id == bindparam("manifest_id")).values(pulled_at=bindparam("at"))
)


def artifact_of(row: tuple[Any, ...]) -> Artifact:
    """The value of a row of ARTIFACT_COLUMNS; further columns are left alone."""
    (number, home, digest, media_type, artifact_type, size, is_index, is_evidence, subject, by, at) = row[:11]
    return Artifact(
        id=number,
        repository_id=home,
        digest=digest,
        media_type=media_type,
        artifact_type=artifact_type,
        size=size,
        is_index=bool(is_index),
        is_evidence=bool(is_evidence),
        subject=subject,
        pushed_by=by,
        pushed_at=at,
        standing=Standing(State(row[11]), row[12], row[13]),
    )


def by_digest(tx: Tx, repository_id: int, digest: str) -> Artifact | None:
    """The manifest of that digest in the repository."""
    row = tx.row(_BY_DIGEST, repository_id=repository_id, digest=digest)
    return None if row is None else artifact_of(row)


def by_id(tx: Tx, manifest_id: int) -> Artifact | None:
    """The manifest of that id."""
    row = tx.row(_BY_ID, id=manifest_id)
    return None if row is None else artifact_of(row)


def body_of(tx: Tx, manifest_id: int) -> bytes:
    """The bytes as they were pushed. Raises LookupError when the row is gone."""
    row = tx.row(_BODY, id=manifest_id)
    if row is None:
        raise LookupError(f"manifest {manifest_id} has no row")
    return bytes(row[0])


def insert(
    tx: Tx, values: dict[str, Any], blobs: Iterable[Digest], children: Iterable[tuple[Digest, bool]]
) -> Artifact:
    """Insert a manifest that is not there, with what it names.

    A missing blob link fails by its foreign key (db.ForeignKeyViolation).
    """
    row = tx.row(_INSERT, **values)
    if row is None:
        raise LookupError("a manifest came between a look and its own insertion")
    named = {"repository_id": values["repository_id"], "manifest_id": row[0]}
    links = [{**named, "digest": digest} for digest in dict.fromkeys(blobs)]
    if links:
        tx.change_many(_NAME_BLOB, links)
    kin = [
        {**named, "digest": digest, "is_platform": platform} for digest, platform in dict(children).items()
    ]
    if kin:
        tx.change_many(_NAME_CHILD, kin)
    return artifact_of((row[0], *(values[column.name] for column in ARTIFACT_COLUMNS[1:])))


def remove(tx: Tx, manifest_id: int) -> None:
    """Delete a manifest and what it names."""
    tx.change(_FORGET_BLOBS, id=manifest_id)
    tx.change(_FORGET_CHILDREN, id=manifest_id)
    tx.change(_DELETE, id=manifest_id)


def set_standing(tx: Tx, manifest_id: int, standing: Standing) -> None:
    """Write how an artifact stands. Admission alone calls this, with the reasons in its own tables."""
    tx.change(
        _SET_STANDING,
        manifest_id=manifest_id,
        new_state=standing.state.value,
        new_valid_until=standing.valid_until,
        new_generation=standing.generation,
    )


def children_of(tx: Tx, manifest_id: int) -> list[tuple[Artifact, bool]]:
    """The present children of an index, each with whether it is a platform's image."""
    return [(artifact_of(row), bool(row[-1])) for row in tx.rows(_CHILDREN, id=manifest_id)]


def count_children(tx: Tx, manifest_id: int) -> int:
    """How many manifests an index names, whether or not they are here."""
    return int(tx.rows(_COUNT_CHILDREN, id=manifest_id)[0][0])


def admitted_parents(
    tx: Tx, repository_id: int, digest: Digest, *, at: Moment, floor: int, most: int
) -> list[Artifact]:
    """The indexes of the repository that name a digest and stand admitted, the first `most` of them."""
    where = {"repository_id": repository_id, "digest": digest, "at": at, "floor": floor, "most": most}
    return [artifact_of(row) for row in tx.rows(_PARENTS, **where)]


def parents_of(tx: Tx, repository_id: int, digest: Digest, most: int) -> list[Artifact]:
    """The indexes of the repository that name a digest, however they stand; the first `most` of them."""
    rows = tx.rows(_ALL_PARENTS, repository_id=repository_id, digest=digest, most=most)
    return [artifact_of(row) for row in rows]


def of_digests(tx: Tx, digests: Collection[str]) -> list[Artifact]:
    """Every artifact with one of these digests, in whichever repositories, most recently pulled first."""
    return [artifact_of(row) for row in tx.rows(_OF_DIGESTS, digests=list(digests))]


def evidence_of(tx: Tx, repository_id: int, subject: Digest) -> list[Artifact]:
    """The evidence in the repository that speaks of a digest."""
    return [artifact_of(row) for row in tx.rows(_EVIDENCE_OF, repository_id=repository_id, subject=subject)]


def referring_to(tx: Tx, repository_id: int, subject: Digest) -> list[Artifact]:
    """Everything in the repository whose subject is a digest, evidence or not; the indexes of a tag schema excepted."""
    rows = tx.rows(_REFERRING, repository_id=repository_id, subject=subject)
    found = [artifact_of(row) for row in rows]
    return [artifact for artifact in found if not (artifact.is_index and artifact.is_evidence)]


def all_of(tx: Tx, repository_id: int) -> list[Artifact]:
    """Every manifest of the repository, newest first."""
    return [artifact_of(row) for row in tx.rows(_ALL, repository_id=repository_id)]


def behind(tx: Tx, project_id: int, generation: int, at: Moment, most: int) -> list[Artifact]:
    """Artifacts of a project that stand under an older generation or by a date that has passed.

    Most recently pulled first.
    """
    rows = tx.rows(_BEHIND, project_id=project_id, generation=generation, at=at, most=most)
    return [artifact_of(row) for row in rows]


def count_waiting(tx: Tx, project_id: int, floor: int) -> int:
    """How many artifacts of a project are PENDING, or were judged under a generation below `floor`."""
    return int(tx.rows(_COUNT_WAITING, project_id=project_id, floor=floor)[0][0])


def evidence_in_project(tx: Tx, project_id: int, after: int, most: int) -> list[Artifact]:
    """Evidence manifests of a project by id, after one of them."""
    rows = tx.rows(_EVIDENCE_IN, project_id=project_id, after=after, most=most)
    return [artifact_of(row) for row in rows]


def suspend(tx: Tx, manifest_ids: Collection[int]) -> None:
    """Take the admission of artifacts away until they are judged again."""
    if manifest_ids:
        tx.change_many(_SUSPEND, [{"manifest_id": manifest_id} for manifest_id in manifest_ids])


def become_evidence(tx: Tx, manifest_id: int, subject: Digest) -> None:
    """What was stored as an artifact, or for another subject, proved to be evidence of `subject`."""
    tx.change(_BECOME_EVIDENCE, manifest_id=manifest_id, new_subject=subject)


def home_of(tx: Tx, artifact: Artifact) -> Repository:
    """The repository of an artifact."""
    found = repositories.by_id(tx, artifact.repository_id)
    if found is None:
        raise LookupError(f"manifest {artifact.id} has no repository")
    return found


def annotations_of(tx: Tx, manifest_id: int) -> str:
    """A manifest's annotations as JSON."""
    row = tx.row(_ANNOTATIONS, id=manifest_id)
    return "{}" if row is None else str(row[0])


def present(tx: Tx, repository_id: int, digests: Collection[Digest]) -> frozenset[Digest]:
    """Which of the digests are manifests of the repository."""
    if not digests:
        return frozenset()
    rows = tx.rows(_THERE, repository_id=repository_id, digests=list(digests))
    return frozenset(Digest(row[0]) for row in rows)


def count(tx: Tx, repository_id: int) -> int:
    """How many manifests the repository has, evidence included."""
    query = select(func.count()).select_from(manifest).where(manifest.c.repository_id == repository_id)
    return int(tx.execute(query).scalar_one())


def pulled(tx: Tx, moments: dict[int, Moment]) -> None:
    """Write pull times gathered in memory."""
    tx.change_many(_PULLED, [{"manifest_id": manifest_id, "at": at} for manifest_id, at in moments.items()])
