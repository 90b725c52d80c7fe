"""People, robots, refresh tokens, and the keys that sign access tokens."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Text, UniqueConstraint

revision: Final = "0002"
down_revision: Final[str | None] = "0001"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _account_user()
    _account_robot()
    _robot_permission()
    _refresh_token()
    _token_key()


def _account_user() -> None:
    op.create_table(
        "account_user",
        Column("id", ID, primary_key=True),
        Column("username", Text, nullable=False, unique=True),
        Column("email", Text, unique=True),
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
        sqlite_autoincrement=True,
    )


def _account_robot() -> None:
    op.create_table(
        "account_robot",
        Column("id", ID, primary_key=True),
        Column("login", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("level", Text, nullable=False),
        Column("project_id", BigInteger, nullable=False),
        Column("description", Text, nullable=False),
        Column("secret", Text, nullable=False),
        Column("disabled", Boolean, nullable=False),
        Column("duration", Integer, nullable=False),
        Column("expires_at", BigInteger),
        Column("created_by", Text, nullable=False),
        Column("generation", BigInteger, nullable=False),
        Column("credential", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Index("ix_account_robot_project_id", "project_id"),
        sqlite_autoincrement=True,
    )


def _robot_permission() -> None:
    op.create_table(
        "robot_permission",
        Column("id", ID, primary_key=True),
        Column("robot_id", ID, ForeignKey("account_robot.id", ondelete="CASCADE"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("namespace", Text, nullable=False),
        Column("project_id", BigInteger, nullable=False),
        Column("resource", Text, nullable=False),
        Column("action", Text, nullable=False),
        UniqueConstraint("robot_id", "kind", "namespace", "resource", "action"),
        Index("ix_robot_permission_project_id", "project_id"),
    )


def _refresh_token() -> None:
    op.create_table(
        "refresh_token",
        Column("id", ID, primary_key=True),
        Column("fingerprint", Text, nullable=False, unique=True),
        Column("account", Text, nullable=False, index=True),
        Column("credential", BigInteger, nullable=False),
        Column("client", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False, index=True),
        sqlite_autoincrement=True,
    )


def _token_key() -> None:
    op.create_table(
        "token_key",
        Column("kid", Text, primary_key=True),
        Column("private", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("verifies_until", BigInteger),
    )
