"""Projects and their members."""

from typing import Annotated, Any

import msgspec

from pratique.http.api.schemas.fields import Number, Time
from pratique.projects.allowlists import ENTRIES_LIMIT, ID_LIMIT


class AllowlistItem(msgspec.Struct, frozen=True):
    """A vulnerability that is accepted, by any of its ids."""

    cve_id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LIMIT)]


class AllowlistRequest(msgspec.Struct, frozen=True):
    """A CVE allowlist as it shall be, whole. `expires_at` is in seconds since the epoch; without it there is no end.

    `project_id` is the project's own, or left out.
    """

    items: Annotated[list[AllowlistItem], msgspec.Meta(max_length=ENTRIES_LIMIT)] | None = None
    expires_at: Number | None = None
    project_id: Number | None = None


class Allowlist(msgspec.Struct, frozen=True, omit_defaults=True):
    """A CVE allowlist; `project_id` 0 is the system's. It has no `id` until somebody has written it."""

    project_id: int
    items: list[AllowlistItem]
    creation_time: Time
    update_time: Time
    id: int = 0
    expires_at: int | None = None


class ProjectRequest(msgspec.Struct, frozen=True):
    """A project to be made, or what to change of one.

    `public` is the older way of `metadata.public`. Without `storage_limit` (bytes, -1 without limit) the default holds.
    """

    project_name: str | None = None
    public: bool | None = None
    metadata: dict[str, str | int | bool | None] | None = None
    storage_limit: Number | None = None
    cve_allowlist: AllowlistRequest | None = None
    registry_id: Number | None = None


class Project(msgspec.Struct, frozen=True, omit_defaults=True):
    """A project as whoever asks sees it: `current_user_role_id` is his highest role, 0 for none."""

    project_id: int
    owner_id: int
    owner_name: str
    name: str
    creation_time: Time
    update_time: Time
    metadata: dict[str, str]
    repo_count: int | None = None
    current_user_role_id: int | None = None
    current_user_role_ids: list[int] | None = None
    cve_allowlist: Allowlist | None = None


class Deletable(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a project can be deleted; `message` says why not."""

    deletable: bool
    message: str = ""


class Amount(msgspec.Struct, frozen=True):
    """Bytes; -1 is without limit."""

    storage: int


class SummaryQuota(msgspec.Struct, frozen=True):
    """What a project may store, and what it does."""

    hard: Amount
    used: Amount


class Summary(msgspec.Struct, frozen=True):
    """A project in numbers."""

    repo_count: int
    project_admin_count: int
    maintainer_count: int
    developer_count: int
    guest_count: int
    limited_guest_count: int
    quota: SummaryQuota


class MemberUser(msgspec.Struct, frozen=True):
    """A user, by number or by name."""

    user_id: Number | None = None
    username: str | None = None


class MemberRequest(msgspec.Struct, frozen=True):
    """Somebody to be given a role: 1 projectAdmin, 2 developer, 3 guest, 4 maintainer, 5 limitedGuest."""

    role_id: Number
    member_user: MemberUser | None = None
    member_group: dict[str, Any] | None = None


class RoleRequest(msgspec.Struct, frozen=True):
    """Another role for a member."""

    role_id: Number


class Member(msgspec.Struct, frozen=True):
    """A member; `entity_type` `u` is a user."""

    id: int
    project_id: int
    entity_name: str
    role_name: str
    role_id: int
    entity_id: int
    entity_type: str


class QuotaReference(msgspec.Struct, frozen=True):
    """Whose quota it is."""

    id: int
    name: str
    owner_name: str


class Quota(msgspec.Struct, frozen=True):
    """What a project may store, and what it does."""

    id: int
    ref: QuotaReference
    hard: Amount
    used: Amount
    creation_time: Time
    update_time: Time


class QuotaLimit(msgspec.Struct, frozen=True):
    """Bytes; -1 is without limit."""

    storage: Number


class QuotaRequest(msgspec.Struct, frozen=True):
    """Another limit."""

    hard: QuotaLimit


class LabelRequest(msgspec.Struct, frozen=True):
    """A label. `scope` is `g` for all projects or `p` for the one that `project_id` names."""

    name: str | None = None
    description: str | None = None
    color: str | None = None
    scope: str | None = None
    project_id: Number | None = None


class Label(msgspec.Struct, frozen=True):
    """A word to put on artifacts."""

    id: int
    name: str
    description: str
    color: str
    scope: str
    project_id: int
    creation_time: Time
    update_time: Time
