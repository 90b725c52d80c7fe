"""Who calls, and what he may do in the repository that he calls for.

Wrong credentials are 401, never anonymous. Missing ones are 401 with a challenge even where a project is public: the
anonymous token then reads (docker never logs in otherwise). What a refusal looks like depends on the caller's own
rights alone, never on whether a repository exists, so strangers learn nothing (gate.md 6):

* a token that does not carry what is asked, though its holder may do it: 401 `insufficient_scope`, so that the client
  asks for another token;
* an account with other rights here: 403, because a further token would not help;
* an account without any right here: 404, in the same words as for a repository that is not there;
* nobody: 401.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from pratique.access import ANONYMOUS, SCANNER, Principal
from pratique.db import Database
from pratique.errors import Forbidden, RepositoryUnknown, Unauthenticated
from pratique.http.counting import CountingProjects
from pratique.http.credentials import Basic, Bearer, bearer_challenge, parse_authorization
from pratique.http.freshness import Freshness
from pratique.http.origin import origin_of
from pratique.http.ports import Rights
from pratique.http.refusals import Challenge
from pratique.http.threads import Threads
from pratique.identity import Accounts, GrantedAccess, Tokens, VerifiedToken
from pratique.registry import Reader
from pratique.registry.listing import Shelf

CATALOG_SCOPE = "registry:catalog:*"


@dataclass(frozen=True, slots=True)
class Challenger:
    """Writes the challenges of one request."""

    realm: str
    service: str

    def challenge(self, message: str, scopes: Sequence[str] = (), error: str = "") -> Challenge:
        """The refusal that asks for a token with these scopes."""
        return Challenge(message, bearer_challenge(self.realm, self.service, scopes, error))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: by a token, by Basic (`token` None), or nobody at all (`principal` None)."""

    principal: Principal | None
    token: VerifiedToken | None
    challenger: Challenger


