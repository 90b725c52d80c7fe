"""Secrets do not show themselves; quantities are read or refused, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.quantities import Bytes, Seconds
from pratique.settings.values import Secret, read_value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("plain", "********"),
        ("postgresql://me:s3cret@host/db", "postgresql://me:********@host/db"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("sqlite:////var/lib/p.db", "sqlite:////var/lib/p.db"),
    ],
)
def test_a_secret_is_masked(value: str, shown: str) -> None:
    assert Secret(value).masked() == shown
    assert repr(Secret(value)) == f"Secret({shown!r})"
    assert Secret(value).reveal() == value


@given(st.text(min_size=1, max_size=30).filter(lambda text: text not in "Secret('********')"))
def test_no_form_of_a_secret_holds_it(value: str) -> None:
    secret = Secret(value)
    if "//" not in value:
        assert value not in str(secret)
        assert value not in repr(secret)


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("", 1)]))
def test_durations(number: int, unit: tuple[str, int]) -> None:
    assert read_value(Seconds, f"{number}{unit[0]}") == number * unit[1]


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_refused(text: str) -> None:
    try:
        size = read_value(Bytes, text)
    except ValueError:
        return
    assert size >= 0


def test_types_of_a_file_are_not_bent() -> None:
    with pytest.raises(ValueError, match="Expected `int`"):
        read_value(Seconds, 1.5)
    with pytest.raises(ValueError, match="Expected `bool`"):
        read_value(bool, 1)
