"""Verification of notation's signatures (trust-store-trust-policy.md, "Signature Verification", steps 1 to 9).

The five validations in the specification's order, each with the action that the policy has for it; all of them are
made even where one has failed, so that every reason is told. Not taken: the level `skip` as a success, since what is
not looked at vouches for nothing; step 8, plugins, of which none is run here, so that a signature which demands one
does not count; and step 9, the user's metadata, which is shown as a fact.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pratique.clock import Moment, rfc3339
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.notation.authentic_time import examine_time
from pratique.trust.notation.authenticity import examine_authenticity
from pratique.trust.notation.claim import Claim
from pratique.trust.notation.cose import read_cose
from pratique.trust.notation.envelope import Envelope
from pratique.trust.notation.integrity import check_signature
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.notation.jws import read_jws
from pratique.trust.notation.payload import Target, read_target
from pratique.trust.notation.policy import TrustPolicy, policy_for
from pratique.trust.notation.standing import examine_standing
from pratique.trust.notation.values import NotationTrust
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.predicates.bounds import bounded
from pratique.trust.records import EvidenceRecord, SchemeName

_STEPS: Final = "trust-store-trust-policy.md, Steps"
_INTEGRITY: Final = f"{_STEPS}, Validate Integrity"


def verify_notation(item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord:
    """What an envelope of notation amounts to, JWS or COSE by its media type. Never raises."""
    name: SchemeName = "notation-jws"
    read: Callable[[bytes], Envelope] = read_jws
    if scheme_of(item.media_type) is Scheme.NOTATION_COSE:
        name, read = "notation-cose", read_cose
    return examined(name, subject, trust, at, item, lambda found: _examine(found, item.content, read))


def _examine(found: Findings, content: bytes, read: Callable[[bytes], Envelope]) -> None:
    found.is_signature = True
    policy = _select_policy(found)
    with found.needed("integrity: the envelope is one, strictly read", _INTEGRITY):
        envelope = read(content)
    _tell(found, envelope)
    _examine_integrity(found, envelope)
    if policy is None:
        return
    claim = Claim(found, envelope, policy, found.trust.notation)
    _examine_plugin(found, envelope)
    is_asked = examine_authenticity(claim)
    _examine_expiry(claim)
    trusted = examine_time(claim)
    if is_asked:
        examine_standing(claim, trusted)


def _select_policy(found: Findings) -> TrustPolicy | None:
    """Steps 1 and 2: the policy of the subject's repository, unless it says that signatures are not looked at."""
    trust: NotationTrust | None = found.trust.notation
    document = None if trust is None else trust.policy
    policy = None if document is None else policy_for(document, found.subject.reference)
    text = "no trust policy of notation is configured"
    if document is not None:
        text = f"no trust policy is for {found.subject.reference or 'artifacts of no repository'}"
    if policy is not None:
        found.facts.update(policy=policy.name, level=policy.level)
        text = f"the policy {policy.name} skips verification: what is not looked at counts for nothing"
    applicable = found.check(
        "there is an applicable trust policy",
        f"{_STEPS}, Identify applicable trust policy",
        Code.IDENTITY_NOT_CONFIGURED,
        passed=policy is not None and policy.level != "skip",
        otherwise=text,
    )
    return policy if applicable else None


def _examine_integrity(found: Findings, envelope: Envelope) -> None:
    """Step 3; always enforced. Raises Stopped where nothing says what was signed."""
    with found.tried(
        "integrity: the signing certificate's key made the signature",
        _INTEGRITY,
        Code.SIGNATURE_INVALID,
        (NotationInvalid,),
    ):
        check_signature(envelope)
    with found.needed("integrity: the payload is a descriptor", _INTEGRITY, errors=(NotationInvalid,)):
        target = read_target(envelope.payload)
    found.facts["annotations"] = bounded(dict(target.annotations))
    _examine_subject(found, target)


def _examine_subject(found: Findings, target: Target) -> None:
    """Digest, size and media type. A file has no media type; of a manifest that is to come nobody knows the size."""
    subject = found.subject
    problem = ""
    if target.digest != subject.digest:
        problem = f"it signs {target.digest}"
    elif subject.size is None:
        found.awaits_content = True
        problem = "its size and media type can't be compared before the artifact is here"
    elif target.size != subject.size:
        problem = f"it signs {target.size} bytes, these are {subject.size}"
    elif subject.media_type not in {"", target.media_type}:
        problem = f"it signs the media type {target.media_type}, this is {subject.media_type}"
    found.check_subject(_INTEGRITY, passed=not problem, otherwise=problem)


def _examine_plugin(found: Findings, envelope: Envelope) -> None:
    """Attributes that name a plugin are critical: who does not run it must not take the signature."""
    found.check(
        "no verification plugin is demanded",
        f"{_STEPS}, Perform extended validation",
        Code.SIGNATURE_NOT_TRUSTED,
        passed=envelope.plugin is None,
        otherwise=f"it demands the verification plugin {envelope.plugin}, and none is run here",
    )


def _examine_expiry(claim: Claim) -> None:
    found, expiry = claim.found, claim.envelope.expiry
    enforced = claim.policy.actions.expiry == "enforce"
    found.check(
        "expiry: the signature has not expired",
        f"{_STEPS}, Validate Expiry",
        Code.SIGNATURE_EXPIRED,
        passed=expiry is None or found.at < expiry,
        otherwise=f"the signature has expired at {rfc3339(expiry)}" if expiry is not None else "",
        enforce=enforced,
    )
    if expiry is not None and enforced:
        found.ends(expiry)


def _tell(found: Findings, envelope: Envelope) -> None:
    """What a deny list may name, whether it verifies or not, and what the envelope says of itself."""
    spki = envelope.chain[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found.marks.add(marks.of_key(hashlib.sha256(spki).hexdigest()))
    for certificate in envelope.chain:
        found.marks.add(marks.of_certificate(certificate.serial_number, certificate.issuer.rfc4514_string()))
    times = {"signing_time": envelope.signing_time, "expiry": envelope.expiry}
    found.facts.update(
        signing_scheme=envelope.scheme,
        algorithm=envelope.algorithm,
        signing_agent=envelope.agent,
        **{name: rfc3339(moment) for name, moment in times.items() if moment is not None},
    )
