"""Whether a signature is from somebody who is trusted (trust-store-trust-policy.md, "Validate Authenticity").

A chain ends in a store where one of its certificates is in it: the root, as it should be, or an intermediate that
somebody pinned. A store that a policy names and that there is not vouches for nobody; notation refuses to go on there,
also where another store would do.
"""

from typing import Final

from cryptography.x509 import Certificate

from pratique.policy import Code
from pratique.trust.notation.chain import check_anchor, check_chain
from pratique.trust.notation.claim import Claim
from pratique.trust.notation.identities import matches_subject
from pratique.trust.notation.invalid import NotationInvalid
from pratique.trust.notation.policy import StoreName
from pratique.trust.records import Signer

_SECTION: Final = "trust-store-trust-policy.md, Steps, Validate Authenticity"
_STORE_TYPES: Final = {"notary.x509": "ca", "notary.x509.signingAuthority": "signingAuthority"}


def examine_authenticity(claim: Claim) -> bool:
    """Find out whether the chain ends in a store and the signer is one who is meant, and who vouches then.

    A chain that breaks the rules is no chain, whatever the policy enforces: raises Stopped there. Returns whether to
    ask about revocation: of a stranger's chain nobody does, unless the policy takes strangers.
    """
    found, chain = claim.found, claim.envelope.chain
    with found.needed(
        "authenticity: the certificate chain is complete and follows the rules",
        _SECTION,
        Code.CHAIN_INVALID,
        (NotationInvalid,),
    ):
        check_chain(chain, None)
    ends_in = _stores(claim)
    enforced = claim.policy.actions.authenticity == "enforce"
    anchored = found.check(
        "authenticity: the chain ends in a trust store of the policy",
        _SECTION,
        Code.SIGNATURE_NOT_TRUSTED,
        passed=bool(ends_in),
        otherwise=_elsewhere(claim),
        enforce=enforced,
    )
    if anchored and _examine_identity(claim, enforced=enforced):
        leaf = chain[0]
        found.signer = Signer("x509", issuer=leaf.issuer.rfc4514_string(), name=leaf.subject.rfc4514_string())
        found.facts["stores"] = [":".join(name) for name in ends_in]
        found.vouched(claim.trust.parties[name] for name in ends_in if name in claim.trust.parties)
    elif not enforced and claim.trust.lenient_party is not None:
        found.vouched([claim.trust.lenient_party])
    return anchored or not enforced


def _stores(claim: Claim) -> list[StoreName]:
    """The stores that the chain ends in; not one that holds the signer's own certificate in place of an authority."""
    ends_in = []
    kind = _STORE_TYPES[claim.envelope.scheme]
    for name, certificates in claim.stores(kind):
        common = [each for each in claim.envelope.chain if each in certificates]
        if common and all(map(_may_anchor, common)):
            ends_in.append(name)
    return ends_in


def _may_anchor(certificate: Certificate) -> bool:
    try:
        check_anchor(certificate)
    except NotationInvalid:
        return False
    return True


def _examine_identity(claim: Claim, *, enforced: bool) -> bool:
    wanted, leaf = claim.policy.identities, claim.envelope.chain[0]
    return claim.found.check(
        "authenticity: the signer is a trusted identity",
        _SECTION,
        Code.IDENTITY_MISMATCH,
        passed=wanted is None or any(matches_subject(each, leaf) for each in wanted),
        otherwise=f"it is signed by {leaf.subject.rfc4514_string()}, who is none of the identities that the policy"
        f" {claim.policy.name} trusts",
        enforce=enforced,
    )


def _elsewhere(claim: Claim) -> str:
    kind = _STORE_TYPES[claim.envelope.scheme]
    named = [":".join(name) for name in claim.policy.stores if name[0] == kind]
    missing = [":".join(name) for name in claim.policy.stores if name not in claim.trust.stores]
    root = claim.envelope.chain[-1].subject.rfc4514_string()
    text = f"its chain ends in {root}, which is in none of the policy's stores"
    text += f" ({', '.join(named)})" if named else f": it names none of the type {kind}"
    return text + (f"; there is no store {', '.join(missing)}" if missing else "")
