"""Looking a value up in somebody's JSON, where the way to it can be read in one way only."""

from collections.abc import Mapping
from typing import Any

from pratique.trust.strict import Unreadable, open_object


def at(value: Any, *path: str) -> Any:
    """What stands at `path`, None where any part of it is absent.

    Raises Unreadable where what is on the way is no object, or a name on it is there in other letters too: Go's
    decoder would take the last of them.
    """
    for depth, name in enumerate(path):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Unreadable(f"{'.'.join(path[:depth]) or 'the predicate'} is not an object")
        value = open_object(value, ".".join(path[:depth]) or "predicate", (name,)).value(name)
    return value


def text(value: Any, *path: str) -> str | None:
    """The string at `path`, or None. Raises Unreadable where it is something else."""
    found = at(value, *path)
    if found is not None and not isinstance(found, str):
        raise Unreadable(f"{'.'.join(path)} is not a string")
    return found


def first_text(value: Any, *names: str) -> str | None:
    """The string under the first of `names` that is there: for what only tells, and is spelled in several ways."""
    members = value if isinstance(value, dict) else {}
    return next((found for name in names if isinstance(found := members.get(name), str)), None)


def needed_text(value: Any, *path: str) -> str:
    """The string at `path`, which its specification asks for. Raises Unreadable."""
    found = text(value, *path)
    if not found:
        raise Unreadable(f"{'.'.join(path)} is missing")
    return found


def items(value: Any, *path: str) -> list[Any]:
    """The array at `path`, empty where it is absent. Raises Unreadable where it is something else."""
    found = at(value, *path)
    if found is not None and not isinstance(found, list):
        raise Unreadable(f"{'.'.join(path)} is not an array")
    return found or []


def digests(value: Any, *path: str) -> Mapping[str, str] | None:
    """The digest set at `path`, or None. Raises Unreadable where it is something else."""
    found = at(value, *path)
    if found is None:
        return None
    if not isinstance(found, dict) or not all(isinstance(digest, str) for digest in found.values()):
        raise Unreadable(f"{'.'.join(path)} is not a set of digests")
    return found
