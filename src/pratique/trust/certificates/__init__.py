"""Certificates: read strictly, followed to an anchor (RFC 5280), Fulcio's identities in them, and their CT timestamps.

Everything is pure: bytes, anchors and the moment are arguments. `ChainInvalid`, `SctInvalid` and `trust.strict`'s
`Unreadable` say why something does not count.
"""

from pratique.trust.certificates.chains import CHAIN_LIMIT, has_path, is_self_signed, validate_chain
from pratique.trust.certificates.fulcio import (
    CertificateIdentity,
    check_extensions,
    check_pattern,
    matches,
    read_identity,
)
from pratique.trust.certificates.invalid import ChainInvalid, SctInvalid
from pratique.trust.certificates.pem import read_pem_certificates
from pratique.trust.certificates.reading import CERTIFICATE_LIMIT, read_certificate
from pratique.trust.certificates.sct import count_scts

__all__ = [
    "CERTIFICATE_LIMIT",
    "CHAIN_LIMIT",
    "CertificateIdentity",
    "ChainInvalid",
    "SctInvalid",
    "check_extensions",
    "check_pattern",
    "count_scts",
    "has_path",
    "is_self_signed",
    "matches",
    "read_certificate",
    "read_identity",
    "read_pem_certificates",
    "validate_chain",
]