@dataclass(frozen=True, slots=True)
class Access:
    """A caller within a repository, where he may do what he asked for."""

    principal: Principal
    granted: GrantedAccess
    by_token: bool

    def reader(self) -> Reader:
        """As a reader of manifests. Basic reads like a `pull` token: the candidate's side is for pushes."""
        may_push = self.by_token and "push" in self.granted.actions
        return Reader(
            self.principal, self.granted.tier, may_push=may_push, holds_inspect=self.granted.inspect
        )

    def blob_reader(self) -> Reader:
        """As a reader of blobs: whoever may push learns by HEAD that a linked blob is there (gate.md 6)."""
        may_push = "push" in self.granted.actions
        return Reader(
            self.principal, self.granted.tier, may_push=may_push, holds_inspect=self.granted.inspect
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action that a request needs, and the scopes of a token for it."""

    action: str
    scopes: Sequence[str]


class Callers:
    """Authenticates requests, and says what their senders may do."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        tokens: Tokens,
        rights: Rights,
        freshness: Freshness,
        threads: Threads,
        counting: CountingProjects,
        *,
        external_url: str,
        service: str,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._tokens = tokens
        self._rights = rights
        self._freshness = freshness
        self._threads = threads
        self._counting = counting
        self._external_url = external_url
        self._service = service

    # --- who
    # --------------------------------------------------------------------------------------------------------

    async def of(self, scope: Scope) -> Caller:
        """Who sent a request. Raises Challenge for wrong credentials, TooManyAttempts, Unavailable."""
        challenger = Challenger(f"{origin_of(scope, self._external_url)}/service/token", self._service)
        try:
            found = parse_authorization(Headers(scope=scope).get("authorization"))
            if found is None:
                return Caller(None, None, challenger)
            found = as_token(found)
            if isinstance(found, Basic):
                return Caller(await self.authenticate(found, source_of(scope)), None, challenger)
            token = await self.verified(found)
        except Unauthenticated as problem:
            raise challenger.challenge(problem.message, error="invalid_token") from None
        return Caller(token.principal, token, challenger)

    async def authenticate(self, pair: Basic, source: str | None) -> Principal:
        """Whose name and password these are. Raises Unauthenticated, TooManyAttempts, Unavailable."""
        if self._freshness.is_current():
            known = self._accounts.recall(pair.username, pair.password)
            if known is not None:
                return known
        return await self._threads.passwords(self._authenticate, pair, source)

    def _authenticate(self, pair: Basic, source: str | None) -> Principal:
        self._freshness.catch_up()
        return self._accounts.authenticate(pair.username, pair.password, source)

    async def verified(self, bearer: Bearer) -> VerifiedToken:
        """What a token gives. Raises Unauthenticated, Unavailable."""
        if self._freshness.is_current():
            known = self._tokens.recall(bearer.token)
            if known is not None:
                return known
        return await self._threads.database(self._verify, bearer.token)

    def _verify(self, token: str) -> VerifiedToken:
        self._freshness.catch_up()
        return self._tokens.verify(token)

    # --- what
    # -------------------------------------------------------------------------------------------------------

    async def enter(self, caller: Caller) -> Principal:
        """The caller, whoever he is. Raises Challenge when he is nobody: what makes clients log in."""
        if caller.principal is None:
            raise caller.challenger.challenge("authentication is required")
        return caller.principal

    async def access(self, caller: Caller, repository: str, wanted: Sequence[Wanted]) -> Access:
        """The caller within `repository`, where he may do one of what is `wanted`; the first is what to ask for.

        Raises Challenge, Forbidden or RepositoryUnknown, as the module says.
        """
        principal = caller.principal
        if principal is None:
            raise caller.challenger.challenge("authentication is required", wanted[0].scopes)
        held = _held(caller, repository, wanted)
        if held is not None and self._freshness.is_current() and self._counting.counts(held):
            return Access(principal, held, by_token=True)
        return await self._threads.database(self._access, caller, principal, repository, wanted)

    def _access(
        self, caller: Caller, principal: Principal, repository: str, wanted: Sequence[Wanted]
    ) -> Access:
        held, noted = _held(caller, repository, wanted), self._freshness.noted()
        with self._database.read() as tx:
            if held is not None and self._rights.still_counts(tx, held):
                self._counting.put(held, noted=noted)
                return Access(principal, held, by_token=True)
            live = self._rights.rights_of(tx, principal, repository)
        allowed = _first(live, wanted)
        if live is not None and allowed is not None and caller.token is None:
            return Access(principal, live, by_token=False)
        if principal == ANONYMOUS or allowed is not None:
            asked = allowed or wanted[0]
            message = f"the token does not allow to {asked.action} in {repository}"
            raise caller.challenger.challenge(message, asked.scopes, "insufficient_scope")
        if live is None:
            raise RepositoryUnknown(f"there is no repository {repository}, or you may not see it")
        raise Forbidden(f"{principal.name} may not {wanted[0].action} in {repository}")

    async def catalog(self, caller: Caller) -> Shelf | None:
        """What the caller sees in the catalog; None: everything. Raises Challenge, Forbidden."""
        principal = caller.principal
        if principal is None:
            raise caller.challenger.challenge("authentication is required", (CATALOG_SCOPE,))
        return await self._threads.database(self._shelf, caller, principal)

    def _shelf(self, caller: Caller, principal: Principal) -> Shelf | None:
        with self._database.read() as tx:
            may_list = self._rights.may_list_catalog(tx, principal)
            if may_list and (caller.token is None or caller.token.catalog):
                return self._rights.shelf(tx, principal)
        if may_list or principal == ANONYMOUS:
            message = "the token does not allow to list the catalog"
            raise caller.challenger.challenge(message, (CATALOG_SCOPE,), "insufficient_scope")
        raise Forbidden(f"{principal.name} may not list the catalog")


def as_token(found: Basic | Bearer) -> Basic | Bearer:
    """A scanner's token, shown as a password by tools that know no other way; anything else as it is."""
    return Bearer(found.password) if isinstance(found, Basic) and found.username == SCANNER.name else found


def _held(caller: Caller, repository: str, wanted: Sequence[Wanted]) -> GrantedAccess | None:
    """What the caller's token gives in a repository, where that is something of what is wanted."""
    held = caller.token.access_to(repository) if caller.token else None
    return held if _first(held, wanted) is not None else None


def _first(granted: GrantedAccess | None, wanted: Sequence[Wanted]) -> Wanted | None:
    return next((each for each in wanted if granted is not None and each.action in granted.actions), None)


def source_of(scope: Scope) -> str | None:
    """The address that a request came from, by which failed logins are counted."""
    client = scope.get("client")
    return str(client[0]) if client else None
