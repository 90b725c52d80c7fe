"""For what, where and when somebody's word counts: what every trusted party carries, whatever kind it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pratique.clock import Moment
from pratique.errors import BadRequest
from pratique.policy import check_pattern
from pratique.policy.patterns import EVERYTHING
from pratique.trust.parties import Purpose

PATTERNS_LIMIT: Final = 50
"""Repository patterns of one party."""
NAME_LIMIT: Final = 128
"""Characters of a party's name."""

T = TypeVar("T", bound=str)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Reach:
    """`purposes` is what the word counts for: who signs images may not waive CVEs, unless it is said.

    `repositories` are patterns inside the project. Evidence counts that this registry received from `valid_from` on
    and before `valid_until`; from `valid_until` on nothing counts. None is no bound.
    """

    purposes: tuple[Purpose, ...] = (Purpose.SIGNATURE,)
    repositories: tuple[str, ...] = (EVERYTHING,)
    valid_from: Moment | None = None
    valid_until: Moment | None = None

    def checked(self) -> "Reach":
        """The same in its one form. Raises BadRequest where it makes no sense or a limit is reached."""
        if (
            self.valid_from is not None
            and self.valid_until is not None
            and self.valid_until <= self.valid_from
        ):
            raise BadRequest("valid_until is not after valid_from: it would never count")
        if not self.purposes:
            raise BadRequest(f"for is a list of {', '.join(Purpose)}; it names none of them")
        purposes = tuple(sorted(set(self.purposes)))
        return Reach(purposes, _checked_patterns(self.repositories), self.valid_from, self.valid_until)


EVERYWHERE: Final = Reach()
"""Signatures, in every repository of the project, at any time."""


def purposes_of(words: Sequence[str]) -> tuple[Purpose, ...]:
    """The purposes that are named. Raises BadRequest."""
    try:
        return tuple(Purpose(word) for word in words)
    except ValueError:
        raise BadRequest(f"for is a list of {', '.join(Purpose)}, not {list(words)[:5]!r}") from None


def checked_name(name: str, what: str) -> str:
    """`name` itself, when it will do for a party. Raises BadRequest."""
    if len(name) > NAME_LIMIT or not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name[:NAME_LIMIT]!r} is not a name for {what}: letters, digits, '.', '_' and '-', starting with a "
            f"letter or digit, {NAME_LIMIT} characters at most"
        )
    return name


def one_of(name: str, word: str, choices: Sequence[T]) -> T:
    """The choice that `word` is, of the field of that name. Raises BadRequest."""
    for choice in choices:
        if choice == word:
            return choice
    raise BadRequest(f"{name} is one of {', '.join(choices)}, not {word[:40]!r}")


def _checked_patterns(repositories: Sequence[str]) -> tuple[str, ...]:
    if isinstance(repositories, str) or not 1 <= len(repositories) <= PATTERNS_LIMIT:
        raise BadRequest(f"repositories is a list of 1 to {PATTERNS_LIMIT} patterns, as in [{EVERYTHING!r}]")
    return tuple(dict.fromkeys(check_pattern(pattern) for pattern in repositories))
