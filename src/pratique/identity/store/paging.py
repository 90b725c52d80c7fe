"""Lists: filtered, ordered and cut to a page."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Select

from pratique.db import Row, Tx
from pratique.identity.listing import Listing

_ESCAPE: Final = "\\"

Columns = Mapping[str, Column[Any]]
"""The fields that a list may be filtered and ordered by; one is `id`."""


def page_of(
    tx: Tx, rows: Select[Any], count: Select[int], listing: Listing, columns: Columns
) -> tuple[list[Row], int]:
    """The rows of a page, and how many there are on all pages."""
    total = tx.execute(_filtered(count, listing, columns)).scalar_one()
    ordered = _filtered(rows, listing, columns)
    for name, descending in listing.order:
        if name in columns:
            ordered = ordered.order_by(columns[name].desc() if descending else columns[name])
    page = ordered.order_by(columns["id"]).offset(listing.offset).limit(listing.limit)
    return [tuple(row) for row in tx.execute(page).all()], total


def _filtered(statement: Select[Any], listing: Listing, columns: Columns) -> Select[Any]:
    for name, value in listing.equal.items():
        if name in columns:
            statement = statement.where(columns[name] == value)
    for name, part in listing.like.items():
        if name in columns:
            statement = statement.where(columns[name].like(f"%{_literally(part)}%", escape=_ESCAPE))
    return statement


def _literally(part: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        part = part.replace(special, _ESCAPE + special)
    return part
