"""What projects sign with, and what was signed: the keys, and a row for each signature that the registry wrote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)

from pratique.clock import Moment
from pratique.db import Id, Row, Statement, Tx, insert_ignore, metadata, one_of, upsert
from pratique.oci.digest import Digest

signing_key: Final = Table(
    "signing_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("backend", String(16), nullable=False),
    # What the backend needs to find or open the private half; empty once that is destroyed.
    Column("reference", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    # Of a notation key: its authority, and the chain of certificates, PEM. Else empty.
    Column("authority_reference", Text, nullable=False),
    Column("authority_public_key", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

countersignature: Final = Table(
    "countersignature",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("subject", String(135), nullable=False),
    Column("form", String(16), nullable=False),
    Column("key_id", BigInteger, nullable=False, index=True),
    # The docker-reference of a classic signature; else empty.
    Column("reference", String(512), nullable=False),
    # Tells one statement from the next of the same form: a digest of what it rests on.
    Column("basis", String(135), nullable=False),
    # The referrer that carries it; of a classic signature, which is a layer among others, empty.
    Column("manifest", String(135), nullable=False),
    # Of a classic signature: what is signed and the signature, so that its layer can be told from others'.
    Column("payload", Text, nullable=False),
    Column("signature", Text, nullable=False),
    UniqueConstraint("repository_id", "subject", "form", "key_id", "reference", name="countersignature_once"),
    Index("countersignature_of_reference", "repository_id", "reference"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A row of `signing_key`."""

    id: int
    project_id: int
    kind: str
    state: str
    backend: str
    reference: str
    public_key: str
    fingerprint: str
    authority_reference: str
    authority_public_key: str
    chain: str
    created_at: Moment
    changed_at: Moment


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A row of `countersignature`; `id` 0: not stored yet."""

    id: int
    repository_id: int
    subject: Digest
    form: str
    key_id: int
    reference: str
    basis: str
    manifest: str
    payload: str
    signature: str


_k = signing_key.c
_c = countersignature.c
_KEY_COLUMNS: Final = tuple(signing_key.c)
_COLUMNS: Final = tuple(countersignature.c)
_ABOUT: Final = (_c.repository_id == bindparam("repository_id"), _c.subject == bindparam("subject"))

_INSERT_KEY: Final = Statement(insert_ignore(signing_key, returning=["id"]))
_KEYS: Final = Statement(
    select(*_KEY_COLUMNS).where(_k.project_id == bindparam("project_id")).order_by(_k.id)
)
_KEYS_BY_KIND: Final = Statement(
    select(*_KEY_COLUMNS).where(_k.kind == bindparam("kind"), _k.state == bindparam("state")).order_by(_k.id)
)
_KNOWN: Final = Statement(
    select(_k.id).where(
        (_k.fingerprint == bindparam("fingerprint")) | (_k.authority_public_key == bindparam("public_key"))
    )
)
_SET_STATE: Final = Statement(
    update(signing_key)
    .where(_k.id == bindparam("key"))
    .values(state=bindparam("new_state"), changed_at=bindparam("at"))
)
_SET_LEAF: Final = Statement(
    update(signing_key)
    .where(_k.id == bindparam("key"), _k.chain == bindparam("old_chain"))
    .values(
        reference=bindparam("new_reference"),
        public_key=bindparam("new_public_key"),
        fingerprint=bindparam("new_fingerprint"),
        chain=bindparam("new_chain"),
    )
)
_SET_DESTROYED: Final = Statement(
    update(signing_key).where(_k.id == bindparam("key")).values(reference="", authority_reference="")
)
_END_KEYS: Final = Statement(
    update(signing_key)
    .where(_k.project_id == bindparam("of_project"))
    .values(state=bindparam("new_state"), changed_at=bindparam("at"))
)
_OWN: Final = Statement(select(_k.fingerprint).where(one_of(_k.fingerprint, "fingerprints")))
_PUT: Final = Statement(
    upsert(
        countersignature,
        ("repository_id", "subject", "form", "key_id", "reference"),
        ("basis", "manifest", "payload", "signature"),
    )
)
_ABOUT_SUBJECT: Final = Statement(select(*_COLUMNS).where(*_ABOUT).order_by(_c.id))
_NAMED: Final = Statement(
    select(_c.subject)
    .where(_c.repository_id == bindparam("repository_id"), one_of(_c.reference, "references"))
    .distinct()
)
_REMOVE: Final = Statement(delete(countersignature).where(_c.id == bindparam("row")))
_REMOVE_OF_REPOSITORY: Final = Statement(
    delete(countersignature).where(_c.repository_id == bindparam("repository_id"))
)
_COUNT_OF_KEY: Final = Statement(select(func.count()).where(_c.key_id == bindparam("key")))


def insert_key(tx: Tx, values: dict[str, Any]) -> int | None:
    """Write a key; its number. None: there is one of the same fingerprint."""
    row = tx.row(_INSERT_KEY, **values)
    return None if row is None else int(row[0])


def keys_of(tx: Tx, project_id: int) -> list[StoredKey]:
    """All keys of a project, retired ones too, the oldest first."""
    return [_key(row) for row in tx.rows(_KEYS, project_id=project_id)]


def keys_by_kind(tx: Tx, kind: str, state: str) -> list[StoredKey]:
    """The keys of one kind in one state, of every project."""
    return [_key(row) for row in tx.rows(_KEYS_BY_KIND, kind=kind, state=state)]


def is_known(tx: Tx, fingerprint: str, public_key: str) -> bool:
    """Whether a public key (its fingerprint, its PEM) is one of the registry's own, of any project, of any time."""
    return bool(tx.rows(_KNOWN, fingerprint=fingerprint, public_key=public_key))


