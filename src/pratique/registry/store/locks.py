"""The lock of a digest: whoever publishes, restores or throws away the bytes of one digest takes turns.

On SQLite the single writer is that lock, for other processes too. On PostgreSQL it is an advisory lock of the
transaction, so that it holds for a digest that has no row yet or no longer.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import BigInteger, bindparam, func, select

from pratique.db import Statement, Tx
from pratique.oci.digest import Digest, encoded_of

_LOCK: Final = Statement(select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger))))
_KEY_DIGITS: Final = 16
_QUOTA: Final = 0x71756F74 << 32
"""Keys of projects' quotas: "quot", then the project. No digest can be made to have one: that takes 2^64 tries."""


def hold_digests(tx: Tx, digests: Iterable[Digest]) -> None:
    """Hold the locks of digests until the transaction ends; always in one order, so that nobody waits in a ring."""
    if tx.dialect == "postgresql":
        for key in sorted({_key(digest) for digest in digests}):
            tx.rows(_LOCK, key=key)


def hold_quota(tx: Tx, project_id: int) -> None:
    """Hold a project's quota until the transaction ends, so that two pushes don't both take what is left."""
    if tx.dialect == "postgresql":
        tx.rows(_LOCK, key=_QUOTA | project_id & 0xFFFFFFFF)


def _key(digest: Digest) -> int:
    """The first 64 bits of the hash, as PostgreSQL's signed bigint."""
    return int.from_bytes(bytes.fromhex(encoded_of(digest)[:_KEY_DIGITS]), signed=True)
