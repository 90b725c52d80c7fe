"""The table of trusted keys, and all of its SQL."""

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint, bindparam, delete, func, select

from pratique.clock import Moment
from pratique.db import Id, Row, Statement, Tx, insert_ignore, metadata
from pratique.policy import Party
from pratique.trust.keys import PublicKey, parse_public_key

trusted_key: Final = Table(
    "trusted_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("repositories", Text, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("project_id", "name"),
    # AUTOINCREMENT: ids are never given twice; `version` rests on that.
    sqlite_autoincrement=True,
)

_k = trusted_key.c
_in_project = _k.project_id == bindparam("project_id")
_named = _in_project & (_k.name == bindparam("name"))

_INSERT: Final = Statement(insert_ignore(trusted_key, "project_id", "name", returning=["id"]))
_LIST: Final = Statement(select(trusted_key).where(_in_project).order_by(_k.name))
_GET: Final = Statement(select(trusted_key).where(_named))
_REMOVE: Final = Statement(delete(trusted_key).where(_named))
_REMOVE_ALL: Final = Statement(delete(trusted_key).where(_in_project))
_COUNT: Final = Statement(select(func.count(), func.coalesce(func.max(_k.id), 0)).where(_in_project))


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key that a project believes, as `Party` of its judgements. `creator` is a principal's key."""

    id: int
    project_id: int
    name: str
    public_key: str
    fingerprint: str
    repositories: tuple[str, ...]
    valid_from: Moment | None
    valid_until: Moment | None
    created_at: Moment
    creator: str

    @property
    def party(self) -> Party:
        """What the judge needs to know of it."""
        return Party(
            self.id, self.name, self.fingerprint, self.repositories, self.valid_from, self.valid_until
        )

    @property
    def key(self) -> PublicKey:
        """What verification needs of it."""
        return parse_public_key(self.public_key)


def insert_key(tx: Tx, key: TrustedKey) -> int | None:
    """Write a key, whatever its `id`; the id that it got, or None where the project has one of that name."""
    row = tx.row(
        _INSERT,
        project_id=key.project_id,
        name=key.name,
        public_key=key.public_key,
        fingerprint=key.fingerprint,
        repositories=json.dumps(key.repositories),
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        created_at=key.created_at,
        creator=key.creator,
    )
    return int(row[0]) if row else None


def keys_of(tx: Tx, project_id: int) -> list[TrustedKey]:
    """The keys of a project, by name."""
    return [_key(row) for row in tx.rows(_LIST, project_id=project_id)]


def key_named(tx: Tx, project_id: int, name: str) -> TrustedKey | None:
    """One key, or None."""
    row = tx.row(_GET, project_id=project_id, name=name)
    return _key(row) if row else None


def delete_key(tx: Tx, project_id: int, name: str) -> bool:
    """Whether there was such a key."""
    return tx.change(_REMOVE, project_id=project_id, name=name) > 0


def delete_keys(tx: Tx, project_id: int) -> int:
    """How many keys the project had."""
    return tx.change(_REMOVE_ALL, project_id=project_id)


def count_and_last(tx: Tx, project_id: int) -> tuple[int, int]:
    """How many keys a project has, and the highest id among them (0 without any)."""
    row = tx.row(_COUNT, project_id=project_id)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _key(row: Row) -> TrustedKey:
    number, project_id, name, public_key, fingerprint, repositories, *rest = row
    valid_from, valid_until, created_at, creator = rest
    return TrustedKey(
        id=number,
        project_id=project_id,
        name=name,
        public_key=public_key,
        fingerprint=fingerprint,
        repositories=tuple(json.loads(repositories)),
        valid_from=valid_from,
        valid_until=valid_until,
        created_at=created_at,
        creator=creator,
    )
