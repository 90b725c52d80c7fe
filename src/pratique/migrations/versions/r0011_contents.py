"""What is inside images, by layer, and what is known to be wrong with it, by component."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Text

revision: Final = "0011"
down_revision: Final[str | None] = "0010"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _layer_catalogue()
    _image_contents()
    _component()
    _layer_share()
    _layer_component()
    _image_layer()
    _matched_key()
    _component_match()
    _matched_up_to()


def _layer_catalogue() -> None:
    op.create_table(
        "layer_catalogue",
        Column("digest", String(135), primary_key=True),
        Column("readers", String(32), primary_key=True),
        Column("document", LargeBinary, nullable=False),
    )


def _image_contents() -> None:
    op.create_table(
        "image_contents",
        Column("id", ID, primary_key=True),
        Column("digest", String(135), nullable=False, unique=True),
        Column("readers", String(32), nullable=False),
        Column("problem", Text, nullable=False),
        Column("distribution", Text),
        Column("release", Text, nullable=False),
        Column("said", Text, nullable=False),
        Column("examined_at", BigInteger, nullable=False),
    )


def _component() -> None:
    op.create_table(
        "component",
        Column("id", ID, primary_key=True),
        Column("mark", String(64), nullable=False, unique=True),
        Column("lookup", BigInteger, nullable=False, index=True),
        Column("family", Text, nullable=False),
        Column("release", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("purl", Text, nullable=False),
        Column("package", LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def _layer_share() -> None:
    op.create_table(
        "layer_share",
        Column("id", ID, primary_key=True),
        Column("mark", String(64), nullable=False, unique=True),
        Column("layer", String(135), nullable=False),
        sqlite_autoincrement=True,
    )


def _layer_component() -> None:
    op.create_table(
        "layer_component",
        Column("share_id", BigInteger, primary_key=True, autoincrement=False),
        Column("ordinal", Integer, primary_key=True, autoincrement=False),
        Column("component_id", BigInteger, nullable=False),
        Column("path", Text, nullable=False),
        Column("reader", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Index("layer_component_reverse", "component_id", "share_id"),
        sqlite_with_rowid=False,
    )


def _image_layer() -> None:
    op.create_table(
        "image_layer",
        Column("image_id", BigInteger, primary_key=True, autoincrement=False),
        Column("share_id", BigInteger, primary_key=True, autoincrement=False),
        Index("image_layer_reverse", "share_id", "image_id"),
        sqlite_with_rowid=False,
    )


def _matched_key() -> None:
    op.create_table(
        "matched_key",
        Column("id", ID, primary_key=True),
        Column("mark", String(64), nullable=False, unique=True),
        Column("package", BigInteger, nullable=False, index=True),
        Column("family", Text, nullable=False),
        Column("release", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("revision", BigInteger, nullable=False),
        Column("answers", LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def _component_match() -> None:
    op.create_table(
        "component_match",
        Column("advisory", String(255), primary_key=True),
        Column("source", String(255), primary_key=True),
        Column("key_id", BigInteger, primary_key=True, autoincrement=False, index=True),
        Column("severity", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _matched_up_to() -> None:
    op.create_table(
        "matched_up_to",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("revision", BigInteger, nullable=False),
    )
