"""The registry itself: health, facts, statistics, search, settings, permissions."""

from typing import Any

import msgspec

from pratique.http.api.schemas.fields import Time
from pratique.http.api.schemas.projects import Project


class Component(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of the registry and how it is."""

    name: str
    status: str
    error: str = ""


class Health(msgspec.Struct, frozen=True):
    """How the registry is: `healthy` when all its components are."""

    status: str
    components: list[Component]


class SystemFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What clients want to know first. Whoever has no account learns only how to log in."""

    auth_mode: str
    primary_auth_mode: bool
    self_registration: bool
    current_time: Time | None = None
    registry_url: str | None = None
    external_url: str | None = None
    project_creation_restriction: str | None = None
    has_ca_root: bool | None = None
    harbor_version: str | None = None
    pratique_version: str | None = None
    registry_storage_provider_name: str | None = None
    read_only: bool | None = None
    notification_enable: bool | None = None
    banner_message: str | None = None


class Volume(msgspec.Struct, frozen=True):
    """A disk, in bytes."""

    total: int
    free: int


class Volumes(msgspec.Struct, frozen=True):
    """The disks that hold data."""

    storage: list[Volume]


class Statistic(msgspec.Struct, frozen=True, omit_defaults=True):
    """The registry in numbers; the totals are for administrators."""

    private_project_count: int
    private_repo_count: int
    public_project_count: int
    public_repo_count: int
    total_project_count: int | None = None
    total_repo_count: int | None = None
    total_storage_consumption: int | None = None


class FoundRepository(msgspec.Struct, frozen=True):
    """A repository that a search found."""

    project_id: int
    project_name: str
    project_public: bool
    repository_name: str
    pull_count: int
    artifact_count: int


class Found(msgspec.Struct, frozen=True):
    """What a search found, of what the caller may see."""

    project: list[Project]
    repository: list[FoundRepository]


class Setting(msgspec.Struct, frozen=True):
    """A setting of the process. None is editable here: they are in its configuration."""

    value: Any
    editable: bool = False


class PermissionRow(msgspec.Struct, frozen=True):
    """Something that can be allowed."""

    resource: str
    action: str


class Permissions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What robots can be given, at each level."""

    project: list[PermissionRow]
    system: list[PermissionRow] = []
