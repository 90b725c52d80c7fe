"""The tables of scanners.

Projects and manifests are known here by number and digest alone: no foreign keys. Who deletes one tells the room.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pratique import db

scanner_registration: Final = Table(
    "scanner_registration",
    db.metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("auth", String(32), nullable=False),
    # Sealed with a key that is not in the database, for this registration alone.
    Column("sealed", Text),
    Column("insecure_skip_verify", Boolean, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

project_scanner: Final = Table(
    "project_scanner",
    db.metadata,
    Column("project_id", BigInteger, primary_key=True, autoincrement=False),
    Column("scanner", String(36), nullable=False, index=True),
)

foreign_scan: Final = Table(
    "foreign_scan",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False, index=True),
    Column("repository", String(255), nullable=False),
    Column("digest", String(135), nullable=False, index=True),
    Column("media_type", String(255), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("scanner", String(36), nullable=False, index=True),
    Column("capability", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    # The form that was asked for, and what the scanner calls the scan.
    Column("request", Text, nullable=False),
    Column("problem", Text, nullable=False),
    UniqueConstraint("repository", "digest", "scanner", "capability", name="foreign_scan_once"),
    sqlite_autoincrement=True,
)

foreign_report: Final = Table(
    "foreign_report",
    db.metadata,
    Column("digest", String(135), primary_key=True),
    Column("scanner", String(36), primary_key=True),
    Column("capability", String(16), primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("maker", String(255), nullable=False),
    Column("vendor", String(255), nullable=False),
    Column("version", String(255), nullable=False),
    Column("findings", Integer, nullable=False),
    Column("media_type", String(255), nullable=False),
    # A list of contents as it came, zlib.
    Column("document", LargeBinary),
)

foreign_finding: Final = Table(
    "foreign_finding",
    db.metadata,
    Column("digest", String(135), primary_key=True),
    Column("scanner", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("vulnerability", String(255), nullable=False, index=True),
    Column("package", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("fixed", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("link", Text, nullable=False),
)

guest_scan: Final = Table(
    "guest_scan",
    db.metadata,
    Column("id", String(36), primary_key=True),
    # Sealed: it holds a credential of somebody else's registry. Empty once the scan is over.
    Column("asked", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("moment", BigInteger, nullable=False, index=True),
    Column("problem", Text, nullable=False),
    Column("reports", LargeBinary),
)

foreign_package: Final = Table(
    "foreign_package",
    db.metadata,
    Column("digest", String(135), primary_key=True),
    Column("scanner", String(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("purl", Text, nullable=False),
    Column("path", Text, nullable=False),
    # What advisories look it up by, hashed; "" where none speak of its like.
    Column("component", String(64), nullable=False, index=True),
)
