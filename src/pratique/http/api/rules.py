"""Who may call an operation. A rule decides on what it has loaded, in the transaction of the operation itself.

Harbor's order of refusals: who has not said who he is gets 401; who has, and may not, gets 403, also where the project
does not exist, so that names of projects can't be probed; only administrators learn by 404 that there is none.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from pratique.access import (
    PUBLIC_PERMISSIONS,
    Kind,
    Permission,
    Principal,
    Standing,
    decide,
    decide_system,
)
from pratique.db import Tx
from pratique.errors import Forbidden, NotFound, Unauthenticated
from pratique.http.api.call import Call
from pratique.projects import Project

_SAY_WHO: Final = "say who you are: this needs the user name and password of an account, or a robot's"
_LARGEST: Final = 2**63 - 1


class Rule(ABC):
    """Admits a call, or refuses it. `segment` is the path parameter that it decides on, where there is one."""

    segment: str = ""

    @property
    def anonymous(self) -> bool:
        """Whether it may admit somebody without an account."""
        return False

    @abstractmethod
    def admit(self, call: Call, tx: Tx, /) -> Call:
        """The call with what was loaded to decide. Raises Unauthenticated, Forbidden, NotFound."""

    @property
    @abstractmethod
    def says(self) -> str:
        """In words, for the document."""


@dataclass(frozen=True)
class Everybody(Rule):
    """No account is needed."""

    @property
    def anonymous(self) -> bool:
        """Admits everybody."""
        return True

    def admit(self, call: Call, _tx: Tx, /) -> Call:
        """Admit everybody."""
        return call

    @property
    def says(self) -> str:
        """In words."""
        return "Everybody."


@dataclass(frozen=True)
class Authenticated(Rule):
    """Any account; what is shown depends on whose. `people`: not a robot's."""

    people: bool = False

    def admit(self, call: Call, _tx: Tx, /) -> Call:
        """Admit whoever has an account."""
        require_account(call.principal)
        if self.people and not call.is_person:
            raise Forbidden("robots can't do this; it is for people")
        return call

    @property
    def says(self) -> str:
        """In words."""
        return "People with an account." if self.people else "Everybody with an account."


@dataclass(frozen=True)
class Administrators(Rule):
    """System administrators, and no robot whatever it was granted: what decides about rights themselves."""

    def admit(self, call: Call, _tx: Tx, /) -> Call:
        """Admit administrators."""
        require_account(call.principal)
        if not call.principal.is_admin:
            raise Forbidden("only a system administrator may do this")
        return call

    @property
    def says(self) -> str:
        """In words."""
        return "System administrators."


@dataclass(frozen=True)
class AtSystem(Rule):
    """A permission at system level."""

    permission: Permission

    def admit(self, call: Call, tx: Tx, /) -> Call:
        """Admit administrators, and robots that were granted the permission."""
        require_account(call.principal)
        if not may_at_system(call, tx, self.permission):
            raise Forbidden(f"this needs {self.permission} at system level")
        return call

    @property
    def says(self) -> str:
        """In words."""
        return f"`{self.permission}` at system level."


@dataclass(frozen=True, init=False)
class InProject(Rule):
    """Any of some permissions in the project that the path names by `segment`."""

    permissions: tuple[Permission, ...]
    segment: str

    def __init__(self, *permissions: Permission, segment: str = "project_name") -> None:
        if not permissions:
            raise ValueError("a rule in a project needs a permission")
        object.__setattr__(self, "permissions", permissions)
        object.__setattr__(self, "segment", segment)

    @property
    def anonymous(self) -> bool:
        """Whether a public project gives it to everybody."""
        return any(permission in PUBLIC_PERMISSIONS for permission in self.permissions)

    def admit(self, call: Call, tx: Tx, /) -> Call:
        """Admit whoever may, and hand on the project and his standing in it."""
        project = find_project(call, tx, call.text(self.segment), by_name=self.segment == "project_name")
        standing = require_in_project(call, tx, project, self.permissions)
        return replace(call, project=project, standing=standing)

    @property
    def says(self) -> str:
        """In words."""
        return " or ".join(f"`{permission}`" for permission in self.permissions) + " in the project."


@dataclass(frozen=True)
class Ruled(Rule):
    """A rule of one resource, decided on what that resource is; `check` loads it."""

    words: str
    check: Callable[[Call, Tx], Call]

    def admit(self, call: Call, tx: Tx, /) -> Call:
        """Admit whom the check admits; never somebody without an account."""
        require_account(call.principal)
        return self.check(call, tx)

    @property
    def says(self) -> str:
        """In words."""
        return self.words


PUBLIC: Final = Everybody()
AUTHENTICATED: Final = Authenticated()
PEOPLE: Final = Authenticated(people=True)
ADMINISTRATORS: Final = Administrators()


def require_account(principal: Principal) -> None:
    """Raise Unauthenticated for nobody."""
    if principal.kind is Kind.ANONYMOUS:
        raise Unauthenticated(_SAY_WHO)


def may_at_system(call: Call, tx: Tx, permission: Permission) -> bool:
    """Whether the caller has a permission at system level."""
    who = call.principal
    granted = call.rooms.robots.granted_at_system(tx, who.id) if who.kind is Kind.ROBOT else frozenset()
    return decide_system(who, permission, granted)


def require_in_project(
    call: Call, tx: Tx, project: Project | None, permissions: Iterable[Permission]
) -> Standing:
    """The caller's standing in a project, once it gives him one of the permissions.

    Raises Unauthenticated, Forbidden, and NotFound for administrators where there is no project.
    """
    wanted = tuple(permissions)
    if project is not None:
        standing = call.rooms.standings.of(tx, call.principal, project)
        if any(decide(call.principal, permission, standing) for permission in wanted):
            return standing
    require_account(call.principal)
    if project is None and call.principal.is_admin:
        raise NotFound("there is no such project")
    raise Forbidden(f"this needs {' or '.join(map(str, wanted))} in the project")


def find_project(call: Call, tx: Tx, name_or_id: str, *, by_name: bool) -> Project | None:
    """The project that a path names; by number where it is all digits and nothing says that it is a name."""
    projects = call.rooms.projects
    if by_name or call.option("X-Is-Resource-Name") or not (name_or_id.isascii() and name_or_id.isdigit()):
        return projects.by_name(tx, name_or_id)
    number = int(name_or_id[:20])
    return projects.by_id(tx, number) if number <= _LARGEST else None
