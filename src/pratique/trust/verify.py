"""Verification's front door: one piece of evidence, whom to trust and a moment; out comes a record with its reasons.

From bytes alone, offline. Whatever the bytes are, the answer is a record and never an exception. Presence, annotations
and media types count for nothing: they only choose the scheme whose verifier looks at the bytes.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pratique.clock import Moment
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.trust.attestations import verify_attestation
from pratique.trust.bundled import verify_bundle
from pratique.trust.classic import verify_simple_signing
from pratique.trust.items import Item
from pratique.trust.notation.verify import verify_notation
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.unsigned import verify_document, verify_in_toto

Verifier: TypeAlias = Callable[[Item, Subject, TrustSet, Moment], EvidenceRecord]

VERIFIERS: Final[Mapping[Scheme, Verifier]] = {
    Scheme.COSIGN_BUNDLE: verify_bundle,
    Scheme.COSIGN_SIMPLESIGNING: verify_simple_signing,
    Scheme.DSSE: verify_attestation,
    Scheme.IN_TOTO: verify_in_toto,
    Scheme.NOTATION_JWS: verify_notation,
    Scheme.NOTATION_COSE: verify_notation,
    **dict.fromkeys((Scheme.SPDX, Scheme.CYCLONEDX, Scheme.SYFT, Scheme.OPENVEX), verify_document),
}
"""Who examines what an item claims to be. A claim that is in nobody's charge is none."""


def verify(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord | None:
    """What `item` amounts to for `subject`, with the word of `trust`, at `at`. None: it claims nothing. Never raises.

    Pure: equal arguments give equal records. Digests that have no bytes beside them (`subject.content`) are taken as
    they are; evidence that names its subject by two algorithms is `awaits_content` then.
    """
    scheme = scheme_of(item.media_type)
    verifier = None if scheme is None else VERIFIERS.get(scheme)
    return None if verifier is None else verifier(item, subject, trust, at)
