"""What the management API is built with: the rooms it calls, and what it says about the process."""

from collections.abc import Callable
from dataclasses import dataclass

from pratique.admission import DenyDesk, Desk, PartyDesk, RevocationDesk, RootDesk
from pratique.admission.reports import Hub, Rounds, Scans, Words
from pratique.admission.signing_desk import SigningDesk
from pratique.audit import AuditTrail
from pratique.clock import ForwardClock
from pratique.db import Database
from pratique.http.freshness import Freshness
from pratique.http.threads import Threads
from pratique.identity import Accounts, Passwords, RefreshTokens, Robots, Users
from pratique.projects import Allowlists, Labels, Members, Projects, Quotas, Standings
from pratique.registry import Puller, Pusher
from pratique.registry.catalogue import Catalogue
from pratique.registry.collect import Collector
from pratique.registry.copy import Copier
from pratique.registry.delete import Deleter
from pratique.scanners import Pinging, Registrations
from pratique.telemetry import Log
from pratique.trust import NotationStores, RevocationLists, TrustedIdentities, TrustedKeys, TrustedRoots


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Sizes in bytes, times in seconds.

    `external_url` is an origin without a slash at its end. `only_admins_create` is Harbor's
    `project_creation_restriction`. `storage` is the quota of a new project, -1 without limit.
    """

    version: str
    external_url: str
    only_admins_create: bool = False
    robot_prefix: str = "robot$"
    robot_days: int = 30
    token_lifetime: int = 300
    storage: int = -1
    gc_interval: int = 0
    body_size: int = 2**20
    stall_time: float = 60.0
    least_rate: int = 1_024


@dataclass(frozen=True, slots=True)
class ApiRooms:
    """The rooms behind the management API. `volume` gives the bytes of the data directory's disk: (total, free)."""

    database: Database
    passwords: Passwords
    accounts: Accounts
    users: Users
    robots: Robots
    refresh_tokens: RefreshTokens
    projects: Projects
    allowlists: Allowlists
    members: Members
    quotas: Quotas
    labels: Labels
    standings: Standings
    keys: TrustedKeys
    identities: TrustedIdentities
    stores: NotationStores
    trusted_roots: TrustedRoots
    revocation_lists: RevocationLists
    desk: Desk
    signing: SigningDesk
    parties: PartyDesk
    denying: DenyDesk
    roots: RootDesk
    revocations: RevocationDesk
    puller: Puller
    pusher: Pusher
    copier: Copier
    deleter: Deleter
    catalogue: Catalogue
    scans: Scans
    rounds: Rounds
    hub: Hub
    words: Words
    scanners: Registrations
    pinging: Pinging
    collector: Collector
    trail: AuditTrail
    freshness: Freshness
    threads: Threads
    clock: ForwardClock
    log: Log
    settings: ApiSettings
    volume: Callable[[], tuple[int, int]]
