"""Whether a signature was made while its certificates were valid ("Validate Authentic Timestamp").

trust-store-trust-policy.md, step 6. A signing authority says itself when it signed. Else a timestamp proves it, where
the policy names timestamp authorities; without them the certificates have to be valid now. The signer's own
`signingTime` proves nothing.
"""

from typing import Final

from pratique.clock import Moment, rfc3339
from pratique.policy import Code
from pratique.trust import marks
from pratique.trust.certificates import is_self_signed
from pratique.trust.certificates.dates import valid_until
from pratique.trust.notation.chain import check_dates
from pratique.trust.notation.claim import Claim
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.notation.standing import TrustedTime, standing_of
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps import TimestampInvalid, verify_token

_SECTION: Final = "trust-store-trust-policy.md, Steps, Validate Authentic Timestamp"
_INVALID: Final = (NotationInvalid, TimestampInvalid, Unreadable)


def examine_time(claim: Claim) -> TrustedTime | None:
    """Check that the certificates were valid when they signed. Returns when that was, if it is proven."""
    if claim.envelope.scheme == "notary.x509.signingAuthority":
        return _examine_authority_time(claim)
    if not any(kind == "tsa" for kind, _name in claim.policy.stores):
        if _examine_now(claim):
            _ends(claim, _expiry(claim))
        return None
    if claim.policy.after_expiry_only and claim.found.at < _expiry(claim):
        return _examine_until_expiry(claim)
    return _examine_timestamp(claim)


def _examine_authority_time(claim: Claim) -> TrustedTime | None:
    found, when = claim.found, claim.envelope.authentic_time
    with found.tried(
        "authentic timestamp: the certificates were valid at the authentic signing time",
        _SECTION,
        Code.TIMESTAMP_INVALID,
        _INVALID,
        enforce=_is_enforced(claim),
    ):
        if when is None or when > found.at:
            raise NotationInvalid("the authentic signing time is not there, or still to come")
        check_dates(claim.envelope.chain, when, when)
        found.times.append(when)
        return TrustedTime(when)
    return None


def _examine_now(claim: Claim) -> bool:
    with claim.found.tried(
        "authentic timestamp: the certificates are valid now",
        _SECTION,
        Code.CHAIN_INVALID,
        _INVALID,
        enforce=_is_enforced(claim),
    ):
        check_dates(claim.envelope.chain, claim.found.at, claim.found.at)
        return True
    return False


def _examine_until_expiry(claim: Claim) -> TrustedTime | None:
    """`afterCertExpiry`, and nothing has expired. A timestamp lets the signature outlive its certificates even so."""
    if not _examine_now(claim):
        return None
    try:
        proof = _prove(claim)
    except _INVALID:
        _ends(claim, _expiry(claim))
        return None
    if proof.until is not None:
        _ends(claim, max(proof.until, _expiry(claim)))
    return proof


def _examine_timestamp(claim: Claim) -> TrustedTime | None:
    with claim.found.tried(
        "authentic timestamp: a timestamp proves that the certificates were valid",
        _SECTION,
        Code.TIMESTAMP_INVALID,
        _INVALID,
        enforce=_is_enforced(claim),
    ):
        proof = _prove(claim)
        if proof.until is not None:
            _ends(claim, proof.until)
        return proof
    return None


def _prove(claim: Claim) -> TrustedTime:
    """Verify the timestamp, its authority's chain and standing, and the dates. Raises one of _INVALID."""
    envelope, at = claim.envelope, claim.found.at
    if envelope.timestamp is None:
        raise TimestampInvalid("there is no timestamp, and the policy asks for one")
    # An authority is trusted by its root (trust-store-trust-policy.md, "Trust Store"), as notation has it too.
    held = [each for _, certificates in claim.stores("tsa") for each in certificates]
    anchors = [each for each in held if each.issuer == each.subject]
    if not anchors:
        raise TimestampInvalid(
            "the policy's stores of timestamp authorities are not there, or without a root"
        )
    stamp = verify_token(envelope.timestamp, envelope.signature, anchors)
    # Whatever takes one of them back finds this signature by it.
    claim.found.marks.update(
        marks.of_certificate(each.serial_number, each.issuer.rfc4514_string()) for each in stamp.chain
    )
    if not is_self_signed(stamp.chain[-1]):
        raise TimestampInvalid("the timestamp's authority does not end in a root")
    earliest, latest = Moment(stamp.moment - stamp.accuracy), Moment(stamp.moment + stamp.accuracy)
    if earliest > at:
        raise TimestampInvalid(f"the timestamp is of a time to come, {rfc3339(stamp.moment)}")
    check_dates(envelope.chain, earliest, latest)
    # Always enforced within this validation, also where the policy skips revocation ("Timestamp Countersignature
    # Verification details").
    status = standing_of(stamp.chain, claim.trust.revocations, at, None)
    if status.state != "good":
        raise TimestampInvalid(f"the timestamp's authority: {status.reason}")
    claim.found.times.append(stamp.moment)
    return TrustedTime(latest, status.until)


def _ends(claim: Claim, at: Moment) -> None:
    if _is_enforced(claim):
        claim.found.ends(at)


def _is_enforced(claim: Claim) -> bool:
    return claim.policy.actions.authentic_timestamp == "enforce"


def _expiry(claim: Claim) -> Moment:
    """The first moment at which one of the certificates is valid no more."""
    return Moment(min(map(valid_until, claim.envelope.chain)) + 1)
