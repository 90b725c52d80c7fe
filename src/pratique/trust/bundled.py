"""Verification of Sigstore bundles, step by step: who signed, then what is said.

Bytes first, their meaning second; both are looked at whatever comes of the first, so that the telling reason is told.
"""

import hashlib
from typing import Final

from pratique.clock import Moment
from pratique.oci.digest import algorithm_of, encoded_of
from pratique.trust.attested import STATEMENT_LIMIT, examine_statement
from pratique.trust.bundle import Bundle, MessageSignature, read_bundle
from pratique.trust.findings import Findings, Stopped, examined
from pratique.trust.items import Item
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord
from pratique.trust.signed import Signed
from pratique.trust.signers import Claim, examine_certified, examine_keyed
from pratique.trust.strict import check_size

_LIMITS: Final = "gate.md, 2"
_BUNDLE: Final = "sigstore_bundle.proto, Bundle"
_DSSE: Final = "dsse, protocol.md"


def verify_bundle(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What a Sigstore bundle amounts to. Never raises."""
    return examined("cosign-bundle", subject, trust, at, item, lambda found: _examine(found, item.content))


def _examine(found: Findings, content: bytes) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        check_size(content, STATEMENT_LIMIT)
    with found.needed("it is one bundle, strictly read", _BUNDLE):
        bundle = read_bundle(content)
    if isinstance(bundle.content, MessageSignature):
        signed = _examine_message(found, bundle.content)
    else:
        signed = Signed.of_envelope(bundle.content, bundle.content.signatures[0])
    _examine_signer(found, bundle, signed)
    if signed.envelope is not None:
        examine_statement(found, signed.envelope)


def _examine_message(found: Findings, message: MessageSignature) -> Signed:
    """A signature over bytes, as `cosign sign-blob` makes. Raises Stopped.

    It is no signature of an image even where the bytes are a manifest's: nothing that is signed says what it was for.
    The message digest only says what is meant; it is the subject that the signature must be over.
    """
    own, content = algorithm_of(found.subject.digest), found.subject.content
    found.awaits_content = content is None and message.algorithm != own
    if content is not None:
        digest = hashlib.new(message.algorithm, content).digest()
    elif message.algorithm == own:
        digest = bytes.fromhex(encoded_of(found.subject.digest))
    else:
        digest = b""
    meant = "by another algorithm, and its bytes are not at hand" if found.awaits_content else "another"
    same = found.check_subject(
        _BUNDLE, passed=message.digest == digest, otherwise=f"its message digest is {meant}"
    )
    if not same:
        raise Stopped
    return Signed(message.signature, content, message.algorithm, digest)


def _examine_signer(found: Findings, bundle: Bundle, signed: Signed) -> None:
    """A bundle says by its form whether a key or a certificate signed it."""
    section = _DSSE if signed.envelope is not None else _BUNDLE
    material = bundle.material
    claim = Claim(section, [signed], lambda: material, material.hint or "")
    if material.certificates:
        examine_certified(found, claim)
    else:
        examine_keyed(found, claim)
