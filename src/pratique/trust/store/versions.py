"""Which trust holds: a number per project and one for the system, raised by every change in its own transaction."""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from pratique import db
from pratique.db import Statement, Tx
from pratique.trust.store.tables import SYSTEM, trust_version


@dataclass(frozen=True, slots=True)
class Version:
    """Equal versions are the same trust. `epoch`: later trust never has a smaller one."""

    epoch: int
    nonces: tuple[str, str]


_READ: Final = Statement(
    select(trust_version.c.scope, trust_version.c.version, trust_version.c.nonce).where(
        trust_version.c.scope.in_([bindparam("project_id"), SYSTEM])
    )
)
_HIGHEST: Final = Statement(select(func.coalesce(func.max(trust_version.c.version), 0)))
_PUT: Final = Statement(db.upsert(trust_version, ("scope",), ("version", "nonce")))
_DROP: Final = Statement(delete(trust_version).where(trust_version.c.scope == bindparam("scope")))


def version_of(tx: Tx, project_id: int) -> Version:
    """The version of a project's trust, of which the system's is a part."""
    found = {
        int(scope): (int(number), nonce) for scope, number, nonce in tx.rows(_READ, project_id=project_id)
    }
    own, system = found.get(project_id, (0, "")), found.get(SYSTEM, (0, ""))
    return Version(max(own[0], system[0]), (own[1], system[1]))


def raise_version(tx: Tx, scope: int) -> int:
    """Count a change, above every number given so far; the new epoch.

    Two projects may get the same number at once. The system never gets a project's: whoever changes what counts
    everywhere holds a lock that keeps all others waiting (`admission.store.lock_system`).
    """
    row = tx.row(_HIGHEST)
    version = 1 + (int(row[0]) if row else 0)
    tx.change(_PUT, scope=scope, version=version, nonce=secrets.token_hex(16))
    return version


def drop_version(tx: Tx, project_id: int) -> None:
    """Forget a deleted project's number."""
    tx.change(_DROP, scope=project_id)
