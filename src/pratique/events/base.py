"""What every event has."""

import re
from typing import Final

import msgspec

_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def _kind(class_name: str) -> str:
    """`ManifestPushed` -> `manifest_pushed`."""
    return _WORD.sub("_", class_name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=_kind):
    """A fact: what happened, and by whom. Values are plain, so that the fact outlives what it speaks of.

    `actor` is the name of the account, `pratique` for what the registry does on its own account.
    Secrets and contents never stand in an event. When it happened is the `at` of its row in the outbox.
    """

    actor: str


class InProject(Event, frozen=True, kw_only=True):
    """A fact of one project: `project` is its name, `project_id` the number that no later project gets."""

    project_id: int
    project: str


class InRepository(InProject, frozen=True, kw_only=True):
    """A fact of one repository: `repository` is its full name, the project's first."""

    repository: str


def kind_of(event: Event | type[Event]) -> str:
    """The word that an event's row and its JSON carry."""
    return str(event.__struct_config__.tag)
