"""Refresh tokens: what clients of the OAuth2 flow keep instead of a password.

Random, stored hashed, with an end; listed and revocable one by one. They are bound to the account's
credential, so a new password, a new secret or disabling ends them; a new role does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pratique import events
from pratique.access import Principal
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Tx
from pratique.errors import NotFound, Unauthenticated
from pratique.identity import machine
from pratique.identity.settings import TokenSettings
from pratique.identity.state import AccountState
from pratique.identity.store import refresh_tokens as store
from pratique.jobs import publish

PER_ACCOUNT: Final = 100
"""Refresh tokens of one account at most; a further one ends the oldest. docker asks for one at every
login."""

CLIENT_LIMIT: Final = 255

_REFUSED: Final = "the refresh token is not valid or has ended; log in again"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it is listed; the token itself is nowhere."""

    id: int
    client: str
    created_at: Moment
    expires_at: Moment


class RefreshTokens:
    """Issues, redeems, lists and revokes. `state_of` is `Accounts.state`."""

    def __init__(
        self, clock: Clock, settings: TokenSettings, state_of: Callable[[Tx, str], AccountState | None]
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._state_of = state_of

    def issue(self, tx: Tx, principal: Principal, *, client: str = "", service: str = "") -> str:
        """A new token for `principal`, who has just shown his password.

        Raises Unauthenticated when the account has changed since.
        """
        state = self._state_of(tx, principal.key)
        now = self._clock.now()
        if state is None or not state.is_live(now) or state.principal.generation != principal.generation:
            raise Unauthenticated(_REFUSED)
        token = machine.mint(machine.REFRESH_TOKEN)
        row = tx.row(
            store.ADD_REFRESH_TOKEN,
            fingerprint=machine.fingerprint(token),
            account=principal.key,
            credential=state.credential,
            client=_printable(client),
            created_at=now,
            expires_at=now + self._settings.refresh_lifetime * SECOND,
        )
        if row is None:
            raise RuntimeError("an INSERT with RETURNING gave no row")
        tx.change(store.OLDEST_REFRESH_TOKENS_BUT, account=principal.key, keep=PER_ACCOUNT)
        publish(
            tx,
            events.RefreshTokenIssued(
                actor=principal.name,
                account=principal.key,
                token_id=row[0],
                client=_printable(client),
                service=_printable(service),
            ),
        )
        return token

    def redeem(self, tx: Tx, token: str) -> Principal:
        """Whose token it is, as the account is now. Raises Unauthenticated, always with the same message."""
        if not machine.is_well_formed(machine.REFRESH_TOKEN, token):
            raise Unauthenticated(_REFUSED)
        row = tx.row(store.REFRESH_TOKEN, fingerprint=machine.fingerprint(token))
        if row is None:
            raise Unauthenticated(_REFUSED)
        account, credential, expires_at = row
        now = self._clock.now()
        state = self._state_of(tx, account)
        if state is None or not state.is_live(now) or state.credential != credential or now >= expires_at:
            raise Unauthenticated(_REFUSED)
        return state.principal

    def list(self, tx: Tx, key: str) -> list[RefreshToken]:
        """The tokens of the account `key` that can be redeemed now, the oldest first."""
        state = self._state_of(tx, key)
        if state is None:
            return []
        rows = tx.rows(
            store.REFRESH_TOKENS_OF, account=key, credential=state.credential, now=self._clock.now()
        )
        return [RefreshToken(*row) for row in rows]

    def revoke(self, tx: Tx, key: str, number: int, *, by: Principal) -> None:
        """End a token of the account `key`. Raises NotFound."""
        if not tx.change(store.REVOKE_REFRESH_TOKEN, account=key, number=number):
            raise NotFound(f"there is no refresh token {number} of this account")
        publish(tx, events.RefreshTokenRevoked(actor=by.name, account=key, token_id=number))

    def remove_expired(self, tx: Tx) -> int:
        """Delete what has ended; how many. For a job, now and then."""
        return tx.change(store.REMOVE_EXPIRED_REFRESH_TOKENS, now=self._clock.now())


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:CLIENT_LIMIT]
