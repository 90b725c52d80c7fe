"""Certificate timestamps embedded in a certificate (RFC 6962, sections 3.2 and 3.3).

A log promises, by its signature, to publish the certificate without the very extension that carries the promises. Each
SCT of a log that the root names must verify, at a time when the log counted; those of unknown logs count for nothing,
and of one log only one counts.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtensionOID

from pratique.clock import Moment
from pratique.trust.certificates import der
from pratique.trust.certificates.anatomy import anatomy_of
from pratique.trust.certificates.invalid import SctInvalid
from pratique.trust.certificates.sct_list import Sct, read_list
from pratique.trust.roots import TransparencyLog

_PRECERT_ENTRY: Final = b"\x00\x01"
_CERTIFICATE_TIMESTAMP: Final = b"\x00"
_V1: Final = b"\x00"
_ALGORITHMS: Final = {"ecdsa": b"\x04\x03", "rsa": b"\x04\x01"}
"""SHA-256 with the kinds of keys that logs have (section 2.1.4), as TLS 1.2 numbers them."""


def count_scts(
    leaf: Certificate,
    issuer_certificate: Certificate,
    ctlogs: Sequence[TransparencyLog],
    *,
    now: Moment | None = None,
) -> int:
    """How many logs of the root have promised to publish `leaf`, which `issuer_certificate` signed.

    Raises Unreadable when the list can't be read, and SctInvalid when an SCT of a known log does not verify, or is of a
    time after `now` (RFC 6962, section 5.2).
    """
    parts = anatomy_of(leaf)
    extension = parts.extension(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)
    if extension is None:
        return 0
    key = hashlib.sha256(anatomy_of(issuer_certificate).public_key.encoded).digest()
    certificate = parts.without_extension(ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS)
    entry = _PRECERT_ENTRY + key + len(certificate).to_bytes(3) + certificate
    octets = der.read_element(extension, "the SCT list").expect(der.OCTET_STRING, "the SCT list")
    promised = set()
    for sct in read_list(octets.content):
        logs = [log for log in ctlogs if log.log_id == sct.log_id]
        if logs:
            if now is not None and sct.moment > now:
                raise SctInvalid("an SCT is of a time to come")
            _check(sct, entry, logs)
            promised.add(sct.log_id)
    return len(promised)


def _check(sct: Sct, entry: bytes, logs: Sequence[TransparencyLog]) -> None:
    """Verify an SCT with a log that counts at its time; a root may name one log with several validities."""
    counting = [log for log in logs if log.valid.holds_at(sct.moment)]
    if not counting:
        raise SctInvalid("an SCT is of a time at which its log does not count")
    signed = (
        _V1
        + _CERTIFICATE_TIMESTAMP
        + sct.milliseconds.to_bytes(8)
        + entry
        + len(sct.extensions).to_bytes(2)
        + sct.extensions
    )
    if not any(_verifies(sct, signed, log) for log in counting):
        raise SctInvalid(f"the SCT of the log {logs[0].base_url or sct.log_id.hex()} does not verify")


def _verifies(sct: Sct, signed: bytes, log: TransparencyLog) -> bool:
    kind = log.key.algorithm.partition("-")[0]
    return _ALGORITHMS.get(kind) == sct.algorithm and log.key.verify(sct.signature, signed)
