"""What a list is asked for, in plain values: which rows, in which order, which page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Listing:
    """Fields that a list does not know are ignored, as Harbor does.

    `equal` compares, `like` looks for a part of a text; `order` holds (field, descending). `limit` None: all.
    """

    equal: Mapping[str, Any] = field(default_factory=dict)
    like: Mapping[str, str] = field(default_factory=dict)
    order: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int | None = None
