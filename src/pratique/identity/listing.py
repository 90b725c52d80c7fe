"""What a list is asked for, in plain values: which rows, in which order, which page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, Select

_ESCAPE: Final = "\\"


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

    def filtered(self, statement: Select[Any], columns: Mapping[str, Column[Any]]) -> Select[Any]:
        """`statement` with the conditions on those of `columns` that are asked for."""
        for name, value in self.equal.items():
            if name in columns:
                statement = statement.where(columns[name] == value)
        for name, part in self.like.items():
            if name in columns:
                statement = statement.where(columns[name].like(f"%{_literally(part)}%", escape=_ESCAPE))
        return statement

    def page(self, statement: Select[Any], columns: Mapping[str, Column[Any]]) -> Select[Any]:
        """`statement` filtered, ordered (by `id` at last) and cut to the page."""
        ordered = self.filtered(statement, columns)
        for name, descending in self.order:
            if name in columns:
                ordered = ordered.order_by(columns[name].desc() if descending else columns[name])
        ordered = ordered.order_by(columns["id"]).offset(self.offset)
        return ordered if self.limit is None else ordered.limit(self.limit)


def _literally(part: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        part = part.replace(special, _ESCAPE + special)
    return part
