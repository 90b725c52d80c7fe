"""Verification of cosign's classic signatures: signed payloads as layers, with all the rest in annotations.

Annotations are nobody's word, except the signature, which proves itself. Step not taken: `docker-reference` is not
compared, as cosign does not.
"""

from collections.abc import Mapping
from typing import Final

from pratique.clock import Moment
from pratique.policy import Code
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.signed import Signed
from pratique.trust.simple_signing import (
    CERTIFICATE_ANNOTATION,
    SIGNATURE_ANNOTATION,
    TYPE,
    read_simple_signing,
)
from pratique.trust.strict import Unreadable, check_size, decode_base64

PAYLOAD_LIMIT: Final = 64 * 1024
"""Bytes of a simple signing payload."""

_LIMITS: Final = "gate.md, 2"
_CLASSIC: Final = "cosign, SIGNATURE_SPEC.md"


def verify_simple_signing(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a layer of a classic `.sig` manifest amounts to, given its blob and its annotations. Never raises."""
    return examined(
        "cosign-simplesigning", subject, trust, at, item.digest, lambda found: _examine(found, item)
    )


def _examine(found: Findings, item: Item) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        check_size(item.content, PAYLOAD_LIMIT)
    with found.needed("the layer carries a signature", _CLASSIC):
        signature = _annotated(item.annotations)
    with found.needed("it is one simple signing payload, strictly read", _CLASSIC):
        payload = read_simple_signing(item.content)
    found.is_signature = found.check(
        "the type says that it is a signature",
        _CLASSIC,
        Code.NOT_A_SIGNATURE,
        passed=payload.type == TYPE,
        otherwise=f"critical.type is {payload.type[:200]!r}, not {TYPE!r}",
    )
    found.check_subject(
        _CLASSIC,
        passed=payload.digest == found.subject.digest,
        otherwise=f"it signs {payload.digest[:200]}",
    )
    signed = Signed.of_content(signature, item.content)
    parties = found.check_key(_CLASSIC, signed.verifies)
    found.vouched(party.id for party in parties if party.tlog == 0)
    if not parties:
        found.check(
            "it is signed with a key",
            _CLASSIC,
            Code.IDENTITY_NOT_CONFIGURED,
            passed=not item.annotations.get(CERTIFICATE_ANNOTATION),
            otherwise="it is signed with a certificate, and identity signatures are not configured",
        )


def _annotated(annotations: Mapping[str, str]) -> bytes:
    text = annotations.get(SIGNATURE_ANNOTATION)
    if not text:
        raise Unreadable(f"the annotation {SIGNATURE_ANNOTATION} is missing or empty")
    return decode_base64(text, SIGNATURE_ANNOTATION)
