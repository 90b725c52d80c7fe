"""Items in batches: what is done in one transaction, or asked by one statement, has an end."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], most: int) -> Iterator[tuple[T, ...]]:
    """The items in tuples of at most `most` (itertools.batched is Python 3.12's)."""
    rest = iter(items)
    while batch := tuple(islice(rest, most)):
        yield batch
