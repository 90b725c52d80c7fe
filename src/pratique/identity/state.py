"""What this process knows about accounts: generation, whether disabled, when it ends.

A warm request asks here and not the database, so what is held must be dropped before a change of the account
can be seen by anybody: whoever serves from it first compares `Database.changed()` with the number he has
followed up to and hands what moved to `forget`. A state that was read while something was forgotten is used
once and not held.
"""

import threading
from dataclasses import dataclass
from typing import Final

from pratique.access import Kind, Principal
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.identity.store import accounts as store

HELD_ACCOUNTS: Final = 50_000
"""Accounts held at most; the one that was read first goes first."""

_SCOPE: Final = "account:"


def scope_of(key: str) -> str:
    """The scope that a commit touches when it changes the account `key` (`user:1`)."""
    return _SCOPE + key


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as the database has it."""

    principal: Principal
    credential: int
    disabled: bool
    expires_at: Moment | None

    def is_live(self, now: Moment) -> bool:
        """Whether the account may do anything at `now`."""
        return not self.disabled and (self.expires_at is None or now < self.expires_at)


class AccountStates:
    """Reads accounts of a transaction by their key."""

    def __init__(self, robot_prefix: str) -> None:
        self._robot_prefix = robot_prefix

    def read(self, tx: Tx, key: str) -> AccountState | None:
        """The account `key`, or None when there is none (any more)."""
        kind, _, number = key.partition(":")
        if not number.isdecimal():
            return None
        if kind == Kind.USER:
            return self._user(tx, int(number))
        if kind == Kind.ROBOT:
            return self._robot(tx, int(number))
        return None

    def _user(self, tx: Tx, number: int) -> AccountState | None:
        row = tx.row(store.USER_STATE, number=number)
        if row is None:
            return None
        name, generation, credential, is_admin, disabled = row
        principal = Principal(Kind.USER, number, name, generation, is_admin=bool(is_admin))
        return AccountState(principal, credential, bool(disabled), None)

    def _robot(self, tx: Tx, number: int) -> AccountState | None:
        row = tx.row(store.ROBOT_STATE, number=number)
        if row is None:
            return None
        login, generation, credential, disabled, expires_at = row
        principal = Principal(Kind.ROBOT, number, self._robot_prefix + login, generation)
        return AccountState(principal, credential, bool(disabled), expires_at)


class AccountCache:
    """The states held in this process. Looking one up that is held takes no lock and no I/O."""

    def __init__(self, database: Database, states: AccountStates, clock: Clock) -> None:
        self._database = database
        self._states = states
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, AccountState] = {}
        self._forgotten = 0

    def held(self, key: str) -> AccountState | None:
        """The state when it is held; None says nothing about the account. Never any I/O."""
        return self._held.get(key)

    def state(self, key: str) -> AccountState | None:
        """The account, read when it is not held; None when there is none."""
        held = self._held.get(key)
        if held is not None:
            return held
        before = self._forgotten
        with self._database.read() as tx:
            state = self._states.read(tx, key)
        if state is not None:
            self._hold(key, state, before)
        return state

    def principal(self, key: str) -> Principal | None:
        """The account when it may do anything now."""
        state = self.state(key)
        return state.principal if state is not None and state.is_live(self._clock.now()) else None

    def is_current(self, principal: Principal, state: AccountState | None) -> bool:
        """Whether `principal` is still what `state` says: there, unchanged, not disabled, not expired."""
        return (
            state is not None
            and state.principal.generation == principal.generation
            and state.is_live(self._clock.now())
        )

    def forget(self, scopes: frozenset[str] | None) -> None:
        """Drop what `scopes` name (`account:user:1`); None: everything."""
        with self._lock:
            if scopes is None:
                self._forgotten += 1
                self._held = {}
                return
            keys = [scope.removeprefix(_SCOPE) for scope in scopes if scope.startswith(_SCOPE)]
            if keys:
                self._forgotten += 1
            for key in keys:
                self._held.pop(key, None)

    def _hold(self, key: str, state: AccountState, before: int) -> None:
        with self._lock:
            if self._forgotten != before:
                return
            while len(self._held) >= HELD_ACCOUNTS:
                del self._held[next(iter(self._held))]
            self._held[key] = state
