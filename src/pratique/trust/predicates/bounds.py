"""Limits on what is kept of somebody's JSON: it is shown to people and stored beside verdicts."""

from typing import Any, Final

TEXT_LIMIT: Final = 1_000
"""Characters of one string."""
MEMBERS_LIMIT: Final = 50
"""Members of one object or array."""
DEPTH_LIMIT: Final = 6
"""Objects and arrays within each other."""
NODES_LIMIT: Final = 500
"""Values of one fact, all together."""
CUT: Final = "…"
"""What stands in the place of whatever was left out."""


def bounded(value: Any) -> Any:
    """The value with everything beyond the limits left out, and `CUT` where that was. Equal values give equal ones."""
    return _bounded(value, DEPTH_LIMIT, [NODES_LIMIT])


def _bounded(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        return CUT
    match value:
        case str():
            return value if len(value) <= TEXT_LIMIT else value[:TEXT_LIMIT] + CUT
        case dict() | list() if depth == 0:
            return CUT
        case dict():
            kept = list(value.items())[:MEMBERS_LIMIT]
            members = {name[:TEXT_LIMIT]: _bounded(one, depth - 1, left) for name, one in kept}
            return members if len(kept) == len(value) else {**members, CUT: len(value) - len(kept)}
        case list() | tuple():
            items = [_bounded(one, depth - 1, left) for one in value[:MEMBERS_LIMIT]]
            return items if len(items) == len(value) else [*items, CUT]
        case _:
            return value
