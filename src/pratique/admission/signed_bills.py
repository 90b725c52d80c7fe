"""An SBOM that lies beside an artifact as a plain referrer, by whose signature on its manifest it counts.

The chain is: a signature that verified, of a manifest that is evidence here, whose subject is the artifact, and whose
layers are read by their digests. A signature of the manifest says who stands behind the SBOM and of which artifact it
is, as both are in it. Only packages are read: VEX counts in statements alone.
"""

from collections.abc import Collection
from typing import Final

from pratique.admission.hearing import SILENT, UNREADABLE, Heard, packages_in, telling
from pratique.admission.store.attested import AttestedPackage
from pratique.db import Tx
from pratique.inventory.readers.reader import Unparsable
from pratique.oci.digest import Digest, algorithm_of, digest_of
from pratique.oci.evidence_shape import Scheme, scheme_of
from pratique.policy import Party
from pratique.policy.values import SBOM
from pratique.registry.claims import ClaimReader
from pratique.registry.ports import EvidenceClaim, EvidenceLayer
from pratique.registry.store import repositories
from pratique.registry.values import Artifact
from pratique.trust import EvidenceRecord
from pratique.trust.strict import read_json

SIZE_LIMIT: Final = 64 * 2**20
"""Bytes of the SBOMs of one manifest."""
_BILLS: Final = frozenset({Scheme.SPDX, Scheme.CYCLONEDX, Scheme.HARBOR_REPORT, Scheme.SYFT})
_HARBORS: Final = "application/vnd.goharbor.harbor.sbom.v1"


class SignedBill:
    """The SBOMs in a manifest of evidence. Read when somebody whose word counts for them has signed it, and once."""

    def __init__(self, claim: EvidenceClaim) -> None:
        self.digest = claim.digest
        self.subject = claim.subject
        self._layers = tuple(filter(_is_bill, claim.layers))
        self._size = claim.size
        self._read: tuple[AttestedPackage, ...] | str | None = None

    def heard(self, record: EvidenceRecord, parties: Collection[Party]) -> tuple[EvidenceRecord, Heard]:
        """What a verified signature of this manifest adds, and its record, which tells how much. Never raises."""
        if not record.verified or not record.is_signature:
            return record, SILENT
        # Of what, is noted in any case: so it is known that somebody listened.
        record = telling(record, {"evidence_of": self.subject})
        trusted = {party.id for party in parties if SBOM in party.purposes}
        if not trusted & record.parties or not self._layers:
            return record, SILENT
        if self._read is None:
            self._read = self._packages()
        if isinstance(self._read, str):
            return telling(record, {"sbom_problem": self._read}), SILENT
        told = telling(record, {"sbom_packages": len(self._read)})
        return told, Heard(packages=self._read, subject=self.subject)

    def _packages(self) -> tuple[AttestedPackage, ...] | str:
        try:
            if self._size > SIZE_LIMIT:
                raise Unparsable(f"it has {self._size} bytes; {SIZE_LIMIT} are read")
            return packages_in([read_json(_content(layer)) for layer in self._layers])
        except UNREADABLE as error:
            return str(error)


class SignedBills:
    """Finds what a signature is a signature of."""

    def __init__(self, claims: ClaimReader) -> None:
        self._claims = claims

    def of(self, tx: Tx, signed: Artifact | None) -> SignedBill | None:
        """The SBOM that a signature of this manifest speaks for; None: it is none. Its bytes are read later."""
        if signed is None or not signed.is_evidence or signed.is_index or signed.subject is None:
            return None
        repository = repositories.by_id(tx, signed.repository_id)
        claim = self._claims.again(tx, repository, signed, signed.subject) if repository else None
        return None if claim is None else SignedBill(claim)


def _is_bill(layer: EvidenceLayer) -> bool:
    scheme = scheme_of(layer.media_type)
    return scheme in _BILLS and (
        scheme is not Scheme.HARBOR_REPORT or layer.media_type.replace(" ", "").lower() == _HARBORS
    )


def _content(layer: EvidenceLayer) -> bytes:
    """The bytes that the signed manifest names. Raises Unparsable."""
    content = layer.read()
    if digest_of(content, algorithm_of(Digest(layer.digest))) != layer.digest:
        raise Unparsable(f"the blob {layer.digest} has other bytes than its name says")
    return content
