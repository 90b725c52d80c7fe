"""Collections: what is listed, added to and removed from, said once for all that are so."""

from collections.abc import Callable
from dataclasses import dataclass
from types import GenericAlias
from typing import Any

from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound, PratiqueError
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.parameters import IS_NAME, PAGE, PAGE_SIZE, Parameter
from pratique.http.api.rules import Rule

Do = Callable[[Call, Tx], Reply]


@dataclass(frozen=True, slots=True)
class Collection:
    """Where it lies, and what its members are.

    `member` is what names one behind `path`; `may` says who may `list`, `create` and `delete`; `shape` is what comes
    out for a member, `request` what goes in for a new one.
    """

    path: str
    member: str
    tag: str
    may: Callable[[str], Rule]
    shape: Any
    request: Any

    def listed(self, operation_id: str, summary: str, do: Do) -> Operation:
        """The row that lists it, by pages."""
        return Operation(
            "GET",
            self.path,
            operation_id,
            summary,
            self.tag,
            self.may("list"),
            Reads(do),
            GenericAlias(list, (self.shape,)),
            parameters=(*self._named(), PAGE, PAGE_SIZE),
        )

    def added(self, operation_id: str, summary: str, do: Do) -> Operation:
        """The row that adds a member, and says where it lies."""
        return Operation(
            "POST",
            self.path,
            operation_id,
            summary,
            self.tag,
            self.may("create"),
            Changes(do),
            self.shape,
            request=self.request,
            success=201,
            parameters=self._named(),
            errors=(BadRequest, Conflict),
            headers=("Location",),
        )

    def removed(
        self, operation_id: str, summary: str, do: Do, errors: tuple[type[PratiqueError], ...] = (NotFound,)
    ) -> Operation:
        """The row that takes a member away."""
        return Operation(
            "DELETE",
            f"{self.path}/{self.member}",
            operation_id,
            summary,
            self.tag,
            self.may("delete"),
            Changes(do),
            parameters=self._named(),
            errors=errors,
        )

    def _named(self) -> tuple[Parameter, ...]:
        """Of a project, the path says which; a header says whether by its name."""
        return (IS_NAME,) if "{project_name_or_id}" in self.path else ()
