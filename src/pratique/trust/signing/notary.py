"""Notary Project signatures (notaryproject, signature-envelope-jws.md; signature-specification.md, "OCI Signatures").

JWS, ES256, signing scheme `notary.x509`, without expiry and without timestamp: when the leaf's year draws to its end,
everything is signed again.
"""

import base64
import hashlib
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pratique.clock import Moment, rfc3339
from pratique.oci import media
from pratique.oci.digest import digest_of
from pratique.trust.signing.authority import Chain
from pratique.trust.signing.signer import Signer
from pratique.trust.signing.written import Named, Written, descriptor, encoded

ARTIFACT_TYPE: Final = "application/vnd.cncf.notary.signature"
JWS: Final = "application/jose+json"
PAYLOAD: Final = "application/vnd.cncf.notary.payload.v1+json"
AGENT: Final = "pratique"
_SCHEME: Final = "io.cncf.notary.signingScheme"
_INTEGER_BYTES: Final = 32


def payload(named: Named) -> bytes:
    """What is signed; equal values give equal bytes."""
    return encoded({"targetArtifact": named.descriptor})


def envelope(signer: Signer, chain: Chain, content: bytes, now: Moment) -> bytes:
    """A payload signed with the leaf's key. The time in it is the registry's word, which notation shows only."""
    protected = encoded(
        {
            "alg": "ES256",
            "crit": [_SCHEME],
            "cty": PAYLOAD,
            _SCHEME: "notary.x509",
            "io.cncf.notary.signingTime": f"{rfc3339(now)[:19]}Z",
        }
    )
    head, body = _base64url(protected), _base64url(content)
    signature = _raw(signer.sign(f"{head}.{body}".encode("ascii")))
    unprotected: dict[str, Any] = {
        "x5c": [base64.b64encode(one).decode("ascii") for one in chain.der],
        "io.cncf.notary.signingAgent": AGENT,
    }
    return encoded(
        {"payload": body, "protected": head, "header": unprotected, "signature": _base64url(signature)}
    )


def referrer(named: Named, content: bytes, chain: Chain, created: str) -> Written:
    """The manifest that carries an envelope; `created` is an RFC 3339 time."""
    prints = encoded([hashlib.sha256(one).hexdigest() for one in chain.der]).decode("ascii")
    manifest = encoded(
        {
            "schemaVersion": 2,
            "mediaType": media.OCI_IMAGE,
            "artifactType": ARTIFACT_TYPE,
            "config": descriptor(media.EMPTY, media.EMPTY_CONTENT),
            "layers": [descriptor(JWS, content)],
            "subject": named.descriptor,
            "annotations": {
                "io.cncf.notary.x509chain.thumbprint#S256": prints,
                "org.opencontainers.image.created": created,
            },
        }
    )
    return Written(manifest, {digest_of(one): one for one in (media.EMPTY_CONTENT, content)})


def _raw(signature: bytes) -> bytes:
    """RFC 7518, 3.4: the two integers side by side."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_INTEGER_BYTES) + s.to_bytes(_INTEGER_BYTES)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
