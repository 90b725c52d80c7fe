"""Tags, their two sides and the history of their pushes (gate.md, section 4)."""

from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, select, update

from pratique import db
from pratique.clock import Moment
from pratique.db import Statement, Tx
from pratique.oci.digest import Digest
from pratique.policy import State
from pratique.registry.store.tables import manifest, tag, tag_entry
from pratique.registry.values import Page, TagSides

_COLUMNS: Final = (
    tag.c.name,
    tag.c.candidate,
    tag.c.candidate_by,
    tag.c.candidate_at,
    tag.c.admitted,
    tag.c.is_single,
)
_OF_TAG: Final = (tag.c.repository_id == bindparam("repository_id"), tag.c.name == bindparam("name"))
_BY_NAME: Final = Statement(select(*_COLUMNS).where(*_OF_TAG))
_PUT: Final = Statement(
    db.upsert(
        tag,
        ("repository_id", "name"),
        ("candidate", "candidate_by", "candidate_at", "is_single"),
    )
)
_ENTER: Final = Statement(db.insert_ignore(tag_entry))
_NEWEST: Final = Statement(
    select(tag_entry.c.digest)
    .where(tag_entry.c.repository_id == bindparam("repository_id"), tag_entry.c.name == bindparam("name"))
    .order_by(tag_entry.c.id.desc())
    .limit(1)
)
_ENTRIES_OF: Final = Statement(
    select(tag_entry.c.name, func.max(tag_entry.c.id))
    .where(tag_entry.c.repository_id == bindparam("repository_id"), tag_entry.c.digest == bindparam("digest"))
    .group_by(tag_entry.c.name)
)
_TAKE_OVER: Final = Statement(
    update(tag)
    .where(
        *_OF_TAG,
        tag.c.is_single.is_(False),
        tag.c.admitted_entry.is_(None) | (tag.c.admitted_entry < bindparam("entry")),
    )
    .values(admitted=bindparam("digest"), admitted_entry=bindparam("entry"))
)
_FORGET_OLDER: Final = Statement(
    delete(tag_entry).where(
        tag_entry.c.repository_id == bindparam("repository_id"),
        tag_entry.c.name == bindparam("name"),
        tag_entry.c.id < bindparam("entry"),
    )
)
_FORGET_DIGEST: Final = Statement(
    delete(tag_entry).where(
        tag_entry.c.repository_id == bindparam("repository_id"), tag_entry.c.digest == bindparam("digest")
    )
)
_FORGET_GONE: Final = Statement(
    delete(tag_entry).where(
        tag_entry.c.repository_id == bindparam("repository_id"),
        ~exists().where(tag.c.repository_id == tag_entry.c.repository_id, tag.c.name == tag_entry.c.name),
    )
)
_MAKE_SINGLE: Final = Statement(
    update(tag).where(*_OF_TAG).values(is_single=True, admitted=None, admitted_entry=None)
)
_ENTERED_EVIDENCE: Final = Statement(
    select(manifest.c.digest)
    .join(
        tag_entry,
        (tag_entry.c.repository_id == manifest.c.repository_id) & (tag_entry.c.digest == manifest.c.digest),
    )
    .where(
        manifest.c.repository_id == bindparam("repository_id"),
        manifest.c.subject == bindparam("subject"),
        manifest.c.is_evidence.is_(True),
    )
    .distinct()
)
_FORGET_TAG: Final = Statement(
    delete(tag_entry).where(
        tag_entry.c.repository_id == bindparam("repository_id"), tag_entry.c.name == bindparam("name")
    )
)
_DELETE: Final = Statement(delete(tag).where(*_OF_TAG))
_OF_DIGEST: Final = Statement(
    select(*_COLUMNS)
    .where(
        tag.c.repository_id == bindparam("repository_id"),
        (tag.c.candidate == bindparam("digest")) | (tag.c.admitted == bindparam("digest")),
    )
    .order_by(tag.c.name)
)
_DROP_ADMITTED: Final = Statement(
    update(tag)
    .where(tag.c.repository_id == bindparam("repository_id"), tag.c.admitted == bindparam("digest"))
    .values(admitted=None, admitted_entry=None)
)
_FALL_BACK: Final = Statement(
    update(tag)
    .where(
        tag.c.repository_id == bindparam("repository_id"),
        tag.c.candidate == bindparam("digest"),
        tag.c.admitted.is_not(None),
    )
    .values(candidate=tag.c.admitted)
)
_DROP_EMPTY: Final = Statement(
    delete(tag).where(
        tag.c.repository_id == bindparam("repository_id"), tag.c.candidate == bindparam("digest")
    )
)


def _made(row: tuple[Any, ...]) -> TagSides:
    name, candidate, by, at, admitted, single = row
    return TagSides(name, candidate, by, at, admitted, bool(single))


