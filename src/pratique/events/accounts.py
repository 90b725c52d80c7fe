"""What happens to people, robots and what they log in with."""

from typing import Any

from pratique.events.base import Event


class UserCreated(Event, frozen=True, kw_only=True):
    """A person has an account now."""

    user_id: int
    username: str
    is_admin: bool = False


class UserUpdated(Event, frozen=True, kw_only=True):
    """A person's profile, rights or disabling changed. `before` and `after` hold what differs."""

    user_id: int
    username: str
    before: dict[str, Any]
    after: dict[str, Any]


class UserPasswordChanged(Event, frozen=True, kw_only=True):
    """A person's password was changed, by whomever; every token of the account ended."""

    user_id: int
    username: str


class UserDeleted(Event, frozen=True, kw_only=True):
    """A person's account was deleted; every token of the account ended."""

    user_id: int
    username: str


class UserLoggedIn(Event, frozen=True, kw_only=True):
    """A person began a session in the browser. Logins of clients with each command are not told."""

    user_id: int
    username: str
    address: str = ""


class LoginsThrottled(Event, frozen=True, kw_only=True):
    """Wrong passwords for one name have reached the limit; further tries are refused for a while."""

    username: str
    address: str = ""


class RobotCreated(Event, frozen=True, kw_only=True):
    """A robot was made. `project_id` is 0 and `project` empty for a robot of the system."""

    robot_id: int
    robot: str
    project_id: int = 0
    project: str = ""
    expires_at: int | None = None


class RobotUpdated(Event, frozen=True, kw_only=True):
    """A robot's permissions, expiry or disabling changed. `before` and `after` hold what differs."""

    robot_id: int
    robot: str
    before: dict[str, Any]
    after: dict[str, Any]
    project_id: int = 0
    project: str = ""


class RobotDeleted(Event, frozen=True, kw_only=True):
    """A robot was deleted; its secret and its tokens ended."""

    robot_id: int
    robot: str
    project_id: int = 0
    project: str = ""


class RobotSecretRefreshed(Event, frozen=True, kw_only=True):
    """A robot has a new secret; the old one and every token of the robot ended."""

    robot_id: int
    robot: str
    project_id: int = 0
    project: str = ""


class RefreshTokenIssued(Event, frozen=True, kw_only=True):
    """An account has a further refresh token. `service` is what it was asked for, `client` who asked."""

    account: str
    token_id: int
    client: str = ""
    service: str = ""


class RefreshTokenRevoked(Event, frozen=True, kw_only=True):
    """A refresh token was revoked before its time."""

    account: str
    token_id: int
