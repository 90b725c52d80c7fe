"""What the doors are built with: the rooms they call, and how the process wants them to behave."""

from dataclasses import dataclass
from typing import Final

from pratique.clock import Clock
from pratique.db import Database
from pratique.http.counting import CountingProjects
from pratique.http.freshness import Freshness
from pratique.http.ports import Ready, Rights
from pratique.http.threads import Threads
from pratique.http.wire.keeping import Keeper
from pratique.identity import Accounts, RefreshTokens, Tokens
from pratique.registry import Puller, Pusher
from pratique.registry.delete import Deleter
from pratique.registry.listing import Lister
from pratique.registry.mounts import Mounts
from pratique.registry.uploads import Uploads
from pratique.telemetry import Log, Metrics

KIB: Final = 2**10
MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """Sizes in bytes, times in seconds.

    `external_url` is an origin without a slash at its end; empty: what the request says. `service` is the one that
    tokens are for. `least_rate` is what a body must make on average over `stall_time`. `chunk_min_length` 0: none.
    """

    external_url: str = ""
    service: str = "pratique"
    trusted_proxies: tuple[str, ...] = ()
    manifest_size: int = 4 * MIB
    page: int = 1_000
    stall_time: float = 60.0
    least_rate: int = KIB
    chunk_min_length: int = 0
    log_requests: bool = True
    metrics: bool = True


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms behind the doors."""

    database: Database
    puller: Puller
    pusher: Pusher
    uploads: Uploads
    mounts: Mounts
    deleter: Deleter
    lister: Lister
    accounts: Accounts
    tokens: Tokens
    refresh_tokens: RefreshTokens
    rights: Rights
    freshness: Freshness
    counting: CountingProjects
    keeper: Keeper
    threads: Threads
    clock: Clock
    log: Log
    metrics: Metrics
    ready: Ready
    settings: DoorSettings
