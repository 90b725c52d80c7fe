"""Manifests that no tag holds, and what else might hold them."""

from typing import Final, NamedTuple

from sqlalchemy import bindparam, exists, select

from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.registry.store.tables import manifest, manifest_child, repository, tag, tag_entry

_of_repository: Final = manifest.c.repository_id == bindparam("repository_id")
_on_a_side: Final = exists().where(
    tag.c.repository_id == manifest.c.repository_id,
    (tag.c.candidate == manifest.c.digest) | (tag.c.admitted == manifest.c.digest),
)
_between_the_sides: Final = exists().where(
    tag_entry.c.repository_id == manifest.c.repository_id, tag_entry.c.digest == manifest.c.digest
)
# Evidence lives with its subject, whatever tags point at it (gate.md 2).
_unheld: Final = manifest.c.is_evidence.is_(True) | (~_on_a_side & ~_between_the_sides)
_old: Final = manifest.c.pushed_at <= bindparam("before")
_subject: Final = manifest.alias("subject")
_parent: Final = manifest.alias("parent")

_UNHELD: Final = Statement(
    select(manifest.c.id, manifest.c.digest, manifest.c.size, _subject.c.id)
    .outerjoin(
        _subject,
        (_subject.c.repository_id == manifest.c.repository_id) & (_subject.c.digest == manifest.c.subject),
    )
    .where(_of_repository, _unheld, _old)
    .order_by(manifest.c.id)
)
_PARENTS: Final = Statement(
    select(manifest.c.id, manifest_child.c.manifest_id)
    .join(
        manifest_child,
        (manifest_child.c.repository_id == manifest.c.repository_id)
        & (manifest_child.c.digest == manifest.c.digest),
    )
    .where(_of_repository, _unheld, _old)
)
_MAY_GO: Final = Statement(
    select(manifest.c.id).where(
        manifest.c.id == bindparam("id"),
        _unheld,
        _old,
        ~exists().where(
            _subject.c.repository_id == manifest.c.repository_id, _subject.c.digest == manifest.c.subject
        ),
        ~exists().where(
            manifest_child.c.repository_id == manifest.c.repository_id,
            manifest_child.c.digest == manifest.c.digest,
            _parent.c.id == manifest_child.c.manifest_id,
        ),
    )
)
_REPOSITORIES: Final = Statement(
    select(repository.c.id, repository.c.name)
    .where(repository.c.id > bindparam("last"))
    .order_by(repository.c.id)
    .limit(bindparam("most"))
)


class Unheld(NamedTuple):
    """A manifest that no tag holds, with the manifests of its repository that hold it as long as they live."""

    id: int
    digest: str
    size: int
    holders: frozenset[int]


def unheld(tx: Tx, repository_id: int, before: Moment) -> list[Unheld]:
    """The manifests of a repository that no tag holds, pushed before a moment."""
    where = {"repository_id": repository_id, "before": before}
    holders: dict[int, set[int]] = {}
    for manifest_id, parent in tx.rows(_PARENTS, **where):
        holders.setdefault(int(manifest_id), set()).add(int(parent))
    found = []
    for manifest_id, digest, size, subject in tx.rows(_UNHELD, **where):
        held_by = holders.get(manifest_id, set()) | ({int(subject)} if subject is not None else set())
        found.append(Unheld(int(manifest_id), str(digest), int(size), frozenset(held_by)))
    return found


def may_go(tx: Tx, manifest_id: int, before: Moment) -> bool:
    """Whether a manifest, at this moment, is held by no tag, no index and no subject."""
    return tx.row(_MAY_GO, id=manifest_id, before=before) is not None


def repositories_after(tx: Tx, last: int, most: int) -> list[tuple[int, str]]:
    """Ids and names of repositories, by id."""
    return [(int(row[0]), str(row[1])) for row in tx.rows(_REPOSITORIES, last=last, most=most)]
