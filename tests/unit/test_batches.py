"""Items in batches."""

from hypothesis import given
from hypothesis import strategies as st

from pratique.batches import batched


@given(st.lists(st.integers()), st.integers(1, 7))
def test_all_items_in_their_order_and_never_too_many(items: list[int], most: int) -> None:
    found = list(batched(iter(items), most))
    assert [item for batch in found for item in batch] == items
    assert all(len(batch) == most for batch in found[:-1])
    assert all(0 < len(batch) <= most for batch in found)
