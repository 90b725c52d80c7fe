"""Revoked certificates: CRLs and OCSP responses that are kept, and what they say. Nothing is fetched here."""

from pratique.trust.notation.revocations.reading import SIZE_LIMIT, read_crl, read_ocsp, store_of
from pratique.trust.notation.revocations.status import names_a_place, places_of, status_of
from pratique.trust.notation.revocations.values import (
    NO_REVOCATIONS,
    OcspAnswer,
    RevocationList,
    RevocationStore,
    Status,
)

__all__ = [
    "NO_REVOCATIONS",
    "SIZE_LIMIT",
    "OcspAnswer",
    "RevocationList",
    "RevocationStore",
    "Status",
    "names_a_place",
    "places_of",
    "read_crl",
    "read_ocsp",
    "status_of",
    "store_of",
]
