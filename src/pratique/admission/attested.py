"""What people whom a project trusts say of the contents of an artifact: VEX statements, and packages that it has too.

It speaks of the digest that was signed and of no other: what is said of an index says nothing of its images, whose
digests their own attestations name.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pratique.admission.bench import Bench
from pratique.admission.named import row_of
from pratique.admission.store import attested as store
from pratique.db import Tx
from pratique.inventory.store.values import ComponentRow
from pratique.oci.digest import Digest
from pratique.packages import Component, component_of
from pratique.policy import Signature, VexDocument
from pratique.policy.values import SBOM
from pratique.policy.vouching import Basis, vouching
from pratique.registry.store import manifests
from pratique.registry.values import Artifact
from pratique.trust import marks

READER: Final = "attested"
"""Who read the packages of an SBOM of somebody else's."""
TOO_MANY: Final = f"more than {store.DOCUMENTS_LIMIT} attestations speak of its contents"
COMPONENTS_LIMIT: Final = 20_000
"""Components that all VEX documents on one artifact may name."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one artifact.

    Whether `statements` count is the judge's affair. `packages` are those that parties trusted for `sbom` say are in
    it, beside those that its layers show. `problem`: so much is said that not all of it was heard.
    """

    statements: tuple[VexDocument, ...] = ()
    packages: tuple[ComponentRow, ...] = ()
    problem: str = ""


NOTHING_SAID: Final = Said()


class Attested:
    """Reads what was kept when evidence was verified."""

    def about(self, tx: Tx, bench: Bench, artifact: Artifact) -> Said:
        """What verified evidence says of an artifact's contents."""
        found = store.about(tx, bench.repository.id, artifact.digest)
        if not found:
            return NOTHING_SAID
        packages = self._packages(tx, bench, artifact, found)
        # What a later one says is inside would not be known.
        problem = TOO_MANY if len(found) > store.DOCUMENTS_LIMIT else ""
        return Said(_statements(found), packages, problem)

    def _packages(
        self, tx: Tx, bench: Bench, artifact: Artifact, found: list[store.Attestation]
    ) -> tuple[ComponentRow, ...]:
        rows: dict[str, ComponentRow] = {}
        for one in found[: store.DOCUMENTS_LIMIT]:
            if one.package_count and self._counts(tx, bench, artifact, one.signature):
                is_its_own = one.signature.subject == artifact.digest
                said_by = one.signature.evidence if is_its_own else one.signature.subject
                for purl in store.packages_in(tx, one.manifest_id, one.ordinal):
                    rows.setdefault(purl, row_of(purl, f"said by the SBOM {said_by}", READER))
        return tuple(rows.values())

    def _counts(self, tx: Tx, bench: Bench, artifact: Artifact, signature: Signature) -> bool:
        """Whether packages count by a signature: of a statement about the artifact, or of an SBOM's manifest."""
        evidence = bench.evidence_for(artifact, (), None)
        if signature.subject != artifact.digest:
            bill = manifests.by_digest(tx, bench.repository.id, signature.subject)
            if bill is None or not bill.is_evidence or bill.subject != artifact.digest:
                return False
            if marks.of_digest(bill.digest) in evidence.denied:
                return False
            evidence = replace(evidence, digest=bill.digest)
        return any(isinstance(basis, Basis) for basis in vouching(signature, evidence, SBOM, bench.at))

    def components_of(self, tx: Tx, digest: str) -> Iterator[Component]:
        """What attestations say is in an artifact, in whatever repository: to be matched before anybody judges."""
        for purl in store.packages_of(tx, digest):
            component = component_of(purl)
            if component is not None:
                yield component

    def images_with(self, tx: Tx, keys: Collection[Component]) -> list[Digest]:
        """The artifacts of which an attestation says that they have any of these components, in order."""
        return store.subjects_with(tx, keys)

    def held(self, tx: Tx, keys: Collection[Component]) -> set[Component]:
        """Those of the components that any attestation names."""
        return store.held(tx, keys)


def _statements(found: list[store.Attestation]) -> tuple[VexDocument, ...]:
    """Of more documents than are looked at nothing: one that is left out might say otherwise.

    Nor of more components in all than anybody has the time to compare with each finding.
    """
    components = sum(len(statement.components) for one in found for statement in one.statements)
    if len(found) > store.DOCUMENTS_LIMIT or components > COMPONENTS_LIMIT:
        return ()
    return tuple(VexDocument(one.signature, one.statements) for one in found if one.statements)
