"""A certificate transparency log on loopback, for Fulcio to have its certificates promised (RFC 6962, section 4.2).

Only `add-pre-chain` is there, the one request that an authority makes before it issues a certificate.
"""

import base64
import time
from typing import Any, Final

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography import x509
from tests.authorities import CtLog
from tests.clients.sigstore.loopback import NOTHING, Reply, Service

POISON: Final = "1.3.6.1.4.1.11129.2.4.3"


class CertificateLog(Service):
    """Promises anything; `kept` is what it was asked to log, in DER without the poison."""

    def __init__(self) -> None:
        super().__init__()
        self.log = CtLog()
        self.kept: list[bytes] = []

    def answer(self, path: str, asked: Any) -> Reply:
        """The promise to a pre-certificate, whose issuer comes after it."""
        if path != "/ct/v1/add-pre-chain":
            return NOTHING
        told, issuer = (base64.b64decode(each) for each in asked["chain"][:2])
        tbs = _without_poison(told)
        self.kept.append(tbs)
        sct = self.log.promise(tbs, x509.load_der_x509_certificate(issuer), time.time_ns() // 1_000)
        # Version, log, time and extensions take 1 + 32 + 8 + 2 bytes; then comes the signature with its algorithm.
        said = {
            "sct_version": sct[0],
            "id": base64.b64encode(sct[1:33]).decode(),
            "timestamp": int.from_bytes(sct[33:41]),
            "extensions": "",
            "signature": base64.b64encode(sct[43:]).decode(),
        }
        return Reply(said)


def _without_poison(der: bytes) -> bytes:
    """The TBSCertificate that a promise is over (RFC 6962, section 3.2)."""
    tbs = asn1_x509.Certificate.load(der)["tbs_certificate"]
    kept = [each for each in tbs["extensions"] if each["extn_id"].dotted != POISON]
    tbs["extensions"] = asn1_x509.Extensions(kept)
    return bytes(tbs.dump(force=True))
