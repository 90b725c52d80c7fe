"""The tables of the room: users, robots and what they may do, refresh tokens, keys of access tokens.

Every account has two counters. `generation` is raised by whatever changes what the account is or may do (its
memberships included) and ends access tokens and remembered pairs; `credential` is raised by a new password or
secret and by disabling, and ends refresh tokens too: being given a role does not log anybody out.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from pratique.db import Id, metadata

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
