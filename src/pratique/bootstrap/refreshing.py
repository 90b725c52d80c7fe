"""What is fetched from outside for trust: the way out, and where what was seen is kept."""

from typing import Final

from pratique.admission.root_refresh import RootRefresh
from pratique.bootstrap.house import House
from pratique.net import Outbound
from pratique.settings import Settings
from pratique.trust.embedded import TARGET, tuf_root
from pratique.trust.refreshing import TufRepository

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


def _way_to_roots(settings: Settings) -> Outbound:
    """Without TLS only to hosts that were named: what comes is signed, and who reads along learns what we trust."""
    named = frozenset(settings.trust.private_hosts)
    return Outbound(allowed=named, insecure_http=named)