def own_among(tx: Tx, fingerprints: Iterable[str]) -> frozenset[str]:
    """Those of the fingerprints that are of the registry's own keys, of any project, of any time."""
    wanted = sorted(fingerprints)
    return frozenset(row[0] for row in tx.rows(_OWN, fingerprints=wanted)) if wanted else frozenset()


def set_state(tx: Tx, key_id: int, state: str, at: Moment) -> None:
    """Note a step of a key's life."""
    tx.change(_SET_STATE, key=key_id, new_state=state, at=at)


def set_leaf(tx: Tx, before: StoredKey, after: StoredKey) -> bool:
    """Put another leaf in place of a notation key's. False: somebody else has done it meanwhile."""
    return (
        tx.change(
            _SET_LEAF,
            key=before.id,
            old_chain=before.chain,
            new_reference=after.reference,
            new_public_key=after.public_key,
            new_fingerprint=after.fingerprint,
            new_chain=after.chain,
        )
        > 0
    )


def forget_private(tx: Tx, key_id: int) -> None:
    """Drop what leads to the private half. The public half stays, so that nobody can have it trusted."""
    tx.change(_SET_DESTROYED, key=key_id)


def end_keys(tx: Tx, project_id: int, state: str, at: Moment) -> None:
    """Put all keys of a project in one state. None of them is dropped: the public halves must stay known."""
    tx.change(_END_KEYS, of_project=project_id, new_state=state, at=at)


def put(tx: Tx, signed: Countersignature) -> None:
    """Note a signature that was written, in place of an older one of the same form, key and reference."""
    values = {column.name: getattr(signed, column.name) for column in _COLUMNS if column.name != "id"}
    tx.change(_PUT, **values)


def about(tx: Tx, repository_id: int, subject: Digest) -> list[Countersignature]:
    """What the registry has signed about an artifact."""
    rows = tx.rows(_ABOUT_SUBJECT, repository_id=repository_id, subject=subject)
    return [Countersignature(*row) for row in rows]


def subjects_named(tx: Tx, repository_id: int, references: Sequence[str]) -> list[Digest]:
    """The artifacts of a repository that have a classic signature for one of these docker-references."""
    rows = tx.rows(_NAMED, repository_id=repository_id, references=references)
    return [Digest(row[0]) for row in rows]


def remove(tx: Tx, row_id: int) -> None:
    """Forget a signature that was taken away."""
    tx.change(_REMOVE, row=row_id)


def remove_of_repository(tx: Tx, repository_id: int) -> None:
    """Forget what was signed in a repository that is gone."""
    tx.change(_REMOVE_OF_REPOSITORY, repository_id=repository_id)


def count_of_key(tx: Tx, key_id: int) -> int:
    """How many signatures of a key there are."""
    row = tx.row(_COUNT_OF_KEY, key=key_id)
    return int(row[0]) if row else 0


def _key(row: Row) -> StoredKey:
    return StoredKey(*row)
