"""Verification of cosign's classic signatures: signed payloads as layers, with all the rest in annotations.

Annotations are nobody's word, except the signature, which proves itself. Step not taken: `docker-reference` is not
compared, as cosign does not; it is kept as a fact.
"""

from typing import Final

from pratique.clock import Moment
from pratique.policy import Code
from pratique.trust import annotated
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.material import Material
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.signed import Signed
from pratique.trust.signers import Claim, examine_annotated
from pratique.trust.simple_signing import TYPE, read_simple_signing
from pratique.trust.strict import check_size

PAYLOAD_LIMIT: Final = 64 * 1024
"""Bytes of a simple signing payload."""
REFERENCE_LIMIT: Final = 1_000
"""Characters of a reference that are kept."""

_LIMITS: Final = "gate.md, 2"
_CLASSIC: Final = "cosign, SIGNATURE_SPEC.md"


def verify_simple_signing(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a layer of a classic `.sig` manifest amounts to, given its blob and its annotations. Never raises."""
    return examined("cosign-simplesigning", subject, trust, at, item, lambda found: _examine(found, item))


def _examine(found: Findings, item: Item) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        check_size(item.content, PAYLOAD_LIMIT)
    with found.needed("the layer carries a signature", _CLASSIC):
        signature = annotated.read_signature(item.annotations)
    with found.needed("it is one simple signing payload, strictly read", _CLASSIC):
        payload = read_simple_signing(item.content)
    found.is_signature = found.check(
        "the type says that it is a signature",
        _CLASSIC,
        Code.NOT_A_SIGNATURE,
        passed=payload.type == TYPE,
        otherwise=f"critical.type is {payload.type[:200]!r}, not {TYPE!r}",
    )
    found.facts["docker_reference"] = payload.docker_reference[:REFERENCE_LIMIT]
    same = payload.digest == found.subject.digest
    found.check_subject(_CLASSIC, passed=same, otherwise=f"it signs {payload.digest[:200]}")
    signatures = [Signed.of_content(signature, item.content)]

    def bring() -> Material:
        return annotated.read_material(item.annotations)

    claim = Claim(_CLASSIC, signatures, bring)
    examine_annotated(found, claim, item.annotations.get(annotated.CERTIFICATE))
