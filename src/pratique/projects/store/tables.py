"""The tables of projects.

Numbers of projects, members and labels are never given twice (AUTOINCREMENT): tokens and warm entries refer
to them.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pratique import db

project: Final = Table(
    "project",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("public", Boolean, nullable=False),
    Column("admission", String(16), nullable=False),
    # The owner's name stays when the account goes.
    Column("owner_id", BigInteger, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

project_metadata: Final = Table(
    "project_metadata",
    db.metadata,
    Column("project_id", BigInteger, ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("value", Text, nullable=False),
)

project_member: Final = Table(
    "project_member",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("project_id", BigInteger, ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
    # An account of identity, which this room does not know: no foreign key.
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("username", String(255), nullable=False),
    Column("role", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "user_id"),
    sqlite_autoincrement=True,
)

label: Final = Table(
    "label",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("description", Text, nullable=False),
    Column("color", String(16), nullable=False),
    # 0: of all projects.
    Column("project_id", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

artifact_label: Final = Table(
    "artifact_label",
    db.metadata,
    Column("label_id", BigInteger, ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
    Column("repository", String(255), primary_key=True),
    Column("digest", String(135), primary_key=True),
    Index(None, "repository", "digest"),
)

quota: Final = Table(
    "quota",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column(
        "project_id", BigInteger, ForeignKey("project.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("hard", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

cve_allowlist: Final = Table(
    "cve_allowlist",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    # 0: the system's, which projects may use instead of their own.
    Column("project_id", BigInteger, nullable=False, unique=True),
    # The ids in their order: a JSON array.
    Column("ids", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
