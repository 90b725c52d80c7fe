"""Verification of cosign's classic attestations: DSSE envelopes as layers of an `.att` manifest.

cosign, specs/SIGNATURE_SPEC.md and pkg/cosign/verify.go. The envelope holds its signatures; certificate, log entry and
timestamp are in annotations, as those of classic signatures. The annotation `predicateType` is nobody's word.
"""

from typing import Final

from pratique.clock import Moment
from pratique.trust import annotated
from pratique.trust.attested import STATEMENT_LIMIT, examine_statement
from pratique.trust.dsse import read_alone
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.material import Material
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.signed import Signed
from pratique.trust.signers import Claim, examine_annotated
from pratique.trust.strict import check_size, read_json

_LIMITS: Final = "gate.md, 2"
_DSSE: Final = "dsse, protocol.md"


def verify_attestation(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a DSSE envelope amounts to, given its blob and its annotations. Never raises."""
    return examined("cosign-attestation", subject, trust, at, item, lambda found: _examine(found, item))


def _examine(found: Findings, item: Item) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        check_size(item.content, STATEMENT_LIMIT)
    with found.needed("it is one signed envelope, strictly read", _DSSE):
        envelope = read_alone(read_json(item.content), "envelope")
    signatures = [Signed.of_envelope(envelope, signature) for signature in envelope.signatures]

    def bring() -> Material:
        return annotated.read_material(item.annotations)

    claim = Claim(_DSSE, signatures, bring, document=item.content)
    examine_annotated(found, claim, item.annotations.get(annotated.CERTIFICATE))
    examine_statement(found, envelope)
