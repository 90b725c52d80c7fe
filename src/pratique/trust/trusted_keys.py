"""Whose word a project takes: its trusted keys, within limits.

Nothing is announced here: removing a key or adding one narrows or widens what is let out, so admission does both in
the transaction that changes the verdicts, and publishes it there.
"""

import re
from collections.abc import Sequence
from typing import Final

from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.policy import check_pattern
from pratique.policy.patterns import EVERYTHING
from pratique.trust.keys import parse_public_key
from pratique.trust.store import (
    TrustedKey,
    count_and_last,
    delete_key,
    delete_keys,
    insert_key,
    key_named,
    keys_of,
)

KEYS_LIMIT: Final = 100
"""Keys of one project: each signature may have to be tried with all of them."""
PATTERNS_LIMIT: Final = 50
"""Repository patterns of one key."""
NAME_LIMIT: Final = 128
"""Characters of a key's name."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class TrustedKeys:
    """The trusted keys of projects. Keys are added and removed, never changed: what is new has a new id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def add(
        self,
        tx: Tx,
        project_id: int,
        name: str,
        pem: str | bytes,
        repositories: Sequence[str] = (EVERYTHING,),
        valid_from: Moment | None = None,
        valid_until: Moment | None = None,
        creator: str = "",
    ) -> TrustedKey:
        """The key as it was stored.

        Raises BadRequest where the key, its name, patterns or dates make no sense or a limit is reached, Conflict
        where the project has a key of this name. The same key may stand under several names with different reach.
        """
        public_key = parse_public_key(pem)
        key = TrustedKey(
            id=0,
            project_id=project_id,
            name=_checked_name(name),
            public_key=public_key.pem,
            fingerprint=public_key.fingerprint,
            repositories=_checked_patterns(repositories),
            valid_from=valid_from,
            valid_until=valid_until,
            created_at=self._clock.now(),
            creator=creator,
        )
        if valid_from is not None and valid_until is not None and valid_until <= valid_from:
            raise BadRequest("valid_until is not after valid_from: the key would never count")
        if count_and_last(tx, project_id)[0] >= KEYS_LIMIT:
            raise BadRequest(f"a project has at most {KEYS_LIMIT} trusted keys: remove one first")
        if insert_key(tx, key) is None:
            raise Conflict(
                f"the project has a trusted key {name} already: remove it first, or choose another name"
            )
        return self.get(tx, project_id, name)

    def list(self, tx: Tx, project_id: int) -> list[TrustedKey]:
        """The keys of a project, by name; those too whose dates have passed or are to come."""
        return keys_of(tx, project_id)

    def get(self, tx: Tx, project_id: int, name: str) -> TrustedKey:
        """One key. Raises NotFound."""
        key = key_named(tx, project_id, name)
        if key is None:
            raise NotFound(f"the project has no trusted key {name[:NAME_LIMIT]!r}")
        return key

    def remove(self, tx: Tx, project_id: int, name: str) -> TrustedKey:
        """The key that is trusted no more from this transaction on. Raises NotFound."""
        key = self.get(tx, project_id, name)
        delete_key(tx, project_id, name)
        return key

    def remove_all(self, tx: Tx, project_id: int) -> int:
        """Forget the keys of a project that is deleted; how many there were."""
        return delete_keys(tx, project_id)

    def version(self, tx: Tx, project_id: int) -> str:
        """A text that is equal at two moments exactly when the project trusts the same keys at both.

        Keys never change and ids are never given twice. So the keys of a later moment with the same highest id were all
        there at the earlier one, and with the same number none is missing.
        """
        count, last = count_and_last(tx, project_id)
        return f"{last}-{count}"


def _checked_name(name: str) -> str:
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name[:NAME_LIMIT]!r} is not a name for a key: letters, digits, '.', '_' and '-', starting with a letter "
            f"or digit, {NAME_LIMIT} characters at most"
        )
    return name


def _checked_patterns(repositories: Sequence[str]) -> tuple[str, ...]:
    if isinstance(repositories, str) or not 1 <= len(repositories) <= PATTERNS_LIMIT:
        raise BadRequest(f"repositories is a list of 1 to {PATTERNS_LIMIT} patterns, as in [{EVERYTHING!r}]")
    return tuple(dict.fromkeys(check_pattern(pattern) for pattern in repositories))
