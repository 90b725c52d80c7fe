"""A reach as it lies in four columns of every table of parties."""

import json
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.sql.elements import ColumnElement

from pratique.trust.parties import Purpose
from pratique.trust.reach import Reach

NAMES: Final = ("purposes", "repositories", "valid_from", "valid_until")


def columns(table: Table) -> list[ColumnElement[Any]]:
    """The columns, in the order that `read` takes their values."""
    return [table.c[name] for name in NAMES]


def read(purposes: str, repositories: str, valid_from: Any, valid_until: Any) -> Reach:
    """The reach of a row."""
    named = tuple(Purpose(word) for word in purposes.split(","))
    return Reach(named, tuple(json.loads(repositories)), valid_from, valid_until)


def written(reach: Reach) -> dict[str, Any]:
    """The values of a row."""
    return {
        "purposes": ",".join(reach.purposes),
        "repositories": json.dumps(reach.repositories),
        "valid_from": reach.valid_from,
        "valid_until": reach.valid_until,
    }
