"""A newer root of Sigstore's public instance, by The Update Framework (theupdateframework.github.io, 1.0)."""

from pratique.trust.refreshing.fetching import OutboundFetcher
from pratique.trust.refreshing.repository import TufRepository

__all__ = ["OutboundFetcher", "TufRepository"]
