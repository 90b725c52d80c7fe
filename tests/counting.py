"""How many statements something runs, on whichever database."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from pratique.db import Tx

_ASKING: Final = ("rows", "change", "change_many", "execute")


class Statements:
    """Statements that were run since it began to count, in all threads."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.count += 1


@contextlib.contextmanager
def counted_statements() -> Iterator[Statements]:
    """Count while the block runs."""
    found = Statements()
    with pytest.MonkeyPatch.context() as patch:
        for name in _ASKING:
            patch.setattr(Tx, name, _counting(getattr(Tx, name), found))
        yield found


def _counting(run: Callable[..., Any], found: Statements) -> Callable[..., Any]:
    def counting(tx: Tx, *arguments: Any, **named: Any) -> Any:
        found.add()
        return run(tx, *arguments, **named)

    return counting
