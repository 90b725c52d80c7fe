"""Operations as data: one row says what a resource is called, who may, what goes in and what comes out.

The router and the OpenAPI document are made of these rows, so neither can know an operation that the other does not.
A row without a rule can't be written.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pratique.db import Tx
from pratique.errors import PratiqueError
from pratique.http.api.call import Call, Reply
from pratique.http.api.parameters import Parameter
from pratique.http.api.rules import Rule

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

_SEGMENT: Final = re.compile(r"\{(\w+)\}")
_OPERATION_ID: Final = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Reads:
    """Runs in one transaction that changes nothing, with the check of its rule."""

    do: Callable[[Call, Tx], Reply]

    def run(self, call: Call, rule: Rule) -> Reply:
        """Admit the call and answer it, as one snapshot."""
        with call.rooms.database.read() as tx:
            return self.do(rule.admit(call, tx), tx)


@dataclass(frozen=True, slots=True)
class Changes:
    """Runs in one transaction that commits the change with its events, with the check of its rule."""

    do: Callable[[Call, Tx], Reply]

    def run(self, call: Call, rule: Rule) -> Reply:
        """Admit the call and carry it out; neither without the other."""
        return call.rooms.database.write(lambda tx: self.do(rule.admit(call, tx), tx))


@dataclass(frozen=True, slots=True)
class Acts:
    """Calls rooms that open transactions of their own, or hashes or reads files between them."""

    do: Callable[[Call], Reply]

    def run(self, call: Call, rule: Rule) -> Reply:
        """Admit the call, then carry it out."""
        with call.rooms.database.read() as tx:
            admitted = rule.admit(call, tx)
        return self.do(admitted)


Handler = Reads | Changes | Acts


@dataclass(frozen=True, slots=True)
class Operation:
    """A row. `path` is relative to `/api/v2.0`, its parameters in braces.

    `request` and `response` are types that msgspec knows, None where there is no body; `may_lack_body`: a request need
    not have one. `media` is what comes out when
    that is not JSON. `errors` are those besides what the rule, the parameters and the body bring with them.
    Raises ValueError for a row that does not hold together.
    """

    method: Method
    path: str
    operation_id: str
    summary: str
    tag: str
    rule: Rule
    handler: Handler
    response: Any = None
    request: Any = None
    success: int = 200
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[type[PratiqueError], ...] = ()
    headers: tuple[str, ...] = ()
    media: str = "application/json"
    may_lack_body: bool = False

    def __post_init__(self) -> None:
        problems = [text for is_wrong, text in self._checks() if is_wrong]
        if problems:
            raise ValueError(f"operation {self.operation_id!r}: {'; '.join(problems)}")

    def _checks(self) -> Sequence[tuple[bool, str]]:
        return (
            (not isinstance(self.rule, Rule), "has no rule: say who may, if need be PUBLIC"),
            (not self.path.startswith("/"), "has a path that does not start with /"),
            (not _OPERATION_ID.fullmatch(self.operation_id), "has an id that is not letters alone"),
            (not self.summary.strip(), "has no summary"),
            (not 200 <= self.success < 300, "succeeds with something else than 2xx"),
            (self.request is not None and self.method in {"GET", "HEAD"}, "has a body to read"),
            (_decided_on(self.rule) not in {"", *self.segments}, "decides on what its path does not name"),
        )

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of the path's parameters, in order."""
        return tuple(_SEGMENT.findall(self.path))


def _decided_on(rule: Rule | None) -> str:
    return "" if rule is None else rule.segment
