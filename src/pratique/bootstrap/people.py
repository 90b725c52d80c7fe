"""Accounts, secrets and tokens, built from the settings of the process."""

from dataclasses import dataclass

from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.identity import Accounts, Passwords, RefreshTokens, Robots, TokenKeys, Tokens, Users
from pratique.identity.robots import ProjectNumber
from pratique.projects import Projects
from pratique.settings import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """The room identity."""

    passwords: Passwords
    accounts: Accounts
    users: Users
    robots: Robots
    token_keys: TokenKeys
    tokens: Tokens
    refresh_tokens: RefreshTokens
    service: str

    def forget(self, scopes: frozenset[str] | None) -> None:
        """Drop what is held of what commits touched; None: all of it."""
        self.accounts.forget(scopes)
        self.token_keys.forget(scopes)
        self.tokens.forget(scopes)


class ProjectFinder:
    """Breaks the ring between robots (which name projects) and projects (which have robots)."""

    projects: Projects

    def number_of(self, tx: Tx, name: str) -> int | None:
        """The number of the project of that name."""
        project = self.projects.by_name(tx, name)
        return None if project is None else project.id


def build_identity(
    settings: Settings, clock: Clock, database: Database, project_number: ProjectNumber
) -> Identity:
    """Build the room."""
    passwords = Passwords(settings.passwords)
    accounts = Accounts(
        database,
        passwords,
        clock,
        robots=settings.robots,
        throttle=settings.logins,
        remember=settings.remembered,
    )
    keys = TokenKeys(database, clock, settings.tokens)
    return Identity(
        passwords=passwords,
        accounts=accounts,
        users=Users(clock, settings.robots),
        robots=Robots(clock, settings.robots, project_number),
        token_keys=keys,
        tokens=Tokens(keys, accounts, clock, settings.tokens),
        refresh_tokens=RefreshTokens(clock, settings.tokens, accounts.state),
        service=settings.tokens.service,
    )
