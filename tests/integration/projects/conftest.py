"""A projects room over a real database, with small stand-ins for the rooms that it does not know."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from pratique import events
from pratique.access import PULL, Kind, Permission, Principal
from pratique.clock import SECOND, Moment
from pratique.db import Database, Tx
from pratique.jobs import Feed, OutboxRow
from pratique.projects import Allowlists, Labels, Members, Person, Project, Projects, Quotas, Standings

P = ParamSpec("P")
T = TypeVar("T")

ADMIN = Principal(Kind.USER, 1, "admin", is_admin=True)
ALICE = Principal(Kind.USER, 2, "alice")
BOB = Principal(Kind.USER, 3, "bob")
ROBOT = Principal(Kind.ROBOT, 9, "robot$ci")


class TickingClock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self._now = 1_800_000_000 * SECOND

    def now(self) -> Moment:
        self._now += SECOND
        return Moment(self._now)

    def monotonic(self) -> float:
        return self._now / SECOND


@dataclass
class Neighbours:
    """Identity, registry and admission, as far as projects ask them."""

    bumped: list[str] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)
    stored: dict[int, int] = field(default_factory=dict)
    turned: list[tuple[int, bool | list[str]]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def named(self, tx: Tx, username: str) -> Person | None:  # noqa: ARG002  # the port's
        return next((Person(who.id, who.name) for who in (ADMIN, ALICE, BOB) if who.name == username), None)

    def by_id(self, tx: Tx, user_id: int) -> Person | None:  # noqa: ARG002  # the port's
        return next((Person(who.id, who.name) for who in (ADMIN, ALICE, BOB) if who.id == user_id), None)

    def first_admin(self, tx: Tx) -> Person:  # noqa: ARG002  # the port's
        return Person(ADMIN.id, ADMIN.name)

    def bump(self, tx: Tx, key: str) -> None:  # noqa: ARG002  # the port's
        self.bumped.append(key)

    def repositories(self, tx: Tx, project_id: int) -> int:  # noqa: ARG002  # the port's
        return self.held.get(project_id, 0)

    def used(self, tx: Tx, project_ids: Sequence[int]) -> Mapping[int, int]:  # noqa: ARG002  # the port's
        return {each: self.stored[each] for each in project_ids if each in self.stored}

    def turn(
        self,
        tx: Tx,  # noqa: ARG002  # the port's
        project_id: int,
        *,
        narrows: bool,
        taken_back: Collection[str] = frozenset(),
    ) -> int:
        self.turned.append((project_id, narrows or sorted(taken_back)))
        return 7 if narrows or taken_back else 0

    def forget_project(self, tx: Tx, project: Project) -> None:  # noqa: ARG002  # the port's
        self.forgotten.append(project.name)

    def granted(self, tx: Tx, robot: Principal, project: Project) -> frozenset[Permission]:  # noqa: ARG002  # the port's
        return frozenset({PULL}) if robot == ROBOT and project.name == "shop" else frozenset()


class Room:
    """The room under test, each call a transaction of its own."""

    def __init__(self, database: Database) -> None:
        clock = TickingClock()
        self.neighbours = Neighbours()
        self.database = database
        self.members = Members(clock, self.neighbours, self.neighbours)
        self.quotas = Quotas(clock, self.neighbours)
        self.labels = Labels(clock)
        self.allowlists = Allowlists(clock, self.neighbours)
        self.projects = Projects(
            clock,
            self.members,
            self.quotas,
            self.neighbours,
            self.neighbours,
            self.allowlists,
            (self.neighbours,),
        )
        self.standings = Standings(self.members, self.neighbours)
        self._feed = Feed(database, "test", self._consume)
        self._told: list[events.AnyEvent] = []

    def do(self, method: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the room in a transaction of its own."""
        return self.database.write(lambda tx: method(tx, *args, **kwargs))

    def ask(self, method: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method of the room that only reads."""
        with self.database.read() as tx:
            return method(tx, *args, **kwargs)

    def make(self, name: str, *, owner: Principal = ALICE, **metadata: str) -> Project:
        return self.do(self.projects.create, owner, name, metadata, owner=Person(owner.id, owner.name))

    def told(self) -> list[events.AnyEvent]:
        """The events since the last call."""
        self._told.clear()
        while self._feed.advance():
            pass
        return list(self._told)

    def _consume(self, tx: Tx, rows: Sequence[OutboxRow]) -> None:  # noqa: ARG002  # the feed's
        self._told.extend(row.event() for row in rows)


@pytest.fixture
def room(database: Database) -> Room:
    """Once on each kind of database."""
    return Room(database)
