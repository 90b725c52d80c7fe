"""Findings by component: its tables, and all of their SQL. What is known of a revision itself is in `schema`."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from pratique.db import Id, metadata

matched_key: Final = Table(
    "matched_key",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the component: names of strangers' packages are too long for an index.
    Column("mark", String(64), nullable=False, unique=True),
    # A short hash of family and name, by which a change of advisories finds it.
    Column("package", BigInteger, nullable=False, index=True),
    Column("family", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    # Of the advisories that were asked last; what they say holds until `matched_up_to`.
    Column("revision", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

component_match: Final = Table(
    "component_match",
    metadata,
    Column("key_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("advisory", String(255), nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("range", Text, nullable=False),
    Column("fixed", Text, nullable=False),
    Column("low_confidence", Integer, nullable=False),
    Column("names", Text, nullable=False),
    Column("exploited", Integer, nullable=False),
    Column("exploitation", Float),
    Index("component_match_of_advisory", "advisory", "key_id"),
    sqlite_with_rowid=False,
)

matched_up_to: Final = Table(
    "matched_up_to",
    metadata,
    # There is one row: 1.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)
"""The revision up to which changes have been followed: every key says what that one says, or a later one."""
