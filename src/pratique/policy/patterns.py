"""Patterns on repository paths: the four signs of Harbor's doublestar patterns.

`*` is any run of characters within one component and `?` one of them; `**` as a whole component is any
number of components, none included (but at the end of a longer pattern at least one: `team/**` is not
`team`); `{a,b}` is either, without nesting. Everything else stands for itself. Matching takes time in
proportion to pattern times path, whatever the pattern: nothing is translated to a regular expression.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pratique.errors import BadRequest

PATTERN_LIMIT: Final = 255
"""Characters of one pattern."""
ALTERNATIVES_LIMIT: Final = 64
"""Patterns that the braces of one pattern may spell out."""

EVERYTHING: Final = "**"

_ALLOWED: Final = re.compile(r"[a-z0-9._/*?{},-]+")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_Item = TypeVar("_Item")


def check_pattern(pattern: str) -> str:
    """`pattern` itself when it can match a repository path. Raises BadRequest with the reason."""
    if len(pattern) > PATTERN_LIMIT:
        raise BadRequest(f"a repository pattern has at most {PATTERN_LIMIT} characters")
    if not _ALLOWED.fullmatch(pattern):
        raise BadRequest(
            f"{pattern!r} is not a repository pattern: lower-case names with '*', '?', '**' and '{{a,b}}' are"
        )
    alternatives = 1
    for group in _BRACES.findall(pattern):
        alternatives *= group.count(",") + 1
    if alternatives > ALTERNATIVES_LIMIT:
        raise BadRequest(f"{pattern!r} spells out more than {ALTERNATIVES_LIMIT} patterns")
    if re.search(r"[{},]", _BRACES.sub("", pattern)):
        raise BadRequest(f"the braces of {pattern!r} do not match, or are nested")
    if any("" in spelled.split("/") for spelled in _spelled_out(pattern)):
        raise BadRequest(
            f"{pattern!r} has an empty path component: no repository path starts, ends or doubles with '/'"
        )
    return pattern


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern that `check_pattern` has let through matches a path inside the project."""
    components = path.split("/")
    return any(_matches_components(spelled.split("/"), components) for spelled in _spelled_out(pattern))


def _spelled_out(pattern: str) -> list[str]:
    group = _BRACES.search(pattern)
    if group is None:
        return [pattern]
    before, after = pattern[: group.start()], pattern[group.end() :]
    return [spelled for one in group[1].split(",") for spelled in _spelled_out(f"{before}{one}{after}")]


def _matches_components(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if len(pattern) > 1 and pattern[-1] == EVERYTHING:
        pattern = [*pattern[:-1], EVERYTHING, "*"]
    return _runs(pattern, path, lambda one: one == EVERYTHING, _matches_component)


def _matches_component(pattern: str, component: str) -> bool:
    return _runs(pattern, component, lambda one: one == "*", lambda one, sign: one in {"?", sign})


def _runs(
    pattern: Sequence[_Item],
    items: Sequence[_Item],
    is_run: Callable[[_Item], bool],
    is_one: Callable[[_Item, _Item], bool],
) -> bool:
    """Greedy matching that returns to the last run only: earlier runs never need to be tried again."""
    at = index = 0
    run: int | None = None
    taken = 0
    while index < len(items):
        if at < len(pattern) and is_run(pattern[at]):
            run, taken = at, index
            at += 1
        elif at < len(pattern) and is_one(pattern[at], items[index]):
            at += 1
            index += 1
        elif run is not None:
            taken += 1
            at, index = run + 1, taken
        else:
            return False
    return all(is_run(one) for one in pattern[at:])
