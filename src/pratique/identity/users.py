"""People: local accounts, by Harbor's rules.

Methods that change something take the transaction and who does it; the change, its event and its generation
commit together. Passwords come sealed (`Passwords.seal`), since nothing is hashed inside a transaction.
"""

from dataclasses import dataclass
from typing import Any, Final

from pratique import events
from pratique.access import Kind, Principal
from pratique.clock import Clock, Moment
from pratique.db import Row, Tx, UniqueViolation
from pratique.errors import BadRequest, Conflict, Forbidden, NotFound
from pratique.identity.accounts import bump
from pratique.identity.listing import Listing
from pratique.identity.passwords import PasswordHash, Passwords
from pratique.identity.rules import COMMENT_LIMIT, NAME_LIMIT, check_email, check_line, check_username
from pratique.identity.settings import RobotSettings
from pratique.identity.store import users as store
from pratique.identity.store.paging import page_of
from pratique.jobs import publish

FIRST_USER: Final = 1
"""The administrator made at the first start; can't be deleted, disabled, or stripped of his rights."""


@dataclass(frozen=True, slots=True)
class User:
    """A person's account. `email` is empty where there is none."""

    id: int
    username: str
    email: str
    realname: str
    comment: str
    is_admin: bool
    disabled: bool
    created_at: Moment
    updated_at: Moment

    @property
    def key(self) -> str:
        """`user:1`."""
        return f"{Kind.USER}:{self.id}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person may change about himself."""

    email: str
    realname: str
    comment: str = ""

    def check(self) -> None:
        """Raise BadRequest when a field breaks its rule."""
        if self.email:
            check_email(self.email)
        check_line("the real name", self.realname, limit=NAME_LIMIT)
        check_line("the comment", self.comment, limit=COMMENT_LIMIT)


class Users:
    """The accounts of people."""

    def __init__(self, clock: Clock, robots: RobotSettings) -> None:
        self._clock = clock
        self._robot_prefix = robots.prefix

    # --- looking up -----------------------------------------------------------------------------------------

    def by_id(self, tx: Tx, number: int) -> User | None:
        """The user of this number, unless deleted."""
        row = tx.row(store.USER, number=number)
        return None if row is None else _user(row)

    def by_name(self, tx: Tx, username: str) -> User | None:
        """The user of this name, unless deleted."""
        row = tx.row(store.USER_NAMED, login=username)
        return None if row is None else _user(row)

    def get(self, tx: Tx, number: int) -> User:
        """As `by_id`. Raises NotFound."""
        user = self.by_id(tx, number)
        if user is None:
            raise NotFound(f"there is no user {number}")
        return user

    def first_admin(self, tx: Tx) -> User | None:
        """The administrator of the lowest number: the owner of what system robots create."""
        row = tx.row(store.FIRST_ADMIN)
        return None if row is None or row[0] is None else self.by_id(tx, row[0])

    def list(self, tx: Tx, listing: Listing) -> tuple[list[User], int]:
        """A page of users, and how many there are on all pages. Fields: `store.USER_FIELDS`."""
        rows, total = page_of(tx, store.LIVING_USERS, store.LIVING_USER_COUNT, listing, store.USER_FIELDS)
        return [_user(row) for row in rows], total

    def password_of(self, tx: Tx, number: int) -> PasswordHash:
        """The stored hash, for `agree_on_password`. Raises NotFound."""
        row = tx.row(store.USER_PASSWORD, number=number)
        if row is None:
            raise NotFound(f"there is no user {number}")
        return PasswordHash(row[0])

    # --- changing -------------------------------------------------------------------------------------------

    def create(
        self,
        tx: Tx,
        username: str,
        password: PasswordHash,
        profile: Profile,
        *,
        by: Principal,
        is_admin: bool = False,
    ) -> User:
        """A new user. Raises BadRequest, and Conflict when the name or the e-mail address is taken."""
        check_username(username, robot_prefix=self._robot_prefix)
        profile.check()
        now = self._clock.now()
        row = _add(
            tx,
            {
                **_columns_of(profile),
                "username": username,
                "password": password,
                "is_admin": is_admin,
                "disabled": False,
                "deleted": False,
                "generation": 1,
                "credential": 1,
                "created_at": now,
                "updated_at": now,
            },
        )
        user = self.get(tx, row[0])
        publish(
            tx,
            events.UserCreated(actor=by.name, user_id=user.id, username=username, is_admin=is_admin),
        )
        return user

    def edit(self, tx: Tx, number: int, profile: Profile, *, by: Principal) -> User:
        """Change the profile. Raises NotFound, BadRequest, and Conflict when the e-mail address is taken."""
        profile.check()
        before = self.get(tx, number)
        try:
            tx.change(store.EDIT_USER, number=number, updated_at=self._clock.now(), **_columns_of(profile))
        except UniqueViolation as error:
            raise Conflict(f"the e-mail address {profile.email} is another user's") from error
        return self._changed(tx, before, by)

    def set_admin(self, tx: Tx, number: int, is_admin: bool, *, by: Principal) -> User:
        """Make somebody a system administrator, or no longer; Forbidden for the first. Raises NotFound."""
        before = self.get(tx, number)
        if not is_admin:
            _refuse_first(number, "the first administrator stays one")
        tx.change(store.SET_USER_ADMIN, number=number, is_admin=is_admin, updated_at=self._clock.now())
        bump(tx, before.key)
        return self._changed(tx, before, by)

    def set_disabled(self, tx: Tx, number: int, disabled: bool, *, by: Principal) -> User:
        """Lock somebody out, or let him in again; every token of his ends, refresh tokens too.

        Raises NotFound, and Forbidden for the first user.
        """
        before = self.get(tx, number)
        if disabled:
            _refuse_first(number, "the first administrator can't be disabled")
        tx.change(store.SET_USER_DISABLED, number=number, disabled=disabled, updated_at=self._clock.now())
        bump(tx, before.key, ends_credentials=True)
        return self._changed(tx, before, by)

    def change_password(
        self, tx: Tx, number: int, password: PasswordHash, *, former: PasswordHash | None, by: Principal
    ) -> None:
        """Set a new password; every token of the account ends, refresh tokens too.

        `former` is the hash that `agree_on_password` saw (None: set it whatever it was). Raises NotFound, and
        Conflict when the password was changed meanwhile.
        """
        user = self.get(tx, number)
        if former is not None and self.password_of(tx, number) != former:
            raise Conflict("the password was changed by somebody else at the same moment; try again")
        tx.change(store.SET_USER_PASSWORD, number=number, password=password, updated_at=self._clock.now())
        bump(tx, user.key, ends_credentials=True)
        publish(tx, events.UserPasswordChanged(actor=by.name, user_id=number, username=user.username))

    def delete(self, tx: Tx, number: int, *, by: Principal) -> None:
        """Delete somebody. His row stays for what refers to it; his name becomes free by being `name#id`.

        Raises NotFound, and Forbidden for the first user and for who asks.
        """
        _refuse_first(number, "the first administrator can't be deleted")
        user = self.get(tx, number)
        if by.key == user.key:
            raise Forbidden("nobody can delete his own account; ask another administrator")
        tx.change(
            store.DELETE_USER,
            number=number,
            username=f"{user.username}#{number}",
            updated_at=self._clock.now(),
        )
        bump(tx, user.key, ends_credentials=True)
        publish(tx, events.UserDeleted(actor=by.name, user_id=number, username=user.username))

    def _changed(self, tx: Tx, before: User, by: Principal) -> User:
        after = self.get(tx, before.id)
        was, is_now = _difference(before, after)
        if was or is_now:
            publish(
                tx,
                events.UserUpdated(
                    actor=by.name, user_id=after.id, username=after.username, before=was, after=is_now
                ),
            )
        return after


