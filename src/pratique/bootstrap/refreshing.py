"""What is fetched from outside for trust: the way out, and where what was seen is kept."""

from typing import Final

from pratique.admission.revocation_round import RevocationRound
from pratique.admission.root_refresh import RootRefresh
from pratique.bootstrap.house import House
from pratique.clock import DAY, SECOND
from pratique.net import EveryHost, Outbound
from pratique.settings import Settings
from pratique.telemetry import Log
from pratique.trust.embedded import TARGET, tuf_root
from pratique.trust.refreshing import TufRepository
from pratique.trust.revocation_fetching import RevocationFetcher
from pratique.trust.revocation_fetching.fetcher import LIMITS

TUF_FOLDER: Final = "tuf"
"""In the data directory: what was seen of the TUF repository."""


def build_root_refresh(house: House) -> RootRefresh:
    """The refresh of the public-good root of a house."""
    warehouse, trust = house.warehouse, house.departments.trust
    repository = TufRepository(
        house.settings.trust.refresh_from,
        tuf_root(),
        house.stores.directory / TUF_FOLDER,
        lambda: _way_to_roots(house.settings),
        house.clock,
    )
    return RootRefresh(house.stores.database, trust.roots, warehouse.roots, lambda: repository.target(TARGET))


def build_revocation_round(house: House, log: Log) -> RevocationRound:
    """The fetching of revocation lists for a house. An answer that outlasts the next round but one needs no other."""
    settings, warehouse = house.settings, house.warehouse
    ahead = 2 * (settings.trust.revocation_interval or DAY // SECOND)
    fetcher = RevocationFetcher(lambda: _way_to_lists(settings), house.clock, ahead)
    lists = house.departments.trust.revocations
    return RevocationRound(
        house.stores.database, warehouse.claims, lists, warehouse.revocations, fetcher, log
    )


def _way_to_lists(settings: Settings) -> Outbound:
    """Lists are signed and published without TLS: who answers for a host can't say anything in its place."""
    named = frozenset(settings.trust.private_hosts)
    return Outbound(allowed=named, insecure_http=EveryHost(), limits=LIMITS)


def _way_to_roots(settings: Settings) -> Outbound:
    """Without TLS only to hosts that were named: what comes is signed, and who reads along learns what we trust."""
    named = frozenset(settings.trust.private_hosts)
    return Outbound(allowed=named, insecure_http=named)
