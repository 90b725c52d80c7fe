"""What nobody signed: BuildKit's in-toto layers, SBOMs beside an image. Shown for what they are, and never trusted."""

from typing import Any, Final

from pratique.clock import Moment
from pratique.oci.evidence_shape import scheme_of
from pratique.policy import Code
from pratique.trust.attestations import verify_attestation
from pratique.trust.attested import STATEMENT_LIMIT, examine_payload
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.strict import Unreadable, check_size, read_json

_LIMITS: Final = "gate.md, 2"


def verify_in_toto(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a layer of in-toto's media type amounts to: an envelope, or a statement that nobody signed. Never raises."""
    if _is_envelope(item.content):
        return verify_attestation(item, subject, trust, at)
    return examined("unsigned", subject, trust, at, item, lambda found: _examine_bare(found, item))


def verify_document(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a document beside an image amounts to: nothing but that it is there. It is not read. Never raises."""

    def examine(found: Findings) -> None:
        scheme = scheme_of(item.media_type)
        found.facts["kind"] = scheme.value if scheme else "other"
        _say_unsigned(found)

    return examined("unsigned", subject, trust, at, item, examine)


def _examine_bare(found: Findings, item: Item) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        check_size(item.content, STATEMENT_LIMIT)
    examine_payload(found, item.content)
    _say_unsigned(found)


def _say_unsigned(found: Findings) -> None:
    found.is_signature = False
    found.check(
        "somebody signed it",
        "",
        Code.UNSIGNED,
        passed=False,
        otherwise="nobody signed it: it is shown, and counts for nothing",
    )


def _is_envelope(content: bytes) -> bool:
    if len(content) > STATEMENT_LIMIT:
        return False
    try:
        document: Any = read_json(content)
    except Unreadable:
        return False
    return isinstance(document, dict) and "payloadType" in document
