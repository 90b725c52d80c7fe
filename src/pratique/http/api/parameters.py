"""Parameters of the query and of the head, declared once: how they are read, and how the document shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pratique.errors import BadRequest
from pratique.http.api.errors import Unprocessable
from pratique.http.api.paging import LARGEST_SIZE, LAST_PAGE, SIZE

LARGEST: Final = 2**63 - 1
TEXT_LIMIT: Final = 4_096
"""Characters of a parameter."""

_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `least` and `most` bound numbers; `choices` are the only values, where there are any."""

    name: str
    kind: Literal["text", "number", "boolean"]
    description: str
    default: Any = None
    place: Literal["query", "header"] = "query"
    least: int = 0
    most: int = LARGEST
    choices: tuple[str, ...] = ()
    required: bool = False

    def read(self, sent: str) -> Any:
        """The value of what was sent. Raises Unprocessable."""
        if self.kind == "number":
            return self._number(sent)
        if self.kind == "boolean":
            return self._boolean(sent)
        if len(sent) > TEXT_LIMIT:
            raise Unprocessable(f"{self.name} has more than {TEXT_LIMIT} characters")
        if self.choices and sent not in self.choices:
            raise Unprocessable(f"{self.name} is one of {', '.join(self.choices)}, not {sent[:40]!r}")
        return sent

    def _number(self, sent: str) -> int:
        digits = sent.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
            raise Unprocessable(f"{self.name} is a number, not {sent[:40]!r}")
        if not self.least <= int(sent) <= self.most:
            raise Unprocessable(f"{self.name} is from {self.least} to {self.most}, not {sent}")
        return int(sent)

    def _boolean(self, sent: str) -> bool:
        word = sent.lower()
        if word not in _TRUE | _FALSE:
            raise Unprocessable(f"{self.name} is true or false, not {sent[:40]!r}")
        return word in _TRUE


PAGE: Final = Parameter("page", "number", "The number of the page.", 1, least=1, most=LAST_PAGE)
PAGE_SIZE: Final = Parameter(
    "page_size", "number", "Entries of the page; 0 is the most there can be.", SIZE, most=LARGEST_SIZE
)
QUERY: Final = Parameter(
    "q", "text", "Conditions, all of which hold: `k=v`, `k=~part`, `k=[from~to]`, `k={a b}` or `k=(a b)`."
)
SORT: Final = Parameter("sort", "text", "Fields to sort by, with `-` before those that descend.")
LISTING: Final = (QUERY, SORT, PAGE, PAGE_SIZE)
"""What most lists take."""

IS_NAME: Final = Parameter(
    "X-Is-Resource-Name",
    "boolean",
    "Read the project in the path as a name even where it is all digits.",
    False,
    "header",
)
NAME_IN_LOCATION: Final = Parameter(
    "X-Resource-Name-In-Location",
    "boolean",
    "Name what was made in `Location`, not its number.",
    False,
    "header",
)

NUMBERS: Final = frozenset(
    {"user_id", "robot_id", "label_id", "member_id", "quota_id", "gc_id", "token_id", "denial_id", "list_id"}
)
"""Parameters of paths that are numbers; all others are text."""


def read_parameters(
    declared: Sequence[Parameter], query: Mapping[str, str], head: Mapping[str, str]
) -> dict[str, Any]:
    """The values of all declared parameters; what is not declared is passed over. Raises Unprocessable."""
    values = {}
    for parameter in declared:
        sent = (query if parameter.place == "query" else head).get(parameter.name)
        if sent is None or (sent == "" and parameter.kind != "text"):
            if parameter.required:
                raise Unprocessable(f"{parameter.name} is missing")
            values[parameter.name] = parameter.default
        else:
            values[parameter.name] = parameter.read(readable(parameter.name, sent))
    return values


def read_segment(name: str, value: str) -> str | int:
    """A parameter of the path. Raises Unprocessable."""
    if name not in NUMBERS:
        return readable(name, value)
    if not (value.isascii() and value.isdigit() and len(value) <= 19 and 0 < int(value) <= LARGEST):
        raise Unprocessable(f"{name} is a number from 1 on, not {value[:40]!r}")
    return int(value)


def readable(name: str, text: str) -> str:
    """`text` itself. Raises BadRequest for what databases and drivers refuse: NUL, and what is no character."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadRequest(f"{name} holds something that is not a character")
    return text
