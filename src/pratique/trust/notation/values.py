"""Whom notation trusts: the policies, the certificates in the stores that they name, and who was taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from pratique.trust.notation.policy import StoreName, TrustPolicyDocument
from pratique.trust.notation.revocations import NO_REVOCATIONS, RevocationStore


@dataclass(frozen=True, slots=True)
class NotationTrust:
    """What a `TrustSet.notation` is.

    `stores` holds certificates by store, (type, name); `parties` the id of the party that each `ca` and
    `signingAuthority` store is: a signature whose chain ends in the store is vouched for by it. A store that has no
    party vouches for nobody. `revocations` is all that is known about revoked certificates, nothing is fetched.

    `lenient_party` vouches for signatures that nobody here made, where the policy only *logs* that (`audit`, or an
    override). None: nobody does. That is how a registry has it, whose gate asks for somebody; `pratique verify`, which
    repeats what notation would say, names a party.
    """

    policy: TrustPolicyDocument | None
    stores: Mapping[StoreName, tuple[Certificate, ...]] = field(default_factory=dict)
    parties: Mapping[StoreName, str] = field(default_factory=dict)
    revocations: RevocationStore = NO_REVOCATIONS
    lenient_party: str | None = None
