"""A signature under examination: what it says, and by which policy it is judged."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.x509 import Certificate

from pratique.trust.findings import Findings
from pratique.trust.notation.envelope import Envelope
from pratique.trust.notation.policy import StoreName, TrustPolicy
from pratique.trust.notation.values import NotationTrust


@dataclass(frozen=True, slots=True)
class Claim:
    """An envelope whose own signature verified; `found` takes the checks of the validations."""

    found: Findings
    envelope: Envelope
    policy: TrustPolicy
    trust: NotationTrust

    def stores(self, kind: str) -> Iterable[tuple[StoreName, tuple[Certificate, ...]]]:
        """The stores of a type that the policy names and that are there, with their certificates."""
        for name in self.policy.stores:
            if name[0] == kind and name in self.trust.stores:
                yield name, self.trust.stores[name]
