"""The room built as bootstrap builds it, with cheap hashing and a clock that stands still."""

import base64
import json
from collections.abc import Callable
from typing import Any, TypeVar

from pratique.access import SYSTEM, Principal
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import Unauthenticated
from pratique.identity import (
    Accounts,
    Grant,
    HashingSettings,
    Level,
    Passwords,
    Profile,
    RefreshTokens,
    RememberSettings,
    Robot,
    RobotRequest,
    Robots,
    RobotSettings,
    ThrottleSettings,
    TokenKeys,
    Tokens,
    TokenSettings,
    User,
    Users,
)
from pratique.identity.robot_grants import grant
from pratique.jobs.store import outbox

T = TypeVar("T")

PASSWORD = "Correct-Horse-7"
CHEAP = HashingSettings(memory=8, passes=1, lanes=1)
PROJECTS = {"app": 11, "web": 12}


class StillClock:
    """Moves only when told to; both clocks together."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def now(self) -> Moment:
        return Moment(int(self.seconds * SECOND))

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


class House:
    """One process: its own caches, and a follower that tells them what moved, as the server's does."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        throttle: ThrottleSettings = ThrottleSettings(account_failures=3, source_failures=20),  # noqa: B008 - frozen
        tokens: TokenSettings = TokenSettings(),  # noqa: B008 - frozen
        passwords: Passwords | None = None,
    ) -> None:
        robots = RobotSettings()
        self.database = database
        self.passwords = passwords or Passwords(CHEAP)
        self.accounts = Accounts(
            database, self.passwords, clock, robots=robots, throttle=throttle, remember=RememberSettings()
        )
        self.users = Users(clock, robots)
        self.robots = Robots(clock, robots, lambda _, name: PROJECTS.get(name))
        self.keys = TokenKeys(database, clock, tokens)
        self.tokens = Tokens(self.keys, self.accounts, clock, tokens)
        self.refresh_tokens = RefreshTokens(clock, tokens, self.accounts.state)
        self._followed = database.changed()

    def write(self, work: Callable[[Tx], T]) -> T:
        answer = self.database.write(work)
        self.follow()
        return answer

    def read(self, work: Callable[[Tx], T]) -> T:
        with self.database.read() as tx:
            return work(tx)

    def follow(self) -> None:
        if self.database.changed() != self._followed:
            self._followed, scopes = self.database.changes_since(self._followed)
            self.accounts.forget(scopes)
            self.tokens.forget(scopes)

    def user(self, name: str = "ada", *, is_admin: bool = False) -> User:
        sealed = self.passwords.seal(PASSWORD)
        profile = Profile(f"{name}@example.org", name.title())
        return self.write(
            lambda tx: self.users.create(tx, name, sealed, profile, by=SYSTEM, is_admin=is_admin)
        )

    def robot(
        self,
        name: str = "ci",
        *,
        project: str = "app",
        access: tuple[tuple[str, str], ...] = (("repository", "push"),),
        duration: int | None = None,
        by: Principal = SYSTEM,
    ) -> tuple[Robot, str]:
        asked = RobotRequest(name, Level.PROJECT, (in_project(project, *access),), project, duration=duration)
        return self.write(lambda tx: self.robots.create(tx, asked, by=by))

    def told(self) -> list[str]:
        """The kinds of all facts in the outbox, the oldest first."""
        kinds = outbox.select().with_only_columns(outbox.c.kind).order_by(outbox.c.id)
        with self.database.read() as tx:
            return [row[0] for row in tx.execute(kinds).all()]

    def login(self, user: User) -> Principal:
        return self.accounts.authenticate(user.username, PASSWORD)


def in_project(project: str, *access: tuple[str, str]) -> Grant:
    return grant("project", project, access)


def at_system(*access: tuple[str, str]) -> Grant:
    return grant("system", "/", access)


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    header, payload, _ = (base64.urlsafe_b64decode(each + "==") for each in token.split("."))
    return json.loads(header), json.loads(payload)


def refused(house: House, token: str) -> bool:
    """Whether neither way of verifying believes it."""
    assert house.tokens.recall(token) is None
    try:
        house.tokens.verify(token)
    except Unauthenticated:
        return True
    return False
