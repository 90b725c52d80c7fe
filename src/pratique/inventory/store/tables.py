"""The tables. Nothing in them belongs to a project: the same bytes have the same contents wherever they lie."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from pratique.db import Id, metadata

layer_catalogue: Final = Table(
    "layer_catalogue",
    metadata,
    Column("digest", String(135), primary_key=True),
    Column("readers", String(32), primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

image_contents: Final = Table(
    "image_contents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(135), nullable=False, unique=True),
    Column("readers", String(32), nullable=False),
    # Why it could not be examined; empty: it was.
    Column("problem", Text, nullable=False),
    # ID and VERSION_ID as the image says them; NULL: it says nothing.
    Column("distribution", Text),
    Column("release", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("examined_at", BigInteger, nullable=False),
    Index("image_contents_readers", "readers"),
)

component: Final = Table(
    "component",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the package and its package URL: URLs alone leave things out and are too long for an index.
    Column("mark", String(64), nullable=False, unique=True),
    # What advisories look it up by; `lookup` is a short hash of that, and no family: nobody publishes on its like.
    Column("lookup", BigInteger, nullable=False, index=True),
    Column("family", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("purl", Text, nullable=False),
    Column("package", LargeBinary, nullable=False),
    # A number that was given is never given again: a share must not come to mean another package.
    sqlite_autoincrement=True,
)

layer_share: Final = Table(
    "layer_share",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the layer and all rows.
    Column("mark", String(64), nullable=False, unique=True),
    Column("layer", String(135), nullable=False),
    sqlite_autoincrement=True,
)

layer_component: Final = Table(
    "layer_component",
    metadata,
    Column("share_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("component_id", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("reader", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Index("layer_component_reverse", "component_id", "share_id"),
    sqlite_with_rowid=False,
)

image_layer: Final = Table(
    "image_layer",
    metadata,
    Column("image_id", BigInteger, primary_key=True, autoincrement=False),
    Column("share_id", BigInteger, primary_key=True, autoincrement=False),
    Index("image_layer_reverse", "share_id", "image_id"),
    sqlite_with_rowid=False,
)
