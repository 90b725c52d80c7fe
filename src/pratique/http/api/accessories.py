"""What a piece of evidence is, in Harbor's words (src/pkg/accessory/model/accessory.go).

Read from what it says of itself, for people and their filters: nothing is decided by it. A bundle that says what it
attests is a signature only if it says that it signs; Harbor takes any for one.
"""

import json
from typing import Final

from pratique.trust.statement import COSIGN_SIGN

NOTATION: Final = "signature.notation"
COSIGN: Final = "signature.cosign"
BILL: Final = "sbom.harbor"
OTHER: Final = "subject.accessory"

PREDICATE: Final = "dev.sigstore.bundle.predicateType"

_NOTATION: Final = "application/vnd.cncf.notary.signature"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_COSIGN: Final = "application/vnd.dev.cosign.artifact.sig"
_SIMPLE_SIGNING: Final = b"application/vnd.dev.cosign.simplesigning"
_BILLS: Final = ("https://cyclonedx.org/bom", "https://spdx.dev/Document")


def accessory_type(artifact_type: str, manifest: bytes) -> str:
    """Harbor's type of accessory, by the artifact type and the bytes of its manifest."""
    if artifact_type == _NOTATION:
        return NOTATION
    if artifact_type.startswith(_BUNDLE):
        return _of_bundle(str((json.loads(manifest).get("annotations") or {}).get(PREDICATE, COSIGN_SIGN)))
    return COSIGN if artifact_type.startswith(_COSIGN) or _SIMPLE_SIGNING in manifest else OTHER


def _of_bundle(predicate_type: str) -> str:
    if predicate_type == COSIGN_SIGN:
        return COSIGN
    return BILL if predicate_type.startswith(_BILLS) else OTHER
