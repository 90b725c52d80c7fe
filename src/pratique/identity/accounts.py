"""Who is it? Names and passwords, of people and robots, and the generation of every account.

Whoever is refused learns nothing: the same message, and the same work whether the account is unknown,
disabled, expired, or the password wrong. What a password costs to check depends on the password alone: one in
the form of a minted secret is compared with a SHA-256, any other is verified against an argon2id hash,
nobody's if need be.
"""

import hmac
import threading
from contextlib import suppress
from typing import Final

from pratique import events
from pratique.access import SYSTEM, Kind, Principal
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import Unauthenticated, Unavailable
from pratique.identity import machine
from pratique.identity.passwords import PasswordHash, Passwords
from pratique.identity.remembered import RememberedPairs
from pratique.identity.rules import NAME_LIMIT, can_be_asked_for
from pratique.identity.settings import RememberSettings, RobotSettings, ThrottleSettings
from pratique.identity.state import AccountCache, AccountState, AccountStates, scope_of
from pratique.identity.store import accounts as store
from pratique.identity.store import users
from pratique.identity.throttle import Throttle
from pratique.jobs import publish

REFUSED: Final = "the user name or password is wrong"
"""Every refusal says this and no more."""

_TURNS: Final = 64


class Accounts:
    """Authenticates, and knows the generation of every account.

    It holds throttling, remembered pairs and states of accounts in the memory of this process; `forget` must
    be told what commits touch (`state.AccountCache`).
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        clock: Clock,
        *,
        robots: RobotSettings,
        throttle: ThrottleSettings,
        remember: RememberSettings,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._robot_prefix = robots.prefix
        self._states = AccountStates(robots.prefix)
        self._cache = AccountCache(database, self._states, clock)
        self._remembered = RememberedPairs(remember, clock)
        self._throttle = Throttle(throttle, clock, self._tell_throttled)
        # Requests that arrive at once with one pair wait for the first to verify it, then find it remembered.
        self._turns = tuple(threading.Lock() for _ in range(_TURNS))

    def authenticate(self, username: str, password: str, source: str | None = None) -> Principal:
        """Whose name and password these are; `source` is the address that they came from.

        Blocks: it reads the database and hashes. Not to be called in a transaction. Raises Unauthenticated,
        always with the same message, TooManyAttempts, and Unavailable when too many are being hashed.
        """
        pair = self._remembered.fingerprint(username, password)
        known = self._recall(pair)
        if known is not None:
            return known
        with self._turns[pair[0] % _TURNS]:
            known = self._recall(pair)
            if known is not None:
                return known
            with self._throttle.attempt(username, source):
                principal = self._verify(username, password)
            if self.is_current(principal):  # also reads its state, so that `recall` finds it held
                self._remembered.keep(pair, principal)
            return principal

    def recall(self, username: str, password: str) -> Principal | None:
        """Whose pair this is, when that was verified lately and is held; never any I/O. None says nothing."""
        pair = self._remembered.fingerprint(username, password)
        principal = self._remembered.find(pair)
        if principal is None or not self._cache.is_current(principal, self._cache.held(principal.key)):
            return None
        return principal

    def principal(self, key: str) -> Principal | None:
        """The account `key` (`user:1`) as it is now; None when it is gone, disabled or expired."""
        return self._cache.principal(key)

    def is_current(self, principal: Principal) -> bool:
        """Whether the account is unchanged since `principal` was looked up, and may still do anything."""
        return self._cache.is_current(principal, self._cache.state(principal.key))

    def is_held_current(self, principal: Principal) -> bool | None:
        """As `is_current`, without any I/O: None when the account is not held."""
        held = self._cache.held(principal.key)
        return None if held is None else self._cache.is_current(principal, held)

    def state(self, tx: Tx, key: str) -> AccountState | None:
        """The account as `tx` sees it."""
        return self._states.read(tx, key)

    def generation(self, tx: Tx, key: str) -> int | None:
        """The account's generation as `tx` sees it; None when there is no such account."""
        state = self._states.read(tx, key)
        return None if state is None else state.principal.generation

    def bump(self, tx: Tx, key: str) -> None:
        """Raise the generation: what the account is or may do changes with this commit."""
        bump(tx, key)

    def forget(self, scopes: frozenset[str] | None) -> None:
        """Drop what commits have touched (`account:user:1`); None: everything."""
        self._cache.forget(scopes)

    # --- verifying ------------------------------------------------------------------------------------------

    def _recall(self, pair: bytes) -> Principal | None:
        principal = self._remembered.find(pair)
        if principal is None:
            return None
        if self.is_current(principal):
            return principal
        self._remembered.drop(pair)
        return None

    def _verify(self, username: str, password: str) -> Principal:
        if username.startswith(self._robot_prefix):
            return self._verify_robot(username, password)
        return self._verify_user(username, password)

    def _verify_user(self, username: str, password: str) -> Principal:
        row = None
        if can_be_asked_for(username):
            with self._database.read() as tx:
                row = tx.row(store.USER_BY_NAME, login=username)
        number, stored, generation, is_admin = row or (0, None, 0, False)
        if not self._passwords.matches(stored, password):
            raise Unauthenticated(REFUSED)
        if self._passwords.is_outdated(stored):
            self._hash_again(number, stored, password)
        return Principal(Kind.USER, number, username, generation, is_admin=bool(is_admin))

    def _verify_robot(self, username: str, secret: str) -> Principal:
        row = None
        if can_be_asked_for(username):
            with self._database.read() as tx:
                row = tx.row(store.ROBOT_BY_LOGIN, login=username.removeprefix(self._robot_prefix))
        number, stored, generation, expires_at = row or (0, "", 0, 0)
        alive = expires_at is None or self._clock.now() < expires_at
        if not self._is_secret(stored if alive else "", secret):
            raise Unauthenticated(REFUSED)
        return Principal(Kind.ROBOT, number, username, generation)

    def _is_secret(self, stored: str, secret: str) -> bool:
        if machine.is_well_formed(machine.ROBOT_SECRET, secret):
            return hmac.compare_digest(stored.encode(), machine.fingerprint(secret).encode())
        return self._passwords.matches(stored if stored.startswith("$argon2") else None, secret)

    def _hash_again(self, number: int, stored: str, password: str) -> None:
        """Store the password under today's parameters. The account is what it was: nothing ends."""
        renewed = self._passwords.rehash(password)
        with suppress(Unavailable):  # a read-only database is no reason to refuse a right password
            self._database.write(
                lambda tx: tx.change(
                    users.REHASH_USER_PASSWORD, number=number, former=stored, password=renewed
                )
            )

    def _tell_throttled(self, account: str, source: str | None) -> None:
        name = "".join(filter(str.isprintable, account))[:NAME_LIMIT]  # whatever somebody typed
        fact = events.LoginsThrottled(actor=SYSTEM.name, username=name, address=source or "")
        with suppress(Unavailable):  # wrong stays wrong while the database is read-only
            self._database.write(lambda tx: publish(tx, fact))


def bump(tx: Tx, key: str, *, ends_credentials: bool = False) -> None:
    """Raise the generation of the account `key` and tell every process.

    `ends_credentials` ends its refresh tokens too.
    """
    kind, _, number = key.partition(":")
    is_user = kind == Kind.USER
    tx.change(store.BUMP_USER if is_user else store.BUMP_ROBOT, number=int(number))
    if ends_credentials:
        ending = store.END_CREDENTIALS_OF_USER if is_user else store.END_CREDENTIALS_OF_ROBOT
        tx.change(ending, number=int(number))
        tx.change(store.REVOKE_REFRESH_TOKENS_OF, account=key)
    tx.touch(scope_of(key))


def seal_secret(passwords: Passwords, secret: str) -> PasswordHash:
    """What to store of a robot's secret that somebody chose himself.

    Raises BadRequest when it breaks the rule for passwords.
    """
    if machine.is_well_formed(machine.ROBOT_SECRET, secret):
        return PasswordHash(machine.fingerprint(secret))
    return passwords.seal(secret)
