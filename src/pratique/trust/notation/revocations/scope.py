"""Whose word a list is, in words: a newer one of the same scope takes its place, and no other does."""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.x509.ocsp import OCSPResponse

from pratique.trust.notation.revocations.reading import find

SCOPE_LIMIT: Final = 400
"""Characters that are shown; of longer ones the hash tells the rest."""


def scope_of_crl(crl: x509.CertificateRevocationList, signer: str = "") -> str:
    """The issuer, its key, and what the list is about if that is not everything (RFC 5280, section 5.2).

    Name and key identifier are what the list says. `signer` is the fingerprint of the key with which it verifies, where
    that is known.
    """
    words = [crl.issuer.rfc4514_string()]
    words += [f"signed with {signer}"] if signer else []
    authority = find(crl.extensions, x509.AuthorityKeyIdentifier)
    if authority is not None and authority.key_identifier is not None:
        words.append(f"key {authority.key_identifier.hex()}")
    point = find(crl.extensions, x509.IssuingDistributionPoint)
    if point is not None:
        words += ["authorities only"] * point.only_contains_ca_certs
        words += ["users only"] * point.only_contains_user_certs
        words += [f"at {name.value}" for name in point.full_name or ()]
    if find(crl.extensions, x509.DeltaCRLIndicator) is not None:
        words.append("delta")
    return _shown(", ".join(words))


def scope_of_ocsp(response: OCSPResponse) -> str:
    """The certificate: its serial number, and hashes of its issuer's key and name (RFC 6960, section 4.1.1)."""
    key, name = response.issuer_key_hash.hex(), response.issuer_name_hash.hex()
    return f"serial number {response.serial_number:x} of key {key}, name {name}"


def _shown(text: str) -> str:
    if len(text) <= SCOPE_LIMIT:
        return text
    return f"{text[:SCOPE_LIMIT]}… {hashlib.sha256(text.encode()).hexdigest()}"
