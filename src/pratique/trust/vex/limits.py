"""How much VEX is read of one document. More is refused whole: what is left out might say otherwise."""

from collections.abc import Iterable
from typing import Final

from pratique.clock import Moment, parse_rfc3339
from pratique.policy.refusal import clean
from pratique.trust.strict import Unreadable

STATEMENTS_LIMIT: Final = 2_000
"""Statements of one document, about whatever."""
NAMES_LIMIT: Final = 50
"""Names of one vulnerability."""
NAME_LIMIT: Final = 200
"""Characters of one of them."""
PRODUCTS_LIMIT: Final = 2_000
"""Products of one statement, and components of one product."""
NAMED_LIMIT: Final = 20_000
"""Products and components that all statements of a document name together."""
SAID_LIMIT: Final = 400
"""Characters that are kept of what is only told: why, by whom, in which document."""


def check_count(what: str, count: int, limit: int) -> None:
    """Raises Unreadable where there are more than `limit`."""
    if count > limit:
        raise Unreadable(f"it has {count} {what}; at most {limit} are read")


class Named:
    """How many products and components a document has named so far."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, what: str, count: int) -> None:
        """Raises Unreadable where a list is too long, or with it all of them are."""
        check_count(what, count, PRODUCTS_LIMIT)
        self._count += count
        check_count("products and components in all", self._count, NAMED_LIMIT)


def names_of(said: Iterable[str]) -> tuple[str, ...]:
    """The names of a vulnerability, each once. Raises Unreadable for none, too many or overlong ones."""
    names = tuple(dict.fromkeys(name for name in (clean(one) for one in said) if name))
    if not names:
        raise Unreadable("a statement does not name its vulnerability")
    check_count("names of one vulnerability", len(names), NAMES_LIMIT)
    if overlong := next((name for name in names if len(name) > NAME_LIMIT), None):
        raise Unreadable(f"the name {overlong[:40]!r}… of a vulnerability is too long")
    return names


def told(text: str | None) -> str:
    """A text for people: on one line, without control characters, cut."""
    plain = clean(text or "")
    return plain if len(plain) <= SAID_LIMIT else f"{plain[:SAID_LIMIT]}…"


def moment_of(text: str | None, place: str) -> Moment:
    """A date and time with its offset (RFC 3339), to the microsecond. Raises Unreadable."""
    try:
        return parse_rfc3339(text or "")
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            f"{place} is {(text or '')[:80]!r}, which is no date and time with an offset"
        ) from error
