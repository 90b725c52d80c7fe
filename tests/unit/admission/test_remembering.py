"""What was worked out of shares is remembered for as long as it is true, and while there is room."""

from pratique.admission.remembering import ByShare


def test_it_counts_as_long_as_the_answers_are_the_same() -> None:
    kept = ByShare[str](10, len)
    kept.put("share", (1, 0), "abc")
    assert kept.get("share", (1, 0)) == "abc"
    assert kept.get("share", (1, 1)) is None
    kept.put("share", (1, 1), "abcd")
    assert kept.get("share", (1, 0)) is None
    assert kept.get("share", (1, 1)) == "abcd"


def test_what_was_asked_for_last_stays() -> None:
    kept = ByShare[str](6, len)
    for mark in ("a", "b"):
        kept.put(mark, (1,), "abc")
    assert kept.get("a", (1,)) == "abc"
    kept.put("c", (1,), "abc")
    assert [kept.get(mark, (1,)) for mark in ("a", "b", "c")] == ["abc", None, "abc"]


def test_what_is_replaced_weighs_nothing_any_more() -> None:
    kept = ByShare[str](6, len)
    for number in range(10):
        kept.put("a", (number,), "abc")
    kept.put("b", (1,), "abc")
    assert kept.get("a", (9,)) == "abc"


def test_what_is_too_heavy_is_not_remembered() -> None:
    kept = ByShare[str](2, len)
    kept.put("a", (1,), "abc")
    assert kept.get("a", (1,)) is None
    kept.put("b", (1,), "ab")
    assert kept.get("b", (1,)) == "ab"
