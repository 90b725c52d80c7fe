"""What names and passwords of accounts must look like: Harbor's rules, as its clients expect them."""

import re
from typing import Final

from pratique.errors import BadRequest

NAME_LIMIT: Final = 255
COMMENT_LIMIT: Final = 1_024
PASSWORD_SHORTEST: Final = 8
PASSWORD_LONGEST: Final = 128

_NOT_IN_USERNAMES: Final = frozenset(',"~#%$')
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_ROBOT_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


def check_password(password: str) -> None:
    """Raise BadRequest unless it has 8 to 128 characters, upper-case, lower-case and a digit."""
    long_enough = PASSWORD_SHORTEST <= len(password) <= PASSWORD_LONGEST
    mixed = re.search("[A-Z]", password) and re.search("[a-z]", password) and re.search("[0-9]", password)
    if not long_enough or not mixed or not _is_text(password):
        raise BadRequest(
            f"a password or secret needs {PASSWORD_SHORTEST} to {PASSWORD_LONGEST} characters with at least"
            " one upper-case letter, one lower-case letter and one digit"
        )


def check_username(username: str, *, robot_prefix: str) -> None:
    """Raise BadRequest unless it can be a user's name. It may not look like a robot's."""
    if not _is_line(username, 1, NAME_LIMIT) or _NOT_IN_USERNAMES & set(username) or ":" in username:
        raise BadRequest(
            f"a user name has 1 to {NAME_LIMIT} printable characters, no spaces around it and none of"
            ' , " ~ # % $ :'
        )
    if username.startswith(robot_prefix):
        raise BadRequest(f"names that begin with {robot_prefix!r} are robots'")


def check_email(email: str) -> None:
    """Raise BadRequest unless it can be an e-mail address. That it exists is not asked."""
    if not _is_line(email, 3, NAME_LIMIT) or not _EMAIL.fullmatch(email):
        raise BadRequest("an e-mail address looks like name@example.org and has at most 255 characters")


def check_line(field: str, text: str, *, limit: int) -> None:
    """Raise BadRequest when the text of `field` is longer than `limit` or has control characters."""
    if text and not _is_line(text, 1, limit):
        raise BadRequest(f"{field} has at most {limit} printable characters, without spaces around them")


def check_robot_name(name: str) -> None:
    """Raise BadRequest unless it can be a robot's own name (without prefix and project)."""
    if len(name) > NAME_LIMIT or not _ROBOT_NAME.fullmatch(name):
        raise BadRequest(
            "a robot's name has lower-case letters and digits, separated by '.', '_' or '-', "
            f"{NAME_LIMIT} characters at most"
        )


def can_be_asked_for(name: str) -> bool:
    """Whether the database may be asked for it: PostgreSQL refuses NUL, drivers refuse surrogates."""
    return _is_line(name, 1, 2 * NAME_LIMIT)


def _is_line(text: str, shortest: int, longest: int) -> bool:
    return shortest <= len(text) <= longest and text.isprintable() and text == text.strip()


def _is_text(text: str) -> bool:
    """Encodable and without NUL; passwords may hold any other character."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
