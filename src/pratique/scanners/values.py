"""The nouns of the room: frozen values, never rows."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pratique import __version__
from pratique.clock import Moment
from pratique.packages import Severity


class Auth(StrEnum):
    """How a scanner learns who asks it, in Harbor's words."""

    NONE = ""
    BASIC = "Basic"
    BEARER = "Bearer"
    API_KEY = "X-ScannerAdapter-API-Key"


class Capability(StrEnum):
    """What a scanner is asked for."""

    VULNERABILITY = "vulnerability"
    SBOM = "sbom"


class ScanState(StrEnum):
    """How a scan stands, in Harbor's words."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESS = "Success"
    ERROR = "Error"
    STOPPED = "Stopped"


OVER: Final = frozenset({ScanState.SUCCESS, ScanState.ERROR, ScanState.STOPPED})
"""States that nothing follows by itself."""


COMMAND_URL: Final = "urn:pratique:command:"
"""How the address of a scanner begins that is a command: nobody is asked there."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A registration as somebody wants it. `credential` None: as it was; "" none.

    `insecure_skip_verify`: whoever answers at that address is believed to be the scanner, and learns the credentials.
    `uses_internal_address`: it pulls from where the settings say that neighbours find this registry.
    """

    name: str
    url: str
    description: str = ""
    auth: Auth = Auth.NONE
    credential: str | None = field(default=None, repr=False)
    insecure_skip_verify: bool = False
    uses_internal_address: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """A scanner. `sealed` is its credential, which only this registry opens; None: it has none."""

    id: str
    name: str
    url: str
    description: str = ""
    auth: Auth = Auth.NONE
    sealed: str | None = field(default=None, repr=False)
    insecure_skip_verify: bool = False
    uses_internal_address: bool = False
    disabled: bool = False
    is_default: bool = False
    created_at: Moment | None = None
    updated_at: Moment | None = None

    @property
    def is_command(self) -> bool:
        """Whether it is a program beside this registry, which the settings name."""
        return self.url.startswith(COMMAND_URL)

    @property
    def is_built_in(self) -> bool:
        """Whether it is our own examination, which needs no asking."""
        return self.id == BUILT_IN.id


BUILT_IN: Final = Registration(
    id="00000000-0000-4000-8000-000000000001",
    name="Pratique",
    url="urn:pratique:examination",
    description="What this registry finds itself. It always looks, whichever scanner is set beside it.",
    is_default=True,
)
"""Our own examination, shown as a registration: it can be neither changed nor deleted."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who a scanner says it is."""

    name: str
    vendor: str
    version: str


OURS: Final = Maker("Pratique", "Pratique", __version__)


@dataclass(frozen=True, slots=True)
class Target:
    """What is scanned: a manifest in a repository (its full name) of a project."""

    project_id: int
    repository: str
    digest: str
    media_type: str
    size: int

    @property
    def project(self) -> str:
        """The project's name."""
        return self.repository.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan of a manifest in a repository by a scanner. `request` is the scanner's own name for it.

    `problem` says why there is no report; the last report stays until a newer one comes. `moment` is when it was asked
    for, and tells one scan from the next.
    """

    target: Target
    scanner: str
    capability: Capability
    state: ScanState
    moment: Moment
    started_at: Moment | None = None
    ended_at: Moment | None = None
    request: str = ""
    problem: str = ""
    made_by: Maker | None = None
    findings: int = 0


@dataclass(frozen=True, slots=True)
class ForeignFinding:
    """A vulnerability of a package as another scanner tells it. `status` is its own word."""

    id: str
    package: str
    version: str
    fixed: str
    severity: Severity
    status: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ForeignSbom:
    """A list of contents as another scanner wrote it, unread."""

    media_type: str
    document: bytes = field(repr=False)
    made_by: Maker | None = None


@dataclass(frozen=True, slots=True)
class ForeignPackage:
    """A package that another scanner says is inside: its package URL, and the path that says so."""

    purl: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ForeignContents:
    """The packages that another scanner says are inside: they are matched as ours are."""

    packages: tuple[ForeignPackage, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """A report that was read."""

    made_by: Maker | None
    content: tuple[ForeignFinding, ...] | ForeignContents | ForeignSbom
