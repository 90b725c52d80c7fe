"""A private Sigstore: a certificate authority and a timestamp authority, its trusted root, and signatures by them."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import ISSUER, NOW, START, Authority, fulcio_leaf
from tests.signing import (
    BUNDLE,
    COSIGN_SIGN,
    Signed,
    SigningKey,
    descriptor_of,
    envelope,
    referrer,
    statement,
)
from tests.stamping import Stamper

from pratique.clock import rfc3339

WORKFLOW = "https://git.example/team/app/.github/workflows/release.yml@refs/heads/main"


@dataclass(frozen=True)
class Sigstore:
    """Who issues certificates, and who stamps."""

    authority: Authority = field(default_factory=lambda: Authority.new("fulcio"))
    stamper: Stamper = field(default_factory=lambda: Stamper.new(Authority.new("tsa root")))

    def root(self, *others: "Sigstore", start: int = START, end: int | None = None) -> str:
        """The trusted root, as JSON; with the authorities of other instances beside its own."""
        instances = (self, *others)
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "certificateAuthorities": [_service(one.authority.chain, start, end) for one in instances],
                "timestampAuthorities": [
                    _service(one.stamper.holder.chain, START, None) for one in instances
                ],
            }
        )

    def sign(
        self,
        content: bytes,
        name: str = WORKFLOW,
        media_type: str = "application/vnd.oci.image.manifest.v1+json",
        predicate_type: str = COSIGN_SIGN,
    ) -> tuple[Signed, x509.Certificate]:
        """What keyless `cosign sign` attaches to manifest bytes, and the certificate behind it."""
        private = ec.generate_private_key(ec.SECP256R1())
        leaf = fulcio_leaf(self.authority, x509.UniformResourceIdentifier(name), private=private)
        subject = descriptor_of(content, media_type)
        payload = statement(subject["digest"], predicate_type)
        signed = envelope(SigningKey(private), payload)
        signature = base64.b64decode(signed["signatures"][0]["sig"])
        document: dict[str, Any] = {
            "mediaType": BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": _b64(leaf.der)},
                "timestampVerificationData": {
                    "rfc3161Timestamps": [{"signedTimestamp": _b64(self.stamper.token(signature, NOW))}]
                },
            },
            "dsseEnvelope": signed,
        }
        return referrer(document, subject, predicate_type), leaf.certificate


def _service(chain: tuple[x509.Certificate, ...], start: int, end: int | None) -> dict[str, Any]:
    span = {"start": rfc3339(start)} | ({} if end is None else {"end": rfc3339(end)})
    certificates = [{"rawBytes": _b64(each.public_bytes(Encoding.DER))} for each in chain]
    return {
        "subject": {"organization": "example", "commonName": "example"},
        "uri": "https://sigstore.example",
        "certChain": {"certificates": certificates},
        "validFor": span,
    }


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


__all__ = ["ISSUER", "WORKFLOW", "Sigstore"]
