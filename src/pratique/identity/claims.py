"""The contents of an access token (distribution, docs/content/spec/auth/jwt.md).

Beside the claims of the specification: `acct` and `gen` are the account's key and generation; an entry of
`access` also has the project's number (a project made again under its name is another one), the reading tier,
whether `inspect` was given explicitly, and whether it rests on the project being public alone. The scopes' `class`
and the headers `jwk` and `x5c` are not used.
"""

from typing import Final

import msgspec

from pratique.access import ACTIONS, Tier
from pratique.clock import SECOND, Moment
from pratique.identity.grants import CATALOG, Granted, GrantedAccess
from pratique.oci import strict_json

LEEWAY: Final = 60
"""Seconds by which the issuer's clock may be ahead: for `iat` and `nbf`, never for `exp`."""


class AccessClaim(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of `access`."""

    type: str
    name: str
    actions: tuple[str, ...]
    project: int = 0
    tier: int = 0
    inspect: bool = False
    public: bool = False


class Claims(msgspec.Struct, frozen=True):
    """All claims of a token. Times are in whole seconds since the epoch."""

    iss: str
    sub: str
    aud: str
    exp: int
    nbf: int
    iat: int
    jti: str
    acct: str
    gen: int
    access: tuple[AccessClaim, ...]

    def granted(self) -> Granted:
        """What the token gives. Raises ValueError for a tier or an action that does not exist."""
        repositories = []
        for entry in self.access:
            if entry.type == "repository":
                actions = frozenset(entry.actions)
                if not actions <= ACTIONS.keys():
                    raise ValueError(f"unknown actions in {entry.actions}")
                repositories.append(
                    GrantedAccess(
                        entry.name, entry.project, actions, Tier(entry.tier), entry.inspect, entry.public
                    )
                )
        return Granted(tuple(repositories), _CATALOG_ENTRY in self.access)

    def is_timely(self, now: Moment) -> bool:
        """Whether the token is valid at `now`."""
        return now < self.exp * SECOND and max(self.nbf, self.iat) * SECOND <= now + LEEWAY * SECOND


_CATALOG_ENTRY: Final = AccessClaim("registry", CATALOG, ("*",))


def access_of(granted: Granted) -> tuple[AccessClaim, ...]:
    """The entries of `access` for what is granted."""
    entries = tuple(
        AccessClaim(
            type="repository",
            name=each.repository,
            actions=tuple(sorted(each.actions)),
            project=each.project_id,
            tier=each.tier,
            inspect=each.inspect,
            public=each.is_public,
        )
        for each in granted.repositories
    )
    return (*entries, _CATALOG_ENTRY) if granted.catalog else entries


def encode(claims: Claims) -> bytes:
    """The JSON of a token's payload."""
    return msgspec.json.encode(claims)


def decode(payload: bytes) -> Claims:
    """The claims of a payload.

    Raises ValueError or ManifestInvalid when they are not exactly of their types, or a key stands twice: RFC
    7519 section 4 lets a parser take the last one, and two parsers that differ are an attack.
    """
    strict_json.parse(payload)
    return msgspec.json.decode(payload, type=Claims)
