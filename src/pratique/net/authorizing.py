"""Proving who asks: docker's token flow ("Token Authentication Specification") and Basic (RFC 7617)."""

import base64
import json
from typing import Final

import httpx2

from pratique.errors import Invalid, Unauthenticated
from pratique.net.challenges import Challenge, parse_challenges
from pratique.net.docker_credentials import Credential
from pratique.net.outbound import Answer, Outbound

TOKEN_LIMIT: Final = 64 * 1024
"""Bytes of a token server's answer."""

_CLIENT: Final = "pratique"


class Authorizer:
    """Answers the challenges of one repository's registry; only ever asks to pull."""

    def __init__(self, outbound: Outbound, repository: str, credential: Credential | None) -> None:
        self._outbound = outbound
        self._scope = f"repository:{repository}:pull"
        self._credential = credential

    def header(self, refused: Answer) -> str:
        """The `Authorization` that `refused`, a 401, asks for. Raises Unauthenticated, Invalid or Unavailable."""
        challenges = {
            one.scheme: one for one in parse_challenges(refused.headers.get("www-authenticate", ""))
        }
        if "bearer" in challenges:
            return f"Bearer {self._token(challenges['bearer'])}"
        if "basic" in challenges:
            if self._credential is None or self._credential.is_token:
                raise Unauthenticated("the registry asks who you are: `docker login` first")
            return _basic(self._credential)
        raise Unauthenticated("the registry refuses and does not say how to log in")

    def _token(self, challenge: Challenge) -> str:
        realm = challenge.parameters.get("realm", "")
        service = challenge.parameters.get("service", "")
        if self._credential is not None and self._credential.is_token:
            return _told(self._refreshed(realm, service, self._credential))
        wanted = {"service": service, "scope": self._scope, "client_id": _CLIENT}
        headers = {} if self._credential is None else {"authorization": _basic(self._credential)}
        try:
            url = httpx2.URL(realm).copy_merge_params({name: text for name, text in wanted.items() if text})
        except (httpx2.InvalidURL, ValueError) as error:
            raise Invalid(f"the registry sends to a token server whose address is none: {error}") from error
        return _told(self._outbound.get(str(url), headers, TOKEN_LIMIT))

    def _refreshed(self, realm: str, service: str, credential: Credential) -> Answer:
        """A token for an identity token ("OAuth2 Token Authentication")."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credential.secret,
            "service": service,
            "scope": self._scope,
            "client_id": _CLIENT,
        }
        return self._outbound.post(realm, form, TOKEN_LIMIT)


def _told(answer: Answer) -> str:
    if answer.status in {400, 401, 403}:
        raise Unauthenticated("the token server refuses these credentials: `docker login` again")
    try:
        document = json.loads(answer.content)
        token = document.get("token") or document.get("access_token")
    except (ValueError, AttributeError, RecursionError) as error:
        raise Invalid("the token server's answer is not a token") from error
    if answer.status != 200 or not isinstance(token, str) or not (token.isascii() and token.isprintable()):
        raise Invalid("the token server's answer is not a token")
    return token


def _basic(credential: Credential) -> str:
    pair = f"{credential.name}:{credential.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
