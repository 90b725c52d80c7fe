"""What the rooms above see of projects: frozen values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pratique.access.roles import Role
from pratique.clock import Moment
from pratique.policy import Allowed, SignatureKind

COSIGN: Final = "enable_content_trust_cosign"
"""Harbor's switch that asks for a signature by a key or an identity."""

NOTATION: Final = "enable_content_trust"
"""Harbor's switch that asks for a notation signature."""

PREVENT: Final = "prevent_vul"
"""Harbor's switch that asks for contents without vulnerabilities that nobody has accepted."""

SYSTEM_LIST: Final = 0
"""Where a project's number stands: the CVE allowlist of the system."""


class Admission(StrEnum):
    """What a project asks of artifacts before they are let out (gate.md, section 1)."""

    OPEN = "open"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Person:
    """A user as this room knows one."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Project:
    """A namespace and the boundary of rights: the first component of every repository in it."""

    id: int
    name: str
    public: bool
    admission: Admission
    owner: str
    owner_id: int
    created_at: Moment
    updated_at: Moment
    metadata: Mapping[str, str]
    """Everything by Harbor's names, as text; `public` and `admission` too."""

    @property
    def prevents_vulnerabilities(self) -> bool:
        """Whether contents are asked for."""
        return self.metadata.get(PREVENT) == "true"

    @property
    def asks_for_nothing(self) -> bool:
        """Whether everything is let out."""
        return self.admission is Admission.OPEN and not self.prevents_vulnerabilities

    @property
    def requires(self) -> frozenset[SignatureKind]:
        """Which kinds of signature are asked for, one of each; empty: any will do."""
        kinds: dict[SignatureKind, str] = {"cosign": COSIGN, "notation": NOTATION}
        return frozenset(kind for kind, name in kinds.items() if self.metadata.get(name) == "true")


@dataclass(frozen=True, slots=True)
class Updated:
    """A project after a change, and how many of its artifacts wait to be judged because of it."""

    project: Project
    pending: int


@dataclass(frozen=True, slots=True)
class Visible:
    """Whose projects are seen besides the public ones: a user's own, and those a robot reaches."""

    user_id: int = 0
    project_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects are listed. None everywhere: all of them."""

    name: str | None = None
    name_like: str | None = None
    public: bool | None = None
    owner: str | None = None
    visible: Visible | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A user's role in a project."""

    id: int
    project_id: int
    user_id: int
    username: str
    role: Role
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True)
class Label:
    """A word to put on artifacts, of one project or (`project_id` 0) of all."""

    id: int
    name: str
    description: str
    color: str
    project_id: int
    created_at: Moment
    updated_at: Moment

    @property
    def scope(self) -> str:
        """`g` or `p`, as Harbor says it."""
        return "p" if self.project_id else "g"


@dataclass(frozen=True, slots=True)
class Allowlist:
    """Vulnerabilities that are accepted, by their ids, until the list expires (None: never).

    `project_id` 0 is the system's list; `id` 0: nobody has written this one yet.
    """

    project_id: int = SYSTEM_LIST
    ids: tuple[str, ...] = ()
    expires_at: Moment | None = None
    id: int = 0
    created_at: Moment | None = None
    updated_at: Moment | None = None

    @property
    def entries(self) -> tuple[Allowed, ...]:
        """What the judge is told: each entry ends with the list."""
        return tuple(Allowed(name, self.expires_at) for name in self.ids)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a project may store. `hard` is in bytes, -1 without limit; `used` are its unique blobs."""

    id: int
    project_id: int
    project: str
    owner: str
    hard: int
    used: int
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True)
class Summary:
    """A project in numbers."""

    repositories: int
    members: Mapping[Role, int]
    hard: int
    used: int
