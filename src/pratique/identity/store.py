"""Tables and SQL of the room: users, robots and what they may do, refresh tokens, keys of access tokens.

Every account has two counters. `generation` is raised by whatever changes what the account is or may do (its
memberships included) and ends access tokens and remembered pairs; `credential` is raised by a new password or
secret and by disabling, and ends refresh tokens too: being given a role does not log anybody out.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from pratique.db import Id, Statement, metadata

account_user: Final = Table(
    "account_user",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("email", Text, unique=True),  # NULL: none, so that more than one account can be without
    Column("realname", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("credential", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # A number is never given to a second user: tokens, memberships and the audit log refer to it.
    sqlite_autoincrement=True,
)

account_robot: Final = Table(
    "account_robot",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", Text, nullable=False, unique=True),  # name, or project+name: what follows the prefix
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("project_id", BigInteger, nullable=False),  # 0 at system level
    Column("description", Text, nullable=False),
    Column(
        "secret", Text, nullable=False
    ),  # hex SHA-256 of a minted one, or the argon2id hash of a given one
    Column("disabled", Boolean, nullable=False),
    Column("duration", Integer, nullable=False),  # days; -1: never ends
    Column("expires_at", BigInteger),
    Column("created_by", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("credential", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_account_robot_project_id", "project_id"),
    sqlite_autoincrement=True,
)

robot_permission: Final = Table(
    "robot_permission",
    metadata,
    Column("id", Id, primary_key=True),
    Column("robot_id", ForeignKey("account_robot.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column(
        "namespace", Text, nullable=False
    ),  # "/" at system level, "*" for every project, else a project's name
    # The project's number: a project that is deleted and made again under its name is another one. 0: none or
    # all.
    Column("project_id", BigInteger, nullable=False),
    Column("resource", Text, nullable=False),
    Column("action", Text, nullable=False),
    UniqueConstraint("robot_id", "kind", "namespace", "resource", "action"),
    Index("ix_robot_permission_project_id", "project_id"),
)

refresh_token: Final = Table(
    "refresh_token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False, index=True),
    Column("credential", BigInteger, nullable=False),
    Column("client", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,
)

token_key: Final = Table(
    "token_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("private", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("verifies_until", BigInteger),  # NULL: it signs
)

# --- accounts
# -----------------------------------------------------------------------------------------------------

_user = account_user.c
_robot = account_robot.c
_number: Final = bindparam("number", type_=BigInteger)
_login: Final = bindparam("login", type_=Text)
_living = _user.deleted == false()

USER_BY_NAME: Final = Statement(
    select(_user.id, _user.password, _user.generation, _user.is_admin).where(
        _user.username == _login, _living, _user.disabled == false()
    )
)
USER_STATE: Final = Statement(
    select(_user.username, _user.generation, _user.credential, _user.is_admin, _user.disabled).where(
        _user.id == _number, _living
    )
)
ROBOT_BY_LOGIN: Final = Statement(
    select(_robot.id, _robot.secret, _robot.generation, _robot.expires_at).where(
        _robot.login == _login, _robot.disabled == false()
    )
)
ROBOT_STATE: Final = Statement(
    select(_robot.login, _robot.generation, _robot.credential, _robot.disabled, _robot.expires_at).where(
        _robot.id == _number
    )
)
BUMP_USER: Final = Statement(
    update(account_user).where(_user.id == _number).values(generation=_user.generation + 1)
)
BUMP_ROBOT: Final = Statement(
    update(account_robot).where(_robot.id == _number).values(generation=_robot.generation + 1)
)
END_CREDENTIALS_OF_USER: Final = Statement(
    update(account_user).where(_user.id == _number).values(credential=_user.credential + 1)
)
END_CREDENTIALS_OF_ROBOT: Final = Statement(
    update(account_robot).where(_robot.id == _number).values(credential=_robot.credential + 1)
)

# --- users
# --------------------------------------------------------------------------------------------------------

USER_COLUMNS: Final = (
    _user.id,
    _user.username,
    _user.email,
    _user.realname,
    _user.comment,
    _user.is_admin,
    _user.disabled,
    _user.created_at,
    _user.updated_at,
)
USER: Final = Statement(select(*USER_COLUMNS).where(_user.id == _number, _living))
USER_NAMED: Final = Statement(select(*USER_COLUMNS).where(_user.username == _login, _living))
USER_PASSWORD: Final = Statement(select(_user.password).where(_user.id == _number, _living))
ANY_USER: Final = Statement(select(func.count()).select_from(select(_user.id).limit(1).subquery()))
FIRST_ADMIN: Final = Statement(
    select(func.min(_user.id)).where(_user.is_admin == true(), _user.disabled == false(), _living)
)
USER_FIELDS: Final[Mapping[str, Column[Any]]] = {
    c.name: c
    for c in account_user.c
    if c.name in {"id", "username", "email", "realname", "comment", "created_at"}
}
LIVING_USERS: Final = select(*USER_COLUMNS).where(_living)
LIVING_USER_COUNT: Final = select(func.count()).select_from(account_user).where(_living)
ADD_USER: Final = Statement(
    insert(account_user)
    .values({c.name: bindparam(c.name) for c in account_user.c if c.name != "id"})
    .returning(_user.id)
)
EDIT_USER: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values({name: bindparam(name) for name in ("email", "realname", "comment", "updated_at")})
)
SET_USER_ADMIN: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(is_admin=bindparam("is_admin"), updated_at=bindparam("updated_at"))
)
SET_USER_DISABLED: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(disabled=bindparam("disabled"), updated_at=bindparam("updated_at"))
)
SET_USER_PASSWORD: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(password=bindparam("password"), updated_at=bindparam("updated_at"))
)
REHASH_USER_PASSWORD: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _user.password == bindparam("former"))
    .values(password=bindparam("password"))
)
DELETE_USER: Final = Statement(
    update(account_user)
    .where(_user.id == _number, _living)
    .values(
        deleted=True,
        is_admin=False,
        password="",
        username=bindparam("username"),
        email=bindparam("email"),
        updated_at=bindparam("updated_at"),
    )
)

# --- robots
# -------------------------------------------------------------------------------------------------------

ROBOT_COLUMNS: Final = tuple(
    c for c in account_robot.c if c.name not in {"secret", "generation", "credential"}
)
ROBOT: Final = Statement(select(*ROBOT_COLUMNS).where(_robot.id == _number))
ROBOT_FIELDS: Final[Mapping[str, Column[Any]]] = {c.name: c for c in ROBOT_COLUMNS}
ROBOTS_OF_PROJECT: Final = Statement(select(_robot.id).where(_robot.project_id == bindparam("project_id")))
ALL_ROBOTS: Final = select(*ROBOT_COLUMNS)
ROBOT_COUNT: Final = select(func.count()).select_from(account_robot)
ADD_ROBOT: Final = Statement(
    insert(account_robot)
    .values({c.name: bindparam(c.name) for c in account_robot.c if c.name != "id"})
    .returning(_robot.id)
)
EDIT_ROBOT: Final = Statement(
    update(account_robot)
    .where(_robot.id == _number)
    .values(
        {
            name: bindparam(name)
            for name in ("description", "disabled", "duration", "expires_at", "updated_at")
        }
    )
)
SET_ROBOT_SECRET: Final = Statement(
    update(account_robot)
    .where(_robot.id == _number)
    .values(secret=bindparam("secret"), updated_at=bindparam("updated_at"))
)
DELETE_ROBOT: Final = Statement(delete(account_robot).where(_robot.id == _number))

_grant = robot_permission.c
GRANTS_OF: Final = Statement(
    select(_grant.kind, _grant.namespace, _grant.resource, _grant.action)
    .where(_grant.robot_id == _number)
    .order_by(_grant.id)
)
GRANTED_IN: Final = Statement(
    select(_grant.resource, _grant.action, _robot.level)
    .join_from(robot_permission, account_robot, _grant.robot_id == _robot.id)
    .where(
        _grant.robot_id == _number,
        _grant.kind == "project",
        or_(_grant.project_id == bindparam("project_id"), _grant.namespace == "*"),
    )
)
GRANTED_AT_SYSTEM: Final = Statement(
    select(_grant.resource, _grant.action).where(_grant.robot_id == _number, _grant.kind == "system")
)
ROBOTS_REACHING: Final = Statement(
    select(_grant.robot_id).where(_grant.project_id == bindparam("project_id")).distinct()
)
ADD_GRANT: Final = Statement(
    insert(robot_permission).values({c.name: bindparam(c.name) for c in robot_permission.c if c.name != "id"})
)
REMOVE_GRANTS_OF: Final = Statement(delete(robot_permission).where(_grant.robot_id == _number))
REMOVE_GRANTS_IN: Final = Statement(
    delete(robot_permission).where(_grant.project_id == bindparam("project_id"))
)

# --- refresh tokens
# -----------------------------------------------------------------------------------------------

_refresh = refresh_token.c
_account: Final = bindparam("account", type_=Text)
ADD_REFRESH_TOKEN: Final = Statement(
    insert(refresh_token)
    .values({c.name: bindparam(c.name) for c in refresh_token.c if c.name != "id"})
    .returning(_refresh.id)
)
REFRESH_TOKEN: Final = Statement(
    select(_refresh.account, _refresh.credential, _refresh.expires_at).where(
        _refresh.fingerprint == bindparam("fingerprint")
    )
)
REFRESH_TOKENS_OF: Final = Statement(
    select(_refresh.id, _refresh.client, _refresh.created_at, _refresh.expires_at)
    .where(
        _refresh.account == _account,
        _refresh.credential == bindparam("credential"),
        _refresh.expires_at > bindparam("now"),
    )
    .order_by(_refresh.id)
)
REVOKE_REFRESH_TOKEN: Final = Statement(
    delete(refresh_token).where(_refresh.account == _account, _refresh.id == _number)
)
REVOKE_REFRESH_TOKENS_OF: Final = Statement(delete(refresh_token).where(_refresh.account == _account))
REMOVE_EXPIRED_REFRESH_TOKENS: Final = Statement(
    delete(refresh_token).where(_refresh.expires_at <= bindparam("now"))
)
OLDEST_REFRESH_TOKENS_BUT: Final = Statement(
    delete(refresh_token).where(
        _refresh.account == _account,
        _refresh.id.not_in(
            select(_refresh.id)
            .where(_refresh.account == _account)
            .order_by(_refresh.id.desc())
            .limit(bindparam("keep", type_=Integer))
        ),
    )
)

# --- keys of access tokens
# ----------------------------------------------------------------------------------------

_key = token_key.c
TOKEN_KEYS: Final = Statement(
    select(_key.kid, _key.private, _key.created_at, _key.verifies_until).order_by(_key.created_at, _key.kid)
)
ADD_TOKEN_KEY: Final = Statement(insert(token_key).values({c.name: bindparam(c.name) for c in token_key.c}))
RETIRE_TOKEN_KEYS: Final = Statement(
    update(token_key).where(_key.verifies_until.is_(None)).values(verifies_until=bindparam("until"))
)
REMOVE_TOKEN_KEYS: Final = Statement(delete(token_key).where(_key.verifies_until <= bindparam("now")))
REMOVE_ALL_TOKEN_KEYS: Final = Statement(delete(token_key))
