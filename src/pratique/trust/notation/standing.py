"""Whether certificates still stand or were taken back (trust-store-trust-policy.md, "Validate Revocation Status").

Answered from what is kept: nothing is fetched while a signature is verified. The root is never asked about, since
nobody could take it back but itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cryptography.x509 import Certificate

from pratique.clock import Moment
from pratique.policy import Code
from pratique.trust.notation.claim import Claim
from pratique.trust.notation.revocations import RevocationStore, Status, status_of

_SECTION: Final = "trust-store-trust-policy.md, Certificate Revocation Evaluation"
_NAME: Final = "revocation: no certificate of the chain is revoked"


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """When a signature was there at the latest, by somebody who is trusted; `until` as far as that is known."""

    latest: Moment
    until: Moment | None = None


def standing_of(
    chain: Sequence[Certificate], kept: RevocationStore, at: Moment, trusted: Moment | None
) -> Status:
    """The worst status among a chain leaf … root, whose root is not asked; `until` is the first end of all.

    `trusted` is when the signature was certainly there, None where nobody proves it.
    """
    pairs = reversed(list(pairwise(chain)))
    found = [status_of(kept, one, issuer, at, trusted) for one, issuer in pairs]
    for state in ("revoked", "unavailable"):
        for status in found:
            if status.state == state:
                return status
    ends = [status.until for status in found if status.until is not None]
    return Status("good", "", min(ends, default=None))


def examine_standing(claim: Claim, trusted: TrustedTime | None) -> None:
    """Check the signing chain, as far as the policy asks for it.

    What counts only because it was made before something happened, counts no longer than the time is proven.
    """
    found, action = claim.found, claim.policy.actions.revocation
    if action == "skip":
        found.facts["revocation"] = "skipped"
        text = f"revocation was not asked about: the policy {claim.policy.name} skips it"
        found.check(_NAME, _SECTION, Code.REVOKED, passed=False, otherwise=text, enforce=False)
        return
    chain, kept = claim.envelope.chain, claim.trust.revocations
    status = standing_of(chain, kept, found.at, None if trusted is None else trusted.latest)
    found.check(
        _NAME,
        _SECTION,
        Code.REVOKED if status.state == "revoked" else Code.REVOCATION_UNAVAILABLE,
        passed=status.state == "good",
        otherwise=status.reason,
        enforce=action == "enforce",
    )
    if action != "enforce":
        return
    if status.until is not None:
        found.ends(status.until)
    if trusted is None or trusted.until is None:
        return
    if standing_of(chain, kept, found.at, None).state != "good":
        found.ends(trusted.until)
