"""With what a recorded signature is said to verify: a certificate, or a key alone."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from pratique.trust.logs.log_keys import read_log_key
from pratique.trust.strict import Closed, Unreadable, decode_base64

PEM_LIMIT: Final = 64 * 1024
"""Bytes of a verifier in PEM."""
DER_LIMIT: Final = 16 * 1024

_BLOCK: Final = re.compile(
    r"\s*-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A certificate, or a SubjectPublicKeyInfo, in DER."""

    kind: Literal["certificate", "key"]
    der: bytes


def read_pem_verifier(pem: bytes) -> Verifier:
    """The one PEM block of an entry of Rekor v1. Raises Unreadable."""
    if len(pem) > PEM_LIMIT:
        raise Unreadable(f"the entry's verifier has more than {PEM_LIMIT} bytes")
    try:
        block = _BLOCK.fullmatch(pem.decode("ascii"))
    except UnicodeDecodeError:
        block = None
    if block is None:
        raise Unreadable("the entry's verifier is not one PEM block of a certificate or a public key")
    der = decode_base64("".join(block[2].split()), "the entry's verifier")
    return Verifier("certificate" if block[1] == "CERTIFICATE" else "key", der)


def read_v2_verifier(signature: Closed) -> Verifier:
    """The verifier of an entry of Rekor v2, whose details agree with its key. Raises Unreadable or ManifestInvalid."""
    fields = signature.closed("verifier", ("keyDetails", "x509Certificate", "publicKey"))
    details = fields.needed_text("keyDetails")
    kind = fields.one_of("x509Certificate", "publicKey")
    der = fields.closed(kind, ("rawBytes",)).needed_content("rawBytes", DER_LIMIT)
    if kind == "x509Certificate":
        # It is compared with ours byte by byte, whose key is known: the details say nothing that counts.
        return Verifier("certificate", der)
    read_log_key(der, details, fields.place(kind))
    return Verifier("key", der)
