"""Repositories, artifacts, tags, evidence; verdicts and trusted keys."""

from typing import Any

import msgspec

from pratique.http.api.schemas.fields import Number, Time
from pratique.http.api.schemas.projects import Label
from pratique.http.api.schemas.scanning import NativeReportSummary, SBOMOverview
from pratique.http.api.schemas.trust import EvidenceRecord


class Repository(msgspec.Struct, frozen=True):
    """A repository; `name` has the project in front."""

    id: int
    project_id: int
    name: str
    description: str
    artifact_count: int
    pull_count: int
    creation_time: Time
    update_time: Time


class RepositoryRequest(msgspec.Struct, frozen=True):
    """What people read about a repository."""

    description: str | None = None


class Tag(msgspec.Struct, frozen=True):
    """A tag with both its sides: what was pushed last, and what was admitted last."""

    repository_id: int
    artifact_id: int
    name: str
    push_time: Time
    pull_time: Time
    immutable: bool
    candidate: str
    admitted: str | None


class TagRequest(msgspec.Struct, frozen=True):
    """A tag to be made."""

    name: str


class Accessory(msgspec.Struct, frozen=True):
    """Evidence: what speaks of an artifact and is let out exactly when that is."""

    id: int
    artifact_id: int
    subject_artifact_id: int
    subject_artifact_digest: str
    subject_artifact_repo: str
    size: int
    digest: str
    type: str
    icon: str
    creation_time: Time


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an image runs on."""

    architecture: str = ""
    os: str = ""
    variant: str = ""


class Reference(msgspec.Struct, frozen=True):
    """A child of an index."""

    parent_id: int
    child_id: int
    child_digest: str
    platform: Platform
    annotations: dict[str, str]
    urls: list[str]


class Link(msgspec.Struct, frozen=True):
    """Where more is."""

    href: str
    absolute: bool = False


class Reason(msgspec.Struct, frozen=True):
    """How one rule ended (`pass`, `exempt`, `fail`, `error`), why, and what to do."""

    rule: str
    code: str
    outcome: str
    message: str
    remedy: str


class Artifact(msgspec.Struct, frozen=True, omit_defaults=True):
    """An artifact, with `state` and `reasons` of its verdict.

    Of a refused one whoever may only pull learns no more than that: neither contents nor evidence nor tags.
    `admitted` is there when it was asked for by a tag: the digest of the tag's admitted side.
    """

    id: int
    digest: str
    project_id: int
    repository_id: int
    repository_name: str
    state: str
    reasons: list[Reason]
    type: str
    media_type: str
    manifest_media_type: str
    artifact_type: str
    size: int
    icon: str
    push_time: Time
    pull_time: Time
    admitted: str | None = None
    annotations: dict[str, str] | None = None
    references: list[Reference] | None = None
    tags: list[Tag] | None = None
    labels: list[Label] | None = None
    accessories: list[Accessory] | None = None
    extra_attrs: dict[str, Any] | None = None
    addition_links: dict[str, Link] | None = None
    scan_overview: dict[str, NativeReportSummary] | None = None
    sbom_overview: SBOMOverview | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What was decided about an artifact, and on what grounds.

    `digest` is the artifact's, `admitted` what the tag that was asked for gives to everybody. The three digests are
    of all that was looked at; equal ones give an equal verdict. From `valid_until` on, when a date that it rests on
    passes, it admits no more. `evidence` is what verification found, check by check; of what is refused it is shown to
    whoever may inspect.
    """

    state: str
    digest: str
    admitted: str | None
    reasons: list[Reason]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    judged_at: Time | None
    valid_until: Time | None
    evidence: list[EvidenceRecord]


class LabelId(msgspec.Struct, frozen=True):
    """Which label."""

    id: Number
