"""People, robots, and what they log in with."""

import msgspec

from pratique.http.api.schemas.fields import Number, Time


class UserRequest(msgspec.Struct, frozen=True):
    """A user to be made."""

    username: str
    password: str
    email: str | None = None
    realname: str | None = None
    comment: str | None = None


class ProfileRequest(msgspec.Struct, frozen=True):
    """What a user may change about himself; what is left out stays."""

    email: str | None = None
    realname: str | None = None
    comment: str | None = None


class AdminRequest(msgspec.Struct, frozen=True):
    """Whether somebody is a system administrator."""

    sysadmin_flag: bool


class PasswordRequest(msgspec.Struct, frozen=True):
    """A new password; `old_password` is needed from whoever changes his own."""

    new_password: str
    old_password: str | None = None


class User(msgspec.Struct, frozen=True):
    """A user."""

    user_id: int
    username: str
    email: str
    realname: str
    comment: str
    sysadmin_flag: bool
    admin_role_in_auth: bool
    creation_time: Time
    update_time: Time


class UserName(msgspec.Struct, frozen=True):
    """A user as everybody may find him."""

    user_id: int
    username: str


class Access(msgspec.Struct, frozen=True, omit_defaults=True):
    """An action on a resource; Harbor's only `effect` is `allow`."""

    resource: str
    action: str
    effect: str | None = None


class RobotPermission(msgspec.Struct, frozen=True):
    """Accesses in one namespace: a project's name, `*` for all projects, `/` at system level."""

    kind: str
    namespace: str
    access: list[Access]


class RobotRequest(msgspec.Struct, frozen=True):
    """A robot as it shall be. `duration` is in days, -1 for ever. A `secret` is passed over: it is made here."""

    name: str
    level: str
    permissions: list[RobotPermission]
    description: str | None = None
    duration: Number | None = None
    disable: bool | None = None


class Robot(msgspec.Struct, frozen=True):
    """A robot. `expires_at` is in seconds since 1970, -1 for never."""

    id: int
    name: str
    description: str
    level: str
    duration: int
    editable: bool
    disable: bool
    expires_at: int
    permissions: list[RobotPermission]
    creator_type: str
    creator_ref: int
    creation_time: Time
    update_time: Time


class RobotCreated(msgspec.Struct, frozen=True):
    """A robot that was made, with its secret, which can't be shown again."""

    id: int
    name: str
    secret: str
    creation_time: Time
    expires_at: int


class SecretRequest(msgspec.Struct, frozen=True):
    """A secret to be set; empty: make one."""

    secret: str | None = None


class Secret(msgspec.Struct, frozen=True):
    """A new secret; empty when the caller has chosen it."""

    secret: str


class RefreshToken(msgspec.Struct, frozen=True):
    """What a client keeps instead of a password. The token itself is nowhere."""

    id: int
    client: str
    creation_time: Time
    expires_at: Time
