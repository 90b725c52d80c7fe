"""The tables. Ids are never given twice (AUTOINCREMENT): verdicts and records speak of parties by them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pratique.db import Id, metadata

SYSTEM: Final = 0
"""The scope of what counts in every project."""

trust_version: Final = Table(
    "trust_version",
    metadata,
    # A project, or 0: what counts in all of them.
    Column("scope", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    # By chance: a number that was rolled back is given again, and what was read under it must not be taken for that.
    Column("nonce", String(32), nullable=False),
)

trusted_key: Final = Table(
    "trusted_key",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("repositories", Text, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("tlog", Integer, nullable=False),
    Column("trusted_root", Text, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

trusted_identity: Final = Table(
    "trusted_identity",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("identity", Text),
    Column("pattern", Text),
    Column("san_type", Text),
    Column("extensions", Text, nullable=False),
    Column("trusted_root", Text, nullable=False, index=True),
    Column("purposes", Text, nullable=False),
    Column("repositories", Text, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

notation_store: Final = Table(
    "notation_store",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("certificates", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("repositories", Text, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("project_id", "type", "name"),
    sqlite_autoincrement=True,
)

notation_policy: Final = Table(
    "notation_policy",
    metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    # Empty: there is none, and `since` still counts.
    Column("document", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
)

trusted_root: Final = Table(
    "trusted_root",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("digest", String(135), nullable=False),
    Column("thresholds", Text),
    Column("since", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("name", "version"),
    sqlite_autoincrement=True,
)

denied: Final = Table(
    "denied",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False),
    Column("mark", String(160), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("project_id", "mark"),
    sqlite_autoincrement=True,
)

revocation_list: Final = Table(
    "revocation_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("digest", String(135), nullable=False),
    Column("this_update", BigInteger, nullable=False),
    Column("next_update", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("creator", Text, nullable=False),
    UniqueConstraint("kind", "scope"),
    sqlite_autoincrement=True,
)
