"""Limits on what is kept of somebody's JSON: it is shown to people and stored beside verdicts."""

from typing import Any, Final

TEXT_LIMIT: Final = 1_000
"""Characters of one string."""
MEMBERS_LIMIT: Final = 50
"""Members of one object or array."""
DEPTH_LIMIT: Final = 7
"""Objects and arrays within each other."""
NODES_LIMIT: Final = 500
"""Values in all the facts of one predicate."""
CHARACTERS_LIMIT: Final = 16 * 1024
"""Characters of all their strings and names."""
CUT: Final = "…"
"""What stands in the place of whatever was left out."""


def bounded(value: Any) -> Any:
    """The value with everything beyond the limits left out, and `CUT` where that was. Equal values give equal ones."""
    return _Allowance().kept(value, DEPTH_LIMIT)


class _Allowance:
    """What may still be kept: first come, first served."""

    def __init__(self) -> None:
        self._nodes = NODES_LIMIT
        self._characters = CHARACTERS_LIMIT

    def kept(self, value: Any, depth: int) -> Any:
        self._nodes -= 1
        match value:
            case _ if self._nodes < 0:
                return CUT
            case str():
                return self._text(value)
            case dict() | list() | tuple() if depth == 0:
                return CUT
            case dict():
                return self._members(value, depth)
            case list() | tuple():
                items = [self.kept(one, depth - 1) for one in value[:MEMBERS_LIMIT]]
                return items if len(items) == len(value) else [*items, CUT]
            case _:
                return value

    def _members(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        first = list(value.items())[:MEMBERS_LIMIT]
        members = {self._text(name): self.kept(one, depth - 1) for name, one in first}
        return members if len(members) == len(value) else {**members, CUT: CUT}

    def _text(self, text: str) -> str:
        kept = text[: max(0, min(TEXT_LIMIT, self._characters))]
        self._characters -= len(kept)
        return kept if len(kept) == len(text) else kept + CUT
