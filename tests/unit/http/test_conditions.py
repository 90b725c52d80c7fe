"""RFC 9110, section 13, on digests as entity tags."""

from starlette.datastructures import Headers

from pratique.http.v2.conditions import conditions_of, is_unchanged, ranges_hold

D = "sha256:" + "a" * 64


def headers(**values: str) -> Headers:
    return Headers({name.replace("_", "-"): value for name, value in values.items()})


def test_conditions_of_a_put() -> None:
    none = conditions_of(headers())
    assert (none.if_match, none.if_none_match) == (None, None)
    assert conditions_of(headers(if_none_match="*")).if_none_match == frozenset({"*"})
    assert conditions_of(headers(if_match=f'"{D}", "x"')).if_match == frozenset({D, "x"})
    weak = conditions_of(headers(if_match=f'W/"{D}"', if_none_match=f'W/"{D}"'))
    assert weak.if_match == frozenset()
    assert weak.if_none_match == frozenset({D})


def test_not_modified() -> None:
    assert is_unchanged(headers(if_none_match=f'"x", W/"{D}"'), D)
    assert is_unchanged(headers(if_none_match="*"), D)
    assert not is_unchanged(headers(if_none_match='"x"'), D)
    assert not is_unchanged(headers(), D)


def test_if_range() -> None:
    assert ranges_hold(headers(), D)
    assert ranges_hold(headers(if_range=f'"{D}"'), D)
    assert not ranges_hold(headers(if_range=f'W/"{D}"'), D)
    assert not ranges_hold(headers(if_range="Sat, 21 Nov 2026 00:00:00 GMT"), D)
