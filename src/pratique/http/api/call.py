"""A request once it is understood, and a reply before it is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pratique.access import Kind, Principal, Standing
from pratique.errors import BadRequest
from pratique.http.api.paging import PageRequest, page_headers
from pratique.http.api.query import Query, parse_query
from pratique.http.api.rooms import ApiRooms
from pratique.projects import Project

T = TypeVar("T")

PREFIX: Final = "/api/v2.0"
"""Where every operation of the management API lies."""

SORTS_LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation: by whom, on what, with which parameters (checked) and body (decoded).

    `project` and `standing` are there once the operation's rule has admitted a call that names a project.
    """

    rooms: ApiRooms
    principal: Principal
    path: str
    segments: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sent: Sequence[tuple[str, str]] = ()
    payload: Any = None
    project: Project | None = None
    standing: Standing | None = None

    def text(self, name: str) -> str:
        """A segment of the path."""
        return str(self.segments[name])

    def number(self, name: str) -> int:
        """A segment of the path that is a number."""
        return int(self.segments[name])

    def option(self, name: str) -> Any:
        """A parameter of the query or the head, its default where it was not sent."""
        return self.parameters.get(name)

    def body(self, kind: type[T]) -> T:
        """The body, which the operation declares to be of this kind."""
        if not isinstance(self.payload, kind):
            raise BadRequest("this request needs a body")
        return self.payload

    @property
    def page(self) -> PageRequest:
        """The page that is asked for."""
        return PageRequest(self.option("page"), self.option("page_size"))

    @property
    def query(self) -> Query:
        """The conditions of `q`. Raises BadRequest."""
        return parse_query(self.option("q") or "")

    @property
    def sort(self) -> tuple[str, ...]:
        """The fields of `sort`, with `-` for descending."""
        names = (name.strip() for name in (self.option("sort") or "").split(","))
        return tuple(name.removeprefix("+") for name in names if name)[:SORTS_LIMIT]

    @property
    def at_project(self) -> tuple[Project, Standing]:
        """The project and where the caller stands in it, in an operation whose rule has found them."""
        if self.project is None or self.standing is None:
            raise LookupError("the operation's rule does not name a project")
        return self.project, self.standing

    @property
    def is_person(self) -> bool:
        """Whether a user asks, and not a robot or nobody."""
        return self.principal.kind is Kind.USER

    def location(self, *parts: object) -> dict[str, str]:
        """The `Location` of what was made."""
        return {"location": "/".join((PREFIX, *map(str, parts)))}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers. `body` None: nothing; bytes or text: as it is; anything else: as JSON."""

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def page_of(call: Call, items: Sequence[Any], total: int) -> Reply:
    """A page of a list, with the headers that lead to the others."""
    return Reply(list(items), page_headers(call.path, call.sent, call.page, total))


def page_of_all(call: Call, found: Sequence[T], shape: Callable[[T], Any]) -> Reply:
    """A page of a list that is at hand whole, each of its items in its shape."""
    return page_of(call, [shape(each) for each in call.page.of(found)], len(found))


def reply_waiting(pending: int) -> Reply:
    """The answer of a change that may leave artifacts waiting: how many, where there are any."""
    return Reply(headers={"x-pratique-pending": str(pending)} if pending else {})
