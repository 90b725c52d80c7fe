"""Garbage collection and the audit log."""

from typing import Any

import msgspec

from pratique.http.api.schemas.fields import Time


class ScheduleRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """When something runs: `Manual` is once and now, `None` never by itself, `Custom` by the cron."""

    type: str | None = None
    cron: str | None = None
    next_scheduled_time: Time | None = None


class ScheduleRequest(msgspec.Struct, frozen=True):
    """A run to be started, with its parameters."""

    schedule: ScheduleRule
    parameters: dict[str, Any] | None = None


class Schedule(msgspec.Struct, frozen=True):
    """When garbage is collected."""

    id: int
    job_name: str
    schedule: ScheduleRule
    job_parameters: str
    deleted: bool


class CollectionRun(msgspec.Struct, frozen=True):
    """A run of garbage collection; `job_parameters` is JSON in a text, as Harbor has it."""

    id: int
    job_name: str
    job_kind: str
    job_parameters: str
    schedule: ScheduleRule
    job_status: str
    deleted: bool
    creation_time: Time
    update_time: Time


class AuditLog(msgspec.Struct, frozen=True):
    """Who did what, in the older shape."""

    id: int
    username: str
    resource: str
    resource_type: str
    operation: str
    op_time: Time


class AuditLogExt(msgspec.Struct, frozen=True):
    """Who did what, and whether it succeeded."""

    id: int
    username: str
    resource: str
    resource_type: str
    operation: str
    operation_description: str
    operation_result: bool
    op_time: Time


class AuditEventType(msgspec.Struct, frozen=True):
    """A kind of entry."""

    event_type: str
