"""Names and passwords."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.identity.rules import (
    can_be_asked_for,
    check_email,
    check_line,
    check_password,
    check_robot_name,
    check_username,
)


def _called(value: Callable[[str], None] | str) -> str:
    """Of a check its name: its address differs from process to process."""
    return repr(value) if isinstance(value, str) else value.__name__


def user(name: str) -> None:
    check_username(name, robot_prefix="robot$")


def line(text: str) -> None:
    check_line("the real name", text, limit=10)


GOOD: list[tuple[Callable[[str], None], str]] = [
    (check_password, "Abcdefg1"),
    (check_password, "A1" + "b" * 126),
    (check_password, "Ähnlich Ab1 \t"),
    (user, "ada"),
    (user, "Ada Lovelace"),
    (user, "ada@example.org"),
    (user, "robot"),
    (user, "ç" * 255),
    (check_email, "a@b"),
    (check_email, "ada.l+x@mail.example.org"),
    (check_robot_name, "ci"),
    (check_robot_name, "ci-2.build_x"),
    (line, ""),
    (line, "Ada Ł."),
]

BAD: list[tuple[Callable[[str], None], str]] = [
    (check_password, ""),
    (check_password, "Abcdef1"),
    (check_password, "A1" + "b" * 127),
    (check_password, "abcdefg1"),
    (check_password, "ABCDEFG1"),
    (check_password, "Abcdefgh"),
    (check_password, "Abcdefg1\0"),
    (check_password, "Abcdefg1\udc80"),
    (check_password, "Ébcdéfg1"),
    (user, ""),
    (user, "robot$ada"),
    (user, "a,b"),
    (user, "ada#3"),
    (user, "a:b"),
    (user, " ada"),
    (user, "ada\n"),
    (user, "a\u202eb"),
    (user, "x" * 256),
    (check_email, "ada"),
    (check_email, "a@b@c"),
    (check_email, "@b"),
    (check_email, "a b@c"),
    (check_email, "a" * 254 + "@b"),
    (check_robot_name, ""),
    (check_robot_name, "CI"),
    (check_robot_name, "a+b"),
    (check_robot_name, "a--b"),
    (check_robot_name, "ci\n"),
    (line, "x" * 11),
    (line, "a\x1bb"),
    (line, " "),
]


def is_refused(check: Callable[[str], None], text: str) -> bool:
    try:
        check(text)
    except BadRequest:
        return True
    return False


@pytest.mark.parametrize(("check", "text"), GOOD, ids=_called)
def test_what_is_accepted(check: Callable[[str], None], text: str) -> None:
    assert not is_refused(check, text)


@pytest.mark.parametrize(("check", "text"), BAD, ids=_called)
def test_what_is_refused(check: Callable[[str], None], text: str) -> None:
    assert is_refused(check, text)


@given(st.text())
def test_the_database_is_asked_only_for_names_that_it_can_be_asked_for(name: str) -> None:
    if can_be_asked_for(name):
        assert "\0" not in name
        assert name.encode().decode() == name
