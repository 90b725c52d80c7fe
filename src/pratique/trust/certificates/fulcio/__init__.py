"""Fulcio's certificates: whom they are for, and whether that is somebody who is trusted."""

from pratique.trust.certificates.fulcio.identity import FACT_NAMES, CertificateIdentity, read_identity
from pratique.trust.certificates.fulcio.matching import check_extensions, check_pattern, matches

__all__ = [
    "FACT_NAMES",
    "CertificateIdentity",
    "check_extensions",
    "check_pattern",
    "matches",
    "read_identity",
]