def agree_on_password(
    passwords: Passwords, former: PasswordHash, new: str, *, old: str | None
) -> PasswordHash:
    """The hash of a new password. Hashes: call it outside of transactions.

    `old` is what somebody who changes his own says it was; None where an administrator changes somebody
    else's. Raises Forbidden when it is wrong, BadRequest when the new one breaks the rule or is the old one.
    """
    if old is not None and not passwords.matches(former, old):
        raise Forbidden("the old password is wrong")
    sealed = passwords.seal(new)
    if passwords.matches(former, new):
        raise BadRequest("the new password is the old one; choose another")
    return sealed


def _refuse_first(number: int, why: str) -> None:
    if number == FIRST_USER:
        raise Forbidden(why)


def _add(tx: Tx, columns: dict[str, Any]) -> Row:
    try:
        row = tx.row(store.ADD_USER, **columns)
    except UniqueViolation as error:
        field = "e-mail address" if "email" in error.constraint else "user name"
        raise Conflict(f"a user with this {field} exists already") from error
    if row is None:
        raise RuntimeError("an INSERT with RETURNING gave no row")
    return row


def _columns_of(profile: Profile) -> dict[str, Any]:
    return {"email": profile.email or None, "realname": profile.realname, "comment": profile.comment}


def _difference(before: User, after: User) -> tuple[dict[str, Any], dict[str, Any]]:
    fields = ("email", "realname", "comment", "is_admin", "disabled")
    changed = [name for name in fields if getattr(before, name) != getattr(after, name)]
    return (
        {name: getattr(before, name) for name in changed},
        {name: getattr(after, name) for name in changed},
    )


def _user(row: Row) -> User:
    number, username, email, realname, comment, is_admin, disabled, created_at, updated_at = row
    return User(
        id=number,
        username=username,
        email=email or "",
        realname=realname,
        comment=comment,
        is_admin=bool(is_admin),
        disabled=bool(disabled),
        created_at=created_at,
        updated_at=updated_at,
    )
