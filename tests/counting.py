"""Which statements something runs, on whichever database.

Counted at `Tx` itself: rooms make their own, of a database that the scene has opened, and none is handed to them.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from pratique.db import Statement, Tx

_ASKING: Final = ("rows", "change", "change_many", "execute")


class Statements:
    """The text of each statement that was run since it began to count, in all threads."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @property
    def count(self) -> int:
        return len(self.texts)

    def naming(self, word: str) -> int:
        """How many of them have a word in them."""
        return sum(word in one for one in self.texts)


@contextlib.contextmanager
def counted_statements() -> Iterator[Statements]:
    """Count while the block runs."""
    found = Statements()
    with pytest.MonkeyPatch.context() as patch:
        for name in _ASKING:
            patch.setattr(Tx, name, _counting(getattr(Tx, name), found))
        yield found


def _counting(run: Callable[..., Any], found: Statements) -> Callable[..., Any]:
    def counting(tx: Tx, statement: Any, *arguments: Any, **named: Any) -> Any:
        text = statement.form(tx.dialect).text if isinstance(statement, Statement) else str(statement)
        found.texts.append(text)
        return run(tx, statement, *arguments, **named)

    return counting