def by_name(tx: Tx, repository_id: int, name: str) -> TagSides | None:
    """The tag of that name."""
    row = tx.row(_BY_NAME, repository_id=repository_id, name=name)
    return None if row is None else _made(row)


def put(
    tx: Tx, repository_id: int, name: str, digest: Digest, *, by: str, at: Moment, is_single: bool
) -> None:
    """Point the candidate at a digest and enter that in the history, unless it is its newest entry already."""
    where = {"repository_id": repository_id, "name": name}
    tx.change(
        _PUT,
        **where,
        candidate=digest,
        candidate_by=by,
        candidate_at=at,
        is_single=is_single,
        admitted=None,
        admitted_entry=None,
    )
    if is_single:
        return
    newest = tx.row(_NEWEST, **where)
    if newest is None or newest[0] != digest:
        tx.change(_ENTER, **where, digest=digest, pushed_by=by, pushed_at=at)


def take_over(tx: Tx, repository_id: int, digest: Digest) -> list[str]:
    """Move the admitted side of every tag in whose history a digest is newer than the side's entry.

    Returns the names of the tags that moved. Entries older than the new side can never be admitted any more and go.
    """
    moved = []
    for name, entry in tx.rows(_ENTRIES_OF, repository_id=repository_id, digest=digest):
        where = {"repository_id": repository_id, "name": name, "entry": entry}
        if tx.change(_TAKE_OVER, **where, digest=digest):
            tx.change(_FORGET_OLDER, **where)
            moved.append(str(name))
    return moved


def make_single(tx: Tx, repository_id: int, name: str) -> None:
    """Leave a tag its candidate only: what it names has turned out to be evidence."""
    where = {"repository_id": repository_id, "name": name}
    tx.change(_FORGET_TAG, **where)
    tx.change(_MAKE_SINGLE, **where)


def evidence_entered(tx: Tx, repository_id: int, subject: Digest) -> list[Digest]:
    """The evidence of a digest that was pushed to ordinary tags: their sides move with the verdict on the digest."""
    rows = tx.rows(_ENTERED_EVIDENCE, repository_id=repository_id, subject=subject)
    return [Digest(row[0]) for row in rows]


def of_digest(tx: Tx, repository_id: int, digest: Digest) -> list[TagSides]:
    """The tags that have a digest on either side, by name."""
    return [_made(row) for row in tx.rows(_OF_DIGEST, repository_id=repository_id, digest=digest)]


def remove(tx: Tx, repository_id: int, name: str) -> bool:
    """Delete a tag with both sides and its history. False: there was none."""
    where = {"repository_id": repository_id, "name": name}
    tx.change(_FORGET_TAG, **where)
    return tx.change(_DELETE, **where) > 0


def remove_all(tx: Tx, repository_id: int) -> None:
    """Delete every tag of a repository with its history."""
    tx.execute(delete(tag_entry).where(tag_entry.c.repository_id == repository_id))
    tx.execute(delete(tag).where(tag.c.repository_id == repository_id))


def remove_digest(tx: Tx, repository_id: int, digest: Digest) -> None:
    """Take a digest from both sides of every tag (gate.md 4, "Deleting a manifest").

    Candidate gone: the admitted side takes its place; both gone: no tag, and no history for a later one of that name.
    """
    where = {"repository_id": repository_id, "digest": digest}
    tx.change(_FORGET_DIGEST, **where)
    tx.change(_DROP_ADMITTED, **where)
    tx.change(_FALL_BACK, **where)
    if tx.change(_DROP_EMPTY, **where):
        tx.change(_FORGET_GONE, repository_id=repository_id)


def _one_side_admitted() -> ColumnElement[bool]:
    """A tag with one side is seen where what it names is admitted, or what that is evidence of."""
    named, subject = manifest.alias(), manifest.alias()
    is_named = (named.c.repository_id == tag.c.repository_id) & (named.c.digest == tag.c.candidate)
    spoken_of = (subject.c.repository_id == tag.c.repository_id) & (subject.c.digest == named.c.subject)
    itself = named.c.is_evidence.is_(False) & (named.c.state == State.ADMITTED.value)
    its_subject = named.c.is_evidence.is_(True) & exists().where(
        spoken_of, subject.c.state == State.ADMITTED.value
    )
    return tag.c.is_single.is_(True) & exists().where(is_named, itself | its_subject)


def listed(tx: Tx, repository_id: int, page: Page, *, admitted_only: bool) -> list[str]:
    """Names of tags, ASCIIbetically (distribution-spec main, "Listing tags"); keyset paging by name."""
    query = select(tag.c.name).where(tag.c.repository_id == repository_id).order_by(tag.c.name)
    if admitted_only:
        query = query.where(tag.c.admitted.is_not(None) | _one_side_admitted())
    if page.last is not None:
        query = query.where(tag.c.name > page.last)
    if page.limit is not None:
        query = query.limit(page.limit)
    return [str(row[0]) for row in tx.execute(query)]
