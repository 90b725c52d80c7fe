"""Repositories, blobs, manifests, tags and uploads."""

from typing import Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

revision: Final = "0005"
down_revision: Final[str | None] = "0004"
phase: Final = "expand"

ID: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    _repository()
    _blob()
    _blob_link()
    _manifest()
    _manifest_blob()
    _manifest_child()
    _tag()
    _tag_entry()
    _upload()


def _repository() -> None:
    op.create_table(
        "repository",
        Column("id", ID, primary_key=True),
        Column("project_id", BigInteger, nullable=False, index=True),
        Column("name", String(255), nullable=False, unique=True),
        Column("description", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("pull_count", BigInteger, nullable=False),
    )


def _blob() -> None:
    op.create_table(
        "blob",
        Column("digest", String(135), primary_key=True),
        Column("size", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("leased_until", BigInteger, nullable=False),
        Column("condemned_at", BigInteger),
        Column("corrupt", Boolean, nullable=False),
        Index("blob_condemned", "condemned_at"),
    )


def _blob_link() -> None:
    op.create_table(
        "blob_link",
        Column("repository_id", BigInteger, ForeignKey("repository.id"), primary_key=True),
        Column("digest", String(135), ForeignKey("blob.digest"), primary_key=True, index=True),
        Column("linked_at", BigInteger, nullable=False),
        Column("leased_until", BigInteger, nullable=False),
    )


def _manifest() -> None:
    op.create_table(
        "manifest",
        Column("id", ID, primary_key=True),
        Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
        Column("digest", String(135), nullable=False),
        Column("media_type", String(255), nullable=False),
        Column("artifact_type", String(255)),
        Column("config_media_type", String(255)),
        Column("size", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("annotations", Text, nullable=False),
        Column("is_index", Boolean, nullable=False),
        Column("is_evidence", Boolean, nullable=False),
        Column("subject", String(135)),
        Column("pushed_by", String(64), nullable=False),
        Column("pushed_at", BigInteger, nullable=False),
        Column("pulled_at", BigInteger),
        Column("state", String(12), nullable=False),
        Column("valid_until", BigInteger),
        Column("generation", Integer, nullable=False),
        UniqueConstraint("repository_id", "digest", name="manifest_once"),
        Index("manifest_subject", "repository_id", "subject"),
    )


def _manifest_blob() -> None:
    op.create_table(
        "manifest_blob",
        Column("repository_id", BigInteger, primary_key=True),
        Column("digest", String(135), primary_key=True),
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, index=True),
        ForeignKeyConstraint(["repository_id", "digest"], ["blob_link.repository_id", "blob_link.digest"]),
    )


def _manifest_child() -> None:
    op.create_table(
        "manifest_child",
        Column("repository_id", BigInteger, primary_key=True),
        Column("digest", String(135), primary_key=True),
        Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, index=True),
        Column("is_platform", Boolean, nullable=False),
    )


def _tag() -> None:
    op.create_table(
        "tag",
        Column("repository_id", BigInteger, ForeignKey("repository.id"), primary_key=True),
        Column("name", String(128), primary_key=True),
        Column("candidate", String(135), nullable=False),
        Column("candidate_by", String(64), nullable=False),
        Column("candidate_at", BigInteger, nullable=False),
        Column("admitted", String(135)),
        Column("admitted_entry", BigInteger),
        Column("is_single", Boolean, nullable=False),
        Index("tag_admitted", "repository_id", "admitted"),
        Index("tag_candidate", "repository_id", "candidate"),
    )


def _tag_entry() -> None:
    op.create_table(
        "tag_entry",
        Column("id", ID, primary_key=True),
        Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
        Column("name", String(128), nullable=False),
        Column("digest", String(135), nullable=False),
        Column("pushed_by", String(64), nullable=False),
        Column("pushed_at", BigInteger, nullable=False),
        Index("tag_entry_of_digest", "repository_id", "digest"),
        Index("tag_entry_of_tag", "repository_id", "name"),
    )


def _upload() -> None:
    op.create_table(
        "upload",
        Column("id", String(36), primary_key=True),
        Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
        Column("principal", String(64), nullable=False, index=True),
        Column("algorithm", String(16), nullable=False),
        Column("started_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False, index=True),
    )
