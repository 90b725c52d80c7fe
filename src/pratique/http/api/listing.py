"""From `q` and `sort` to what rooms list by, where their fields have other names than Harbor's (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from pratique.errors import BadRequest
from pratique.http.api.call import Call
from pratique.http.api.query import Term, moment_of, number_of
from pratique.identity import Listing

Read = Callable[[Term, str], Any]


def as_text(_term: Term, value: str) -> str:
    """A value as it is."""
    return value


def account_listing(
    call: Call, fields: Mapping[str, tuple[str, Read]], fixed: Mapping[str, Any] | None = None
) -> Listing:
    """What identity lists by: `fields` has Harbor's name -> (the room's, how a value is read).

    `fixed` are conditions that the caller can't take away. Raises BadRequest.
    """
    equal: dict[str, Any] = {}
    like: dict[str, str] = {}
    for term in call.query.terms:
        known = fields.get(term.field.lower())
        if known is not None and term.how == "is":
            equal[known[0]] = known[1](term, term.value)
        elif known is not None and term.how == "like" and known[1] is as_text:
            like[known[0]] = term.value
        elif known is not None:
            raise unanswerable(term)
    order = []
    for name in call.sort:
        known = fields.get(name.removeprefix("-").lower())
        if known is not None:
            order.append((known[0], name.startswith("-")))
    return Listing({**equal, **(fixed or {})}, like, tuple(order), call.page.offset, call.page.limit)


def unanswerable(term: Term) -> BadRequest:
    """Why a condition on a field that is known is refused: passed over, it would show what was not asked for."""
    return BadRequest(f"q: {term.field} can't be asked for in this way here")


__all__ = ["account_listing", "as_text", "moment_of", "number_of", "unanswerable"]
