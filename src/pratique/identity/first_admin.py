"""The first administrator: `admin`, user 1, as in Harbor."""

import secrets
from typing import Final

from pratique.access import SYSTEM
from pratique.db import Database, Tx
from pratique.identity.passwords import Passwords
from pratique.identity.store import users as store
from pratique.identity.users import FIRST_USER, Profile, Users

ADMIN: Final = "admin"

_RANDOM_BYTES: Final = 15


def ensure_admin(database: Database, users: Users, passwords: Passwords, password: str | None) -> str | None:
    """Make `admin` where there is no user at all. Returns the password when it was made up here.

    `password` is the operator's choice; it is ignored once there are users. Raises BadRequest when it breaks
    the rule. Two processes that start at once make one administrator: the second finds him, and returns None.
    """
    with database.read() as tx:
        if tx.row(store.ANY_USER) != (0,):
            return None
    chosen = password or _made_up()
    sealed = passwords.seal(chosen)

    def make(tx: Tx) -> bool:
        if tx.row(store.ANY_USER) != (0,):
            return False
        user = users.create(
            tx,
            ADMIN,
            sealed,
            Profile("", "system admin", "the first administrator"),
            by=SYSTEM,
            is_admin=True,
        )
        if user.id != FIRST_USER:
            raise RuntimeError(f"the first user got number {user.id}")
        return True

    made = database.write(make)
    return chosen if made and password is None else None


def _made_up() -> str:
    """A password of 120 random bits that satisfies the rule."""
    return f"Aa1{secrets.token_urlsafe(_RANDOM_BYTES)}"
