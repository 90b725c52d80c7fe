r"""Harbor's `q=`: conditions on fields, separated by commas (pure).

    name=app            is exactly
    name=~app           has in it
    id=[1~5]            from, to, both included; either may be left out
    name={"a" "b"}      is one of
    labels=(1 2)        has all of

Values may stand in single or double quotes, and a `\` before a value keeps it from being read as one of the forms
above. As in Harbor the text is percent-decoded once more than the query string it came in, a condition without `=` or
without a value is refused, and fields that a list does not know are passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote_plus

from pratique.clock import SECOND, Moment, parse_rfc3339
from pratique.errors import BadRequest

TEXT_LIMIT: Final = 4_096
"""Characters of a whole `q`."""
TERMS_LIMIT: Final = 20
VALUES_LIMIT: Final = 100

How = Literal["is", "like", "between", "any", "all"]
_LARGEST: Final = 2**63 - 1
_QUOTES: Final = "\"'"
_BRACKETS: Final = {"[": "]", "{": "}", "(": ")"}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `between` has two values, empty for an open end; `is` and `like` have one."""

    field: str
    how: How
    values: tuple[str, ...]

    @property
    def value(self) -> str:
        """The only value, or the first."""
        return self.values[0]


@dataclass(frozen=True, slots=True)
class Query:
    """All conditions; all must hold."""

    terms: tuple[Term, ...] = ()

    def of(self, field: str) -> Iterator[Term]:
        """The conditions on one field."""
        return (term for term in self.terms if term.field == field)

    def exactly(self, *fields: str) -> str | None:
        """The value that one of the fields must have; None where nothing of that kind is asked."""
        return next((term.value for each in fields for term in self.of(each) if term.how == "is"), None)

    def like(self, *fields: str) -> str | None:
        """The text that one of the fields must have in it."""
        return next((term.value for each in fields for term in self.of(each) if term.how == "like"), None)


def parse_query(text: str) -> Query:
    """The conditions of a `q`. Raises BadRequest."""
    if len(text) > TEXT_LIMIT:
        raise BadRequest(f"q has more than {TEXT_LIMIT} characters")
    decoded = unquote_plus(text)
    parts = [part.strip() for part in _split(decoded, ",")] if decoded.strip() else []
    if len(parts) > TERMS_LIMIT:
        raise BadRequest(f"q has more than {TERMS_LIMIT} conditions")
    return Query(tuple(_term(part) for part in parts))


def number_of(term: Term, value: str) -> int:
    """A value as a number of 64 bits. Raises BadRequest."""
    try:
        number = int(value)
    except ValueError:
        raise BadRequest(f"q: {term.field} is compared with numbers, not with {value[:40]!r}") from None
    if not -_LARGEST <= number <= _LARGEST:
        raise BadRequest(f"q: {value[:40]} does not fit 64 bits")
    return number


def moment_of(term: Term, value: str) -> Moment:
    """A value as a time: RFC 3339, Harbor's `2020-04-09T02:36:00` in UTC, or seconds. Raises BadRequest."""
    text = value.replace(" ", "T", 1)
    if text.isdecimal() and len(text) < 12:
        return Moment(int(text) * SECOND)
    for form in (text, f"{text}Z"):
        try:
            return parse_rfc3339(form)
        except (ValueError, OverflowError):
            continue
    raise BadRequest(f"q: {term.field} is compared with times as 2026-01-31T12:00:00, not {value[:40]!r}")


def _term(part: str) -> Term:
    field, equals, value = part.partition("=")
    field, value = field.strip(), value.strip()
    if not equals or not field or not value:
        raise BadRequest(f"q: {part[:80]!r} is not a condition; write name=value")
    if value[0] == "~":
        return Term(field, "like", (_one(part, value[1:]),))
    if value[0] in _BRACKETS:
        if not value.endswith(_BRACKETS[value[0]]):
            raise BadRequest(f"q: {part[:80]!r} has no closing {_BRACKETS[value[0]]}")
        return _bracketed(part, field, value[0], value[1:-1])
    return Term(field, "is", (_one(part, value),))


def _bracketed(part: str, field: str, bracket: str, inside: str) -> Term:
    if bracket == "[":
        ends = [_unquoted(end.strip()) for end in _split(inside, "~")]
        if len(ends) != 2 or not any(ends):
            raise BadRequest(f"q: {part[:80]!r} is not a range; write [from~to]")
        return Term(field, "between", tuple(ends))
    values = tuple(_unquoted(value) for value in _split(inside, " ") if value)
    if not values or len(values) > VALUES_LIMIT:
        raise BadRequest(f"q: {part[:80]!r} needs 1 to {VALUES_LIMIT} values, separated by spaces")
    return Term(field, "any" if bracket == "{" else "all", values)


def _one(part: str, value: str) -> str:
    found = _unquoted(value.removeprefix("\\"))
    if not found:
        raise BadRequest(f"q: {part[:80]!r} has no value")
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] in _QUOTES and value[-1] == value[0]:
        return value[1:-1]
    return value


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that stand outside of quotes; a quote counts only at the start of a value."""
    start, quote, before = 0, "", separator
    for position, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in _QUOTES and before in "=~[{( " + separator:
            quote = sign if text.find(sign, position + 1) > 0 else ""
        elif sign == separator:
            yield text[start:position]
            start = position + 1
        before = sign
    yield text[start:]
