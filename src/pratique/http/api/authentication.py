"""Who calls: HTTP Basic (RFC 7617), by people and robots, and nothing else.

A cookie is never looked at, so another site can't make a browser call anything here. The registry's bearer tokens are
for repositories and not for this door. Wrong credentials are always 401, also where nobody would have been enough.
"""

from starlette.datastructures import Headers

from pratique.access import ANONYMOUS, Principal
from pratique.errors import Unauthenticated
from pratique.http.api.rooms import ApiRooms
from pratique.http.credentials import Basic, parse_authorization


class Authentication:
    """Turns an `Authorization` header into a principal."""

    def __init__(self, rooms: ApiRooms) -> None:
        self._rooms = rooms

    async def caller(self, headers: Headers, source: str | None) -> Principal:
        """Who calls; ANONYMOUS where nothing is said. Raises Unauthenticated, TooManyAttempts, Unavailable.

        `source` is the address that it came from.
        """
        sent = headers.getlist("authorization")
        if not sent:
            return ANONYMOUS
        pair = parse_authorization(sent[0]) if len(sent) == 1 else None
        if not isinstance(pair, Basic):
            raise Unauthenticated("the management API takes one user name and password (Basic), nothing else")
        rooms = self._rooms
        if rooms.freshness.is_current():
            known = rooms.accounts.recall(pair.username, pair.password)
            if known is not None:
                return known
        try:
            return await rooms.threads.passwords(self._verify, pair, source)
        except Unauthenticated:
            await rooms.threads.database(self._record, pair.username, source)
            raise

    def _verify(self, pair: Basic, source: str | None) -> Principal:
        self._rooms.freshness.catch_up()
        return self._rooms.accounts.authenticate(pair.username, pair.password, source)

    def _record(self, username: str, source: str | None) -> None:
        name = "".join(filter(str.isprintable, username))
        self._rooms.database.write(lambda tx: self._rooms.trail.wrong_login(tx, name, source or ""))
