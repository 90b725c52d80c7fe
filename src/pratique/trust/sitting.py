"""The layers of one evidence manifest, verified one after the other, with so much work in all and no more.

A manifest may have a thousand layers, a project a hundred keys and fifty roots: whoever may push would keep a processor
busy for minutes. Work is counted and not timed, so that the same bytes get the same answer on every machine.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pratique.clock import Moment
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.policy import Code
from pratique.trust.findings import Findings, examined
from pratique.trust.items import Item
from pratique.trust.parties import Subject, TrustSet
from pratique.trust.records import EvidenceRecord, SchemeName

WORK_LIMIT: Final = 20_000
"""Signatures verified, or tried with a key, for one manifest: some seconds; what cosign writes needs a few dozen."""
LAYER_WORK: Final = 8
"""What a layer takes at least."""

Verify: TypeAlias = Callable[[Item, Subject, TrustSet, Moment], EvidenceRecord | None]

_NAMES: Final[Mapping[Scheme, SchemeName]] = {
    Scheme.COSIGN_BUNDLE: "cosign-bundle",
    Scheme.COSIGN_SIMPLESIGNING: "cosign-simplesigning",
    Scheme.DSSE: "cosign-attestation",
    Scheme.NOTATION_JWS: "notation-jws",
    Scheme.NOTATION_COSE: "notation-cose",
}
"""What may be signed, and takes work therefore."""


class Sitting:
    """Verifies with `ask` what one manifest carries, in the order of its layers, while `limit` lasts."""

    def __init__(self, ask: Verify, subject: Subject, trust: TrustSet, limit: int = WORK_LIMIT) -> None:
        self._ask = ask
        self._subject = subject
        self._trust = trust
        self._limit = limit
        self._left = limit

    def verify(self, item: Item, at: Moment) -> EvidenceRecord | None:
        """As `trust.verify.verify`; when nothing is left, a record that says so and does not count. Never raises."""
        scheme = scheme_of(item.media_type)
        name = None if scheme is None else _NAMES.get(scheme)
        if self._left <= 0 and name is not None:
            return examined(name, self._subject, self._trust, at, item, self._refuse)
        record = self._ask(item, self._subject, self._trust, at)
        self._left -= LAYER_WORK + (0 if record is None else record.work)
        return record

    def _refuse(self, found: Findings) -> None:
        found.check(
            "its manifest leaves work for it",
            "",
            Code.SIGNATURE_NOT_TRUSTED,
            passed=False,
            otherwise=f"it was not looked at: the layers before it took all of the {self._limit:,} signatures that are"
            " tried for one manifest",
        )
