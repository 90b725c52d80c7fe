"""The token endpoint (distribution, docs/content/spec/auth/token.md and oauth.md).

Granted is what was asked and is allowed, both; too little is never an error here, the door refuses later. Steps not
taken: `service` is not compared (our tokens are for us, whatever a client calls us), the implicit grant is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope, Send

from pratique.access import ANONYMOUS, Principal
from pratique.clock import SECOND, rfc3339
from pratique.db import Tx
from pratique.errors import BadRequest, PratiqueError, Unauthenticated
from pratique.http.answers import Answer, json_answer
from pratique.http.callers import Callers, as_token, source_of
from pratique.http.credentials import Basic, Bearer, basic_challenge, parse_authorization
from pratique.http.refusals import Challenge, Disconnected, MethodNotAllowed
from pratique.http.rooms import Rooms
from pratique.http.streams import Body, Pace
from pratique.http.v2.errors import answer_to
from pratique.identity import IssuedToken, VerifiedToken, grant, parse_scopes
from pratique.identity import Scope as Resource

FORM: Final = "application/x-www-form-urlencoded"
FORM_LIMIT: Final = 64 * 1024
"""Bytes of a form; the scopes in it are limited by `identity.scopes`."""

FIELDS_LIMIT: Final = 64
NO_STORE: Final = (("cache-control", "no-store"), ("pragma", "no-cache"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for, by either method. `refresh_token`: shown instead of a password."""

    credentials: Basic | None
    refresh_token: str | None
    scopes: tuple[Resource, ...]
    is_offline: bool
    client: str
    service: str
    shows_scope: bool


class TokenEndpoint:
    """Answers `GET` and `POST /service/token`."""

    def __init__(self, rooms: Rooms, callers: Callers) -> None:
        self._rooms = rooms
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answered(scope, receive)
        except Unauthenticated as problem:
            # Also where Basic was not used: a 401 without a challenge is none (RFC 9110, 15.5.2).
            refusal = Challenge(problem.message, basic_challenge(self._rooms.settings.service))
            answer = answer_to(refusal, scope["state"]["request_id"])
        except PratiqueError as problem:
            scope["state"]["problem"] = problem
            answer = answer_to(problem, scope["state"]["request_id"])
        except Disconnected:
            return
        await answer(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        headers = Headers(scope=scope)
        if scope["method"] == "GET":
            asked = asked_by_query(QueryParams(scope["query_string"]), headers)
        elif scope["method"] == "POST":
            settings = self._rooms.settings
            body = Body(receive, headers, Pace(settings.stall_time, settings.least_rate))
            asked = asked_by_form(headers, await body.whole(FORM_LIMIT, "a form"))
        else:
            raise MethodNotAllowed(scope["method"], ("GET", "POST"))
        principal = ANONYMOUS
        shown = None if asked.credentials is None else as_token(asked.credentials)
        if isinstance(shown, Bearer):
            return self._repeated(shown, await self._callers.verified(shown))
        if asked.credentials is not None:
            principal = await self._callers.authenticate(asked.credentials, source_of(scope))
        return await self._rooms.threads.database(self._issued, asked, principal, scope["state"])

    def _issued(self, asked: Asked, principal: Principal, state: dict[str, Any]) -> Answer:
        rooms = self._rooms
        with rooms.database.read() as tx:
            if asked.refresh_token is not None:
                principal = rooms.refresh_tokens.redeem(tx, asked.refresh_token)
            granted = grant(tx, rooms.rights, principal, asked.scopes)
        state["principal"] = principal
        issued = rooms.tokens.issue(principal, granted)
        return json_answer(200, self._document(asked, principal, issued), NO_STORE)

    def _repeated(self, shown: Bearer, verified: VerifiedToken) -> Answer:
        """A scanner's own token: it lives no longer by being shown, and gives no more."""
        now = self._rooms.clock.now()
        document = {
            "token": shown.token,
            "access_token": shown.token,
            "expires_in": (verified.expires_at - now) // SECOND,
            "issued_at": rfc3339(now),
        }
        return json_answer(200, document, NO_STORE)

    def _document(self, asked: Asked, principal: Principal, issued: IssuedToken) -> dict[str, Any]:
        document: dict[str, Any] = {
            "token": issued.token,
            "access_token": issued.token,
            "expires_in": issued.expires_in,
            "issued_at": rfc3339(issued.issued_at),
        }
        if asked.shows_scope:
            document["scope"] = scope_text(issued)
        refresh_token = self._refresh_token(asked, principal)
        if refresh_token is not None:
            document["refresh_token"] = refresh_token
        return document

    def _refresh_token(self, asked: Asked, principal: Principal) -> str | None:
        """A new one where one was asked for and somebody showed a password; else the one that was shown."""
        if asked.refresh_token is not None or not asked.is_offline or principal == ANONYMOUS:
            return asked.refresh_token

        def work(tx: Tx) -> str:
            return self._rooms.refresh_tokens.issue(tx, principal, client=asked.client, service=asked.service)

        return self._rooms.database.write(work)


def asked_by_query(query: QueryParams, headers: Headers) -> Asked:
    """GET: Basic or nobody; `scope` may come several times. Raises Unauthenticated, BadRequest."""
    credentials = parse_authorization(headers.get("authorization"))
    if credentials is not None and not isinstance(credentials, Basic):
        raise Unauthenticated("a token is asked for with a user name and password")
    account = query.get("account")
    if credentials is not None and account and account != credentials.username:
        raise Unauthenticated("`account` is not the account that the credentials are of")
    return Asked(
        credentials,
        None,
        parse_scopes(query.getlist("scope")),
        query.get("offline_token", "").lower() in {"true", "1"},
        query.get("client_id", ""),
        query.get("service", ""),
        shows_scope=False,
    )


def asked_by_form(headers: Headers, content: bytes) -> Asked:
    """POST: OAuth 2's password and refresh token grants. Raises Unauthenticated, BadRequest."""
    form = _form(headers, content)
    grant_type = form.get("grant_type", "")
    credentials, refresh_token = None, None
    if grant_type == "password":
        credentials = Basic(_field(form, "username"), _field(form, "password"))
    elif grant_type == "refresh_token":
        refresh_token = _field(form, "refresh_token")
    else:
        raise BadRequest("grant_type is password or refresh_token")
    return Asked(
        credentials,
        refresh_token,
        parse_scopes([form.get("scope", "")]),
        form.get("access_type", "online") == "offline",
        form.get("client_id", ""),
        form.get("service", ""),
        shows_scope=True,
    )


def scope_text(issued: IssuedToken) -> str:
    """What was granted, as scopes."""
    scopes = [
        f"repository:{each.repository}:{','.join(sorted(each.actions))}"
        for each in issued.granted.repositories
    ]
    return " ".join([*scopes, "registry:catalog:*"] if issued.granted.catalog else scopes)


def _form(headers: Headers, content: bytes) -> Mapping[str, str]:
    """The fields of a form, none of them twice but `scope`, which is joined."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise BadRequest(f"the Content-Type of a token request is {FORM}")
    try:
        fields = parse_qs(
            content.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT, errors="strict"
        )
    except (ValueError, UnicodeDecodeError):
        raise BadRequest("the form can't be read") from None
    if any(len(values) > 1 for name, values in fields.items() if name != "scope"):
        raise BadRequest("a field stands twice in the form")
    return {name: " ".join(values) for name, values in fields.items()}


def _field(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise BadRequest(f"the form lacks {name}")
    return value
