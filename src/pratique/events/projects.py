"""What happens to projects, their members, keys, quotas and labels."""

from typing import Any, Literal

from pratique.events.base import Event, InProject


class ProjectCreated(InProject, frozen=True, kw_only=True):
    """A project was made."""

    public: bool
    owner: str


class ProjectUpdated(InProject, frozen=True, kw_only=True):
    """Settings of a project were changed. `before` and `after` hold those that differ, by their API names."""

    before: dict[str, Any]
    after: dict[str, Any]


class ProjectDeleted(InProject, frozen=True, kw_only=True):
    """A project, by then without repositories, was deleted."""


class MemberAdded(InProject, frozen=True, kw_only=True):
    """An account was given a role in a project. `member` is the account's name, `role` the role's."""

    member: str
    role: str


class MemberChanged(InProject, frozen=True, kw_only=True):
    """A member has another role than before."""

    member: str
    role: str
    previous: str


class MemberRemoved(InProject, frozen=True, kw_only=True):
    """An account lost its role in a project."""

    member: str
    role: str


class TrustedKeyAdded(InProject, frozen=True, kw_only=True):
    """A project trusts a further key. `repositories` are the patterns that it reaches."""

    key_id: int
    name: str
    fingerprint: str
    repositories: tuple[str, ...] = ("**",)


class TrustedKeyChanged(InProject, frozen=True, kw_only=True):
    """The reach or the dates of a trusted key were changed. `before` and `after` hold what differs."""

    key_id: int
    name: str
    fingerprint: str
    before: dict[str, Any]
    after: dict[str, Any]


class TrustedKeyRemoved(InProject, frozen=True, kw_only=True):
    """A project trusts a key no more; what rested on it lost its admission in the same commit."""

    key_id: int
    name: str
    fingerprint: str


class QuotaChanged(InProject, frozen=True, kw_only=True):
    """A project's storage limit was changed. Bytes; -1 is without limit."""

    limit: int
    previous: int


class AllowlistChanged(Event, frozen=True, kw_only=True):
    """A CVE allowlist was written. `added` and `removed` are ids of vulnerabilities; times are in RFC 3339.

    `project_id` is 0 and `project` empty for the system's list.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    expires_at: str | None
    previous_expires_at: str | None
    project_id: int = 0
    project: str = ""


class LabelChanged(Event, frozen=True, kw_only=True):
    """A label was created, updated or deleted. `project_id` is 0 and `project` empty for a global label."""

    label: str
    change: Literal["created", "updated", "deleted"]
    project_id: int = 0
    project: str = ""
