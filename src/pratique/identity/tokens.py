"""Access tokens of the registry: signed, minutes long, and over when their account changes.

JWS compact serialization (RFC 7515), one algorithm (`Ed25519`, RFC 9864), header exactly `alg`, `kid`, `typ:
JWT`. What the header says of the algorithm is compared and never followed.
"""

import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from pratique.access import ANONYMOUS, SCANNER, Principal
from pratique.clock import SECOND, Clock, Moment
from pratique.errors import ManifestInvalid, Unauthenticated
from pratique.identity import claims as jwt
from pratique.identity.accounts import Accounts
from pratique.identity.grants import Granted, GrantedAccess
from pratique.identity.settings import TokenSettings
from pratique.identity.token_keys import KEY_SET, TokenKeys
from pratique.oci import strict_json

ALGORITHM: Final = "Ed25519"
TOKEN_LIMIT: Final = 32_768
"""Characters of a token. With as many scopes as a request may have, and long names, one has some 25,000."""

_WITHOUT_ACCOUNT: Final = {one.key: one for one in (ANONYMOUS, SCANNER)}
"""Whose tokens no change of an account ends."""
_REFUSED: Final = "the token is not valid or has expired; get a new one"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as it is answered. `expires_in` is in seconds; `granted` is what it gives."""

    token: str
    expires_in: int
    issued_at: Moment
    granted: Granted


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token that was verified: whose it is and what it gives."""

    principal: Principal
    repositories: Mapping[str, GrantedAccess]
    catalog: bool
    expires_at: Moment

    def access_to(self, repository: str) -> GrantedAccess | None:
        """What it gives in `repository`."""
        return self.repositories.get(repository)


class Tokens:
    """Issues and verifies."""

    def __init__(self, keys: TokenKeys, accounts: Accounts, clock: Clock, settings: TokenSettings) -> None:
        self._keys = keys
        self._accounts = accounts
        self._clock = clock
        self._settings = settings
        self._lock = threading.Lock()
        self._verified: dict[bytes, VerifiedToken] = {}

    def issue(self, principal: Principal, granted: Granted, lifetime: int | None = None) -> IssuedToken:
        """A token for `principal` (`access.ANONYMOUS` too). Not to be called in a transaction.

        `lifetime` is in seconds; None: as the settings say.

        The token is bound to the generation in `principal`, so that must have been looked up before what he
        may do.
        """
        now = self._clock.now()
        seconds = now // SECOND
        lifetime = self._settings.lifetime if lifetime is None else lifetime
        claims = jwt.Claims(
            iss=self._settings.issuer,
            sub="" if principal == ANONYMOUS else principal.name,
            aud=self._settings.service,
            exp=seconds + lifetime,
            nbf=seconds,
            iat=seconds,
            jti=secrets.token_urlsafe(16),
            acct=principal.key,
            gen=principal.generation,
            access=jwt.access_of(granted),
        )
        key = self._keys.signing()
        header = {"typ": "JWT", "alg": ALGORITHM, "kid": key.kid}
        token = jws.serialize_compact(header, jwt.encode(claims), key.key, algorithms=[ALGORITHM])
        return IssuedToken(token, lifetime, Moment(seconds * SECOND), granted)

    def verify(self, token: str) -> VerifiedToken:
        """Whose token it is and what it gives, now. May read the database. Raises Unauthenticated."""
        fingerprint = _fingerprint(token)
        held = self._verified.get(fingerprint)
        if held is None:
            held = self._verify(token)
            self._hold(fingerprint, held)
        if self._clock.now() >= held.expires_at:
            self._drop(fingerprint)
            _refuse()
        if held.principal.key not in _WITHOUT_ACCOUNT and not self._accounts.is_current(held.principal):
            self._drop(fingerprint)
            _refuse()
        return held

    def recall(self, token: str) -> VerifiedToken | None:
        """As `verify`, from what this process holds, and never any I/O; None says nothing: ask `verify`."""
        held = self._verified.get(_fingerprint(token))
        if held is None or self._clock.now() >= held.expires_at:
            return None
        if held.principal.key not in _WITHOUT_ACCOUNT and not self._accounts.is_held_current(held.principal):
            return None
        return held

    def forget(self, scopes: frozenset[str] | None) -> None:
        """Drop what is held when commits have touched the keys; changed accounts differ in generation."""
        self._keys.forget(scopes)
        if scopes is None or KEY_SET in scopes:
            with self._lock:
                self._verified = {}

    # --- verifying ------------------------------------------------------------------------------------------

    def _verify(self, token: str) -> VerifiedToken:
        try:
            claims = jwt.decode(self._payload_of(token))
            granted = claims.granted()
        except (ValueError, ManifestInvalid, JoseError):
            _refuse()
        is_ours = claims.iss == self._settings.issuer and claims.aud == self._settings.service
        if not is_ours or not claims.is_timely(self._clock.now()):
            _refuse()
        return VerifiedToken(
            principal=self._principal_of(claims),
            repositories={each.repository: each for each in granted.repositories},
            catalog=granted.catalog,
            expires_at=Moment(claims.exp * SECOND),
        )

    def _payload_of(self, token: str) -> bytes:
        """The bytes that a key of ours has signed. Raises ValueError, ManifestInvalid or JoseError."""
        if len(token) > TOKEN_LIMIT or not token.isascii():
            raise ValueError("not a token")
        encoded_header = token.partition(".")[0]
        header = strict_json.parse(urlsafe_b64decode(encoded_header.encode()))
        kid = header.get("kid") if isinstance(header, dict) else None
        if not isinstance(kid, str) or header != {"typ": "JWT", "alg": ALGORITHM, "kid": kid}:
            raise ValueError("not a header of ours")
        key = self._keys.verifying(kid)
        if key is None:
            raise ValueError("not a key of ours")
        return jws.deserialize_compact(token, key.key, algorithms=[ALGORITHM]).payload

    def _principal_of(self, claims: jwt.Claims) -> Principal:
        if claims.acct in _WITHOUT_ACCOUNT:
            return _WITHOUT_ACCOUNT[claims.acct]
        principal = self._accounts.principal(claims.acct)
        if principal is None or principal.generation != claims.gen:
            _refuse()
        return principal

    def _hold(self, fingerprint: bytes, verified: VerifiedToken) -> None:
        with self._lock:
            while len(self._verified) >= self._settings.verified_entries:
                del self._verified[next(iter(self._verified))]
            self._verified[fingerprint] = verified

    def _drop(self, fingerprint: bytes) -> None:
        with self._lock:
            self._verified.pop(fingerprint, None)


def _fingerprint(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _refuse() -> NoReturn:
    raise Unauthenticated(_REFUSED)
