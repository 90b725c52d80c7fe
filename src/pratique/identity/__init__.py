"""People, robots and what they log in with: accounts, secrets, access tokens and refresh tokens.

The room does not know projects. What it needs of them passes through two ports: `grants.Standings` (what a
principal may do in a repository) and `robots.ProjectNumber` (the number of a project). Whoever changes what
an account may do elsewhere (a membership) calls `Accounts.bump` in the same transaction.

`Accounts.forget` and `Tokens.forget` must be told what commits touch before anything held is served.
"""

from pratique.identity.accounts import Accounts, seal_secret
from pratique.identity.first_admin import ensure_admin
from pratique.identity.grants import Granted, GrantedAccess, Standings, grant
from pratique.identity.listing import Listing
from pratique.identity.passwords import PasswordHash, Passwords
from pratique.identity.refresh_tokens import RefreshToken, RefreshTokens
from pratique.identity.robot_grants import Grant, Level
from pratique.identity.robots import ProjectNumber, Robot, RobotRequest, Robots
from pratique.identity.scopes import Scope, parse_scopes
from pratique.identity.settings import (
    HashingSettings,
    RememberSettings,
    RobotSettings,
    ThrottleSettings,
    TokenSettings,
)
from pratique.identity.state import AccountState, scope_of
from pratique.identity.token_keys import KEY_SET, TokenKeys
from pratique.identity.tokens import IssuedToken, Tokens, VerifiedToken
from pratique.identity.users import Profile, User, Users, agree_on_password

__all__ = [
    "KEY_SET",
    "AccountState",
    "Accounts",
    "Grant",
    "Granted",
    "GrantedAccess",
    "HashingSettings",
    "IssuedToken",
    "Level",
    "Listing",
    "PasswordHash",
    "Passwords",
    "Profile",
    "ProjectNumber",
    "RefreshToken",
    "RefreshTokens",
    "RememberSettings",
    "Robot",
    "RobotRequest",
    "RobotSettings",
    "Robots",
    "Scope",
    "Standings",
    "ThrottleSettings",
    "TokenKeys",
    "TokenSettings",
    "Tokens",
    "User",
    "Users",
    "VerifiedToken",
    "agree_on_password",
    "ensure_admin",
    "grant",
    "parse_scopes",
    "scope_of",
    "seal_secret",
]
