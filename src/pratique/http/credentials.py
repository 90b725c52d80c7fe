"""The `Authorization` header and its answer, `WWW-Authenticate` (RFC 7617, RFC 6750; distribution, spec/auth). Pure."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pratique.errors import Unauthenticated

CREDENTIALS_LIMIT: Final = 40_960
"""Characters of the header: room for the longest token (`identity.tokens.TOKEN_LIMIT`)."""

_MALFORMED: Final = "the Authorization header is malformed"


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and password."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token."""

    token: str


def parse_authorization(header: str | None) -> Basic | Bearer | None:
    """The credentials in a header; None: there is none.

    Raises Unauthenticated for what can't be read: wrong credentials are never none.
    """
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    value = value.strip()
    if len(header) > CREDENTIALS_LIMIT or not value:
        raise Unauthenticated(_MALFORMED)
    if scheme.lower() == "bearer":
        return Bearer(value)
    if scheme.lower() == "basic":
        return _basic(value)
    raise Unauthenticated("the Authorization header has a scheme other than Basic and Bearer")


def _basic(value: str) -> Basic:
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthenticated(_MALFORMED) from None
    username, colon, password = text.partition(":")
    if not colon:
        raise Unauthenticated(_MALFORMED)
    return Basic(username, password)


def bearer_challenge(realm: str, service: str, scopes: Sequence[str], error: str = "") -> str:
    """`Bearer realm="…",service="…",scope="…",error="…"`, in the order and without the spaces of distribution."""
    parts = [("realm", realm), ("service", service)]
    if scopes:
        parts.append(("scope", " ".join(scopes)))
    if error:
        parts.append(("error", error))
    return "Bearer " + ",".join(f'{name}="{_quotable(value)}"' for name, value in parts)


def basic_challenge(realm: str) -> str:
    """`Basic realm="…"`."""
    return f'Basic realm="{_quotable(realm)}", charset="UTF-8"'


def _quotable(text: str) -> str:
    return "".join(sign for sign in text if " " <= sign <= "~" and sign not in '"\\')
