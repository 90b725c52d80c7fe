"""Kinds of fields that many shapes have."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from pratique.clock import Moment, rfc3339

Time: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A time in RFC 3339, in milliseconds and UTC."""

Number: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A number as databases keep them."""

NEVER = "0001-01-01T00:00:00.000Z"
"""How Harbor writes a time that has not been."""


def shown(moment: Moment | None) -> Time:
    """A moment as clients read it."""
    return NEVER if moment is None else rfc3339(moment)
