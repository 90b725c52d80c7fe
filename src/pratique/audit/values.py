"""What is read of the audit log, and how it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pratique.clock import Moment


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done, or tried. `project_id` is 0 outside of projects; `detail` is the event itself."""

    id: int
    at: Moment
    username: str
    operation: str
    resource_type: str
    resource: str
    description: str
    succeeded: bool
    project_id: int
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a field, by Harbor's name of it.

    `is`: one of the values; `like`: has the value in it, in any case; `between`: from the first value to the
    second, both included, None for an open end. Values of `op_time` are microseconds.
    """

    field: str
    how: Literal["is", "like", "between"]
    values: tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Entries that satisfy every term; of these projects only, unless `project_ids` is None."""

    terms: tuple[Term, ...] = ()
    project_ids: frozenset[int] | None = None
