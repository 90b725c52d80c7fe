"""Verification of cosign's signatures by key, step by step, from bytes alone.

Every step is a numbered, named check that names its specification; whatever the bytes are, the answer is a fact and
never an exception. Steps not taken: transparency log entries and timestamps (keys need neither), certificates
(identities are not configured: such evidence is recognised and said to be so).

A signature of an image is a signed statement with the predicate type of cosign's signatures, or a classic payload.
Presence, annotations and other predicates count for nothing (cosign#4641: `cosign verify` itself takes any bundle).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.policy import Code
from pratique.trust.bundle import Bundle, MessageSignature, read_bundle
from pratique.trust.dsse import IN_TOTO, Envelope
from pratique.trust.facts import SignatureFact
from pratique.trust.findings import Findings, examined
from pratique.trust.keys import PublicKey
from pratique.trust.simple_signing import (
    CERTIFICATE_ANNOTATION,
    SIGNATURE_ANNOTATION,
    TYPE,
    read_simple_signing,
)
from pratique.trust.statement import COSIGN_SIGN, Statement, read_statement
from pratique.trust.strict import Unreadable, decode_base64

BUNDLE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a bundle that may be a signature; a larger one can only be an attestation with a large predicate."""
PAYLOAD_LIMIT: Final = 64 * 1024
"""Bytes of a simple signing payload."""

_LIMITS: Final = "gate.md, 2"
_BUNDLE: Final = "sigstore_bundle.proto, Bundle"
_DSSE: Final = "dsse, protocol.md"
_STATEMENT: Final = "in-toto, spec/v1/statement.md"
_COSIGN: Final = "cosign, BUNDLE_SPEC.md"
_CLASSIC: Final = "cosign, SIGNATURE_SPEC.md"


def verify_bundle(bundle: bytes, subject: Digest, keys: Sequence[PublicKey]) -> SignatureFact:
    """What a Sigstore bundle amounts to as a signature of `subject` by one of `keys`. Never raises."""
    return examined("cosign-bundle", subject, lambda found: _examine_bundle(found, bundle, keys))


def verify_simple_signing(
    payload: bytes, annotations: Mapping[str, str], subject: Digest, keys: Sequence[PublicKey]
) -> SignatureFact:
    """What a layer of a classic `.sig` manifest amounts to, given its blob and its annotations. Never raises."""
    return examined(
        "cosign-simplesigning", subject, lambda found: _examine_classic(found, payload, annotations, keys)
    )


def _examine_bundle(found: Findings, content: bytes, keys: Sequence[PublicKey]) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        _check_size(content, BUNDLE_LIMIT)
    with found.needed("it is one bundle, strictly read", _BUNDLE):
        bundle = read_bundle(content)
    found.check_material(_BUNDLE, passed=bundle.material == "key")
    if isinstance(bundle.content, MessageSignature):
        _examine_message(found, bundle, bundle.content, keys)
    else:
        _examine_envelope(found, bundle, bundle.content, keys)


def _examine_envelope(found: Findings, bundle: Bundle, envelope: Envelope, keys: Sequence[PublicKey]) -> None:
    """Bytes first, their meaning second; both are looked at whatever comes of the first, to tell the telling reason."""
    (signature,) = envelope.signatures
    if bundle.material == "key":
        signed = envelope.signed_bytes
        found.check_signer(
            _DSSE, keys, lambda key: key.verify(signature, signed, allow_raw=True), bundle.hint
        )
    with found.needed("the payload is an in-toto statement", _STATEMENT):
        statement = _statement(envelope)
    found.predicate_type = statement.predicate_type
    found.is_signature = statement.predicate_type == COSIGN_SIGN
    found.check(
        "the predicate says that it is a signature",
        _COSIGN,
        Code.NOT_A_SIGNATURE,
        passed=found.is_signature,
        otherwise=f"it is an attestation ({statement.predicate_type[:200]}), not a signature ({COSIGN_SIGN})",
    )
    named = statement.names(found.subject)
    found.check_subject(_STATEMENT, passed=named, otherwise="its statement names other digests only")


def _examine_message(
    found: Findings, bundle: Bundle, message: MessageSignature, keys: Sequence[PublicKey]
) -> None:
    """A signature over bytes, as `cosign sign-blob` makes; cosign's specification knows only statements for images.

    It is no signature of an image even where the bytes are a manifest's: nothing that is signed says what it was for.
    """
    found.check(
        "the content is a signed statement",
        _COSIGN,
        Code.NOT_A_SIGNATURE,
        passed=False,
        otherwise="it signs bytes, as cosign sign-blob does; images are signed with a statement (cosign sign)",
    )
    algorithm = {"sha256": "SHA2_256", "sha512": "SHA2_512"}[algorithm_of(found.subject)]
    same = message.algorithm == algorithm and message.digest.hex() == encoded_of(found.subject)
    found.check_subject(_BUNDLE, passed=same, otherwise="its message digest is another")
    if bundle.material == "key" and same:
        signature, digest = message.signature, message.digest
        found.check_signer(_BUNDLE, keys, lambda key: key.verify_digest(signature, digest), bundle.hint)


def _statement(envelope: Envelope) -> Statement:
    if envelope.payload_type != IN_TOTO:
        raise Unreadable(f"the payload type is {envelope.payload_type[:80]!r}, not {IN_TOTO}")
    return read_statement(envelope.payload)


def _examine_classic(
    found: Findings, payload: bytes, annotations: Mapping[str, str], keys: Sequence[PublicKey]
) -> None:
    with found.needed("the size is within the limit", _LIMITS):
        _check_size(payload, PAYLOAD_LIMIT)
    with found.needed("the layer carries a signature", _CLASSIC):
        signature = _annotated(annotations)
    with found.needed("it is one simple signing payload, strictly read", _CLASSIC):
        signed = read_simple_signing(payload)
    found.is_signature = signed.type == TYPE
    found.check(
        "the type says that it is a signature",
        _CLASSIC,
        Code.NOT_A_SIGNATURE,
        passed=found.is_signature,
        otherwise=f"critical.type is {signed.type[:200]!r}, not {TYPE!r}",
    )
    found.check_subject(
        _CLASSIC, passed=signed.names(found.subject), otherwise=f"it signs {signed.digest[:200]}"
    )
    found.check_signer(_CLASSIC, keys, lambda key: key.verify(signature, payload))
    if found.signer is None:
        found.check_material(_CLASSIC, passed=not annotations.get(CERTIFICATE_ANNOTATION))


def _annotated(annotations: Mapping[str, str]) -> bytes:
    text = annotations.get(SIGNATURE_ANNOTATION)
    if not text:
        raise Unreadable(f"the annotation {SIGNATURE_ANNOTATION} is missing or empty")
    return decode_base64(text, SIGNATURE_ANNOTATION)


def _check_size(content: bytes, limit: int) -> None:
    if len(content) > limit:
        raise Unreadable(f"it has {len(content)} bytes; a signature has at most {limit}")
