"""Passwords of people: argon2id (RFC 9106), in a small limiter of their own.

A wrong password and an unknown account cost the same: where there is nothing to compare with, the presented
password is verified against the hash of a random one (`Passwords.matches` with None).
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from pratique.errors import Unavailable
from pratique.identity.rules import PASSWORD_LONGEST, check_password
from pratique.identity.settings import HashingSettings

PasswordHash = NewType("PasswordHash", str)
"""A hash in the PHC string format, made by `Passwords.seal`: the only form in which stores take a
password."""

_BUSY: Final = "Too many passwords are being checked at the moment; try again in a few seconds."


class Limiter:
    """At most `width` at once; who waits longer than `patience` seconds gets errors.Unavailable."""

    def __init__(self, name: str, *, width: int, patience: float) -> None:
        self.name = name
        self._turns = threading.BoundedSemaphore(width)
        self._patience = patience

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the places."""
        if not self._turns.acquire(timeout=self._patience):
            raise Unavailable(_BUSY)
        try:
            yield
        finally:
            self._turns.release()


class Passwords:
    """Hashes and verifies, in tens of milliseconds and after waiting its turn: never in a transaction."""

    def __init__(self, settings: HashingSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.passes,
            memory_cost=settings.memory,
            parallelism=settings.lanes,
            type=Type.ID,
        )
        self._limiter = Limiter("passwords", width=settings.width, patience=settings.patience)
        self._nobodys = self._hash(secrets.token_urlsafe(32))
        self.verified = 0
        """How many verifications were made, against real hashes or nobody's."""

    def seal(self, password: str) -> PasswordHash:
        """The hash to store. Raises BadRequest when the password breaks the rule (`rules.check_password`)."""
        check_password(password)
        return self._hash(password)

    def rehash(self, password: str) -> PasswordHash:
        """The hash of a password that was verified just now, under today's parameters."""
        return self._hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether `stored` was made of `password`; None means that there is none, and costs the same."""
        if len(password) > PASSWORD_LONGEST:
            stored, password = None, ""
        with self._limiter.turn():
            self.verified += 1
            try:
                self._hasher.verify(stored or self._nobodys, password)
            except (VerificationError, InvalidHashError, UnicodeEncodeError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's, so that it should be made again."""
        return self._hasher.check_needs_rehash(stored)

    def _hash(self, password: str) -> PasswordHash:
        with self._limiter.turn():
            return PasswordHash(self._hasher.hash(password))
