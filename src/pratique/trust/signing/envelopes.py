"""What cosign reads as a referrer: a statement in a DSSE envelope in a Sigstore bundle v0.3, by key, in no log.

The format: protobuf-specs, sigstore_bundle.proto; cosign, specs/BUNDLE_SPEC.md.

The statement of a signature names where the artifact lies as its subject's name and in annotations: a signature of the
registry binds more than a digest.
"""

import base64
import json
from typing import Any, Final

from pratique.oci import media
from pratique.oci.digest import algorithm_of, digest_of, encoded_of
from pratique.trust.dsse import IN_TOTO, Envelope
from pratique.trust.signing.signer import Signer
from pratique.trust.signing.written import Named, Written, descriptor, encoded
from pratique.trust.statement import COSIGN_SIGN

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"


def signature_statement(named: Named) -> bytes:
    """What says "I sign this image" and nothing else."""
    return statement(named, COSIGN_SIGN, {})


def statement(named: Named, predicate_type: str, predicate: Any) -> bytes:
    """An in-toto statement v1 about one artifact; equal values give equal bytes."""
    subject = {
        "name": named.resource,
        "digest": {algorithm_of(named.digest): encoded_of(named.digest)},
        "annotations": {"pratique.project": named.project, "pratique.repository": named.repository},
    }
    return encoded(
        {"_type": STATEMENT, "subject": [subject], "predicateType": predicate_type, "predicate": predicate}
    )


def bundle(signer: Signer, payload: bytes) -> bytes:
    """A bundle of one signed statement."""
    signature = signer.sign(Envelope(IN_TOTO, payload, ()).signed_bytes)
    return encoded(
        {
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": signer.public_key.hint}},
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode("ascii"),
                "payloadType": IN_TOTO,
                "signatures": [{"sig": base64.b64encode(signature).decode("ascii")}],
            },
        }
    )


def bundle_referrer(named: Named, content: bytes, created: str) -> Written:
    """The manifest that carries a bundle, as `cosign sign` writes it; `created` is an RFC 3339 time."""
    predicate_type = _predicate_type(content)
    manifest = encoded(
        {
            "schemaVersion": 2,
            "mediaType": media.OCI_IMAGE,
            "artifactType": BUNDLE,
            "config": descriptor(media.EMPTY, media.EMPTY_CONTENT),
            "layers": [descriptor(BUNDLE, content)],
            "subject": named.descriptor,
            "annotations": {
                "dev.sigstore.bundle.content": "dsse-envelope",
                "dev.sigstore.bundle.predicateType": predicate_type,
                "org.opencontainers.image.created": created,
            },
        }
    )
    return Written(manifest, {digest_of(one): one for one in (media.EMPTY_CONTENT, content)})


def _predicate_type(content: bytes) -> str:
    payload = base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"])
    return str(json.loads(payload)["predicateType"])
