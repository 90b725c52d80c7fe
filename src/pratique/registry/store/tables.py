"""The tables of the registry.

Foreign keys are what keeps garbage collection and pushes apart (knowledge: a blob deleted between the check and the
insert): a link needs its blob, a manifest's blob needs its link, and both databases refuse the loser.
"""

from typing import Final

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
    Table,
    Text,
    UniqueConstraint,
)

from pratique import db

repository: Final = Table(
    "repository",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("project_id", BigInteger, nullable=False, index=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("description", Text, nullable=False, default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("pull_count", BigInteger, nullable=False, default=0),
)

blob: Final = Table(
    "blob",
    db.metadata,
    Column("digest", String(135), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # A lease keeps bytes that no repository names yet, or no longer names; garbage collection waits for its end.
    Column("leased_until", BigInteger, nullable=False),
    # Condemned by a first pass of garbage collection, deleted by a later one unless something named it meanwhile.
    Column("condemned_at", BigInteger),
    # Found by the scrub not to hash to its digest; healed by the next push of the same bytes.
    Column("corrupt", Boolean, nullable=False, default=False),
    Index("blob_condemned", "condemned_at"),
)

blob_link: Final = Table(
    "blob_link",
    db.metadata,
    Column("repository_id", BigInteger, ForeignKey("repository.id"), primary_key=True),
    Column("digest", String(135), ForeignKey("blob.digest"), primary_key=True, index=True),
    Column("linked_at", BigInteger, nullable=False),
    Column("leased_until", BigInteger, nullable=False),
)

manifest: Final = Table(
    "manifest",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
    Column("digest", String(135), nullable=False),
    Column("media_type", String(255), nullable=False),
    # As the referrers API shows it: the manifest's own, else the config's media type (distribution-spec).
    Column("artifact_type", String(255)),
    Column("config_media_type", String(255)),
    Column("size", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("annotations", Text, nullable=False),
    Column("is_index", Boolean, nullable=False),
    # Evidence is not cargo (gate.md 2): it has no verdict of its own and follows its subject.
    Column("is_evidence", Boolean, nullable=False),
    Column("subject", String(135)),
    Column("pushed_by", String(64), nullable=False),
    Column("pushed_at", BigInteger, nullable=False),
    Column("pulled_at", BigInteger),
    # The standing that admission keeps here; its reasons lie in `verdict`.
    Column("state", String(12), nullable=False),
    Column("valid_until", BigInteger),
    Column("generation", Integer, nullable=False),
    UniqueConstraint("repository_id", "digest", name="manifest_once"),
    # What is found of the bytes counts in every repository that has them.
    Index("manifest_digest", "digest"),
    Index("manifest_subject", "repository_id", "subject"),
)

manifest_blob: Final = Table(
    "manifest_blob",
    db.metadata,
    Column("repository_id", BigInteger, primary_key=True),
    Column("digest", String(135), primary_key=True),
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, index=True),
    ForeignKeyConstraint(["repository_id", "digest"], ["blob_link.repository_id", "blob_link.digest"]),
)

manifest_child: Final = Table(
    "manifest_child",
    db.metadata,
    Column("repository_id", BigInteger, primary_key=True),
    Column("digest", String(135), primary_key=True),
    Column("manifest_id", BigInteger, ForeignKey("manifest.id"), primary_key=True, index=True),
    # Whether the child is a platform's image rather than, say, BuildKit's attestation manifest.
    Column("is_platform", Boolean, nullable=False),
)

tag: Final = Table(
    "tag",
    db.metadata,
    Column("repository_id", BigInteger, ForeignKey("repository.id"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("candidate", String(135), nullable=False),
    Column("candidate_by", String(64), nullable=False),
    Column("candidate_at", BigInteger, nullable=False),
    Column("admitted", String(135)),
    # The entry of the history that the admitted side rests on: it only moves forward (gate.md 4).
    Column("admitted_entry", BigInteger),
    # Tags of evidence have one side.
    Column("is_single", Boolean, nullable=False),
    Index("tag_candidate", "repository_id", "candidate"),
    Index("tag_admitted", "repository_id", "admitted"),
)

tag_entry: Final = Table(
    "tag_entry",
    db.metadata,
    Column("id", db.Id, primary_key=True),
    Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("digest", String(135), nullable=False),
    Column("pushed_by", String(64), nullable=False),
    Column("pushed_at", BigInteger, nullable=False),
    Index("tag_entry_of_tag", "repository_id", "name"),
    Index("tag_entry_of_digest", "repository_id", "digest"),
)

upload: Final = Table(
    "upload",
    db.metadata,
    Column("id", String(36), primary_key=True),
    Column("repository_id", BigInteger, ForeignKey("repository.id"), nullable=False),
    Column("principal", String(64), nullable=False, index=True),
    Column("algorithm", String(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
