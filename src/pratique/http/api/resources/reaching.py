"""How far a party's word reaches: as clients say it, and as they are told."""

from typing import Any

from pratique.clock import Moment, parse_rfc3339
from pratique.errors import BadRequest
from pratique.http.api.schemas.fields import Time, shown
from pratique.http.api.schemas.trust import Reaching
from pratique.policy.patterns import EVERYTHING
from pratique.trust import Purpose
from pratique.trust.reach import Reach, purposes_of


def reach_of(asked: Reaching) -> Reach:
    """What a request asks for. Raises BadRequest."""
    return Reach(
        (Purpose.SIGNATURE,) if asked.purposes is None else purposes_of(asked.purposes),
        tuple([EVERYTHING] if asked.repositories is None else asked.repositories),
        moment("valid_from", asked.valid_from),
        moment("valid_until", asked.valid_until),
    )


def reach_shape(reach: Reach) -> dict[str, Any]:
    """The fields that say it."""
    return {
        "purposes": [purpose.value for purpose in reach.purposes],
        "repositories": list(reach.repositories),
        "valid_from": optional(reach.valid_from),
        "valid_until": optional(reach.valid_until),
    }


def moment(name: str, text: str | None) -> Moment | None:
    """A time that a client sent. Raises BadRequest."""
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        raise BadRequest(f"{name} is a time as 2026-01-31T12:00:00Z, not {text[:40]!r}") from None


def optional(at: Moment | None) -> Time | None:
    """A time for clients, where there is one."""
    return None if at is None else shown(at)
