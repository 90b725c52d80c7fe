"""The warehouse as people look at it: pages of repositories and artifacts, tags and evidence beside them.

Nothing here lets bytes out; it says what there is. What READ may not see of it (gate.md 6) is left out here, so that
no door can forget it: names of tags without an admitted side, and evidence of what is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

from pratique.access import Principal, Tier
from pratique.clock import Clock
from pratique.db import Tx
from pratique.errors import ManifestUnknown
from pratique.events import RepositoryUpdated
from pratique.jobs import publish
from pratique.oci.digest import Digest, is_digest, parse_digest
from pratique.oci.names import check_tag
from pratique.registry.pages import ArtifactFilter, Listing, RepositoryFilter, Shelved
from pratique.registry.ports import Gate
from pratique.registry.pull import known
from pratique.registry.store import catalogue, manifests, repositories, tags
from pratique.registry.values import Artifact, Reader, Repository, TagSides


class Catalogue:
    """Shows what the warehouse holds."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock

    # --- repositories ---------------------------------------------------------------------------------------------

    def repository(self, tx: Tx, name: str) -> Repository:
        """The repository of that full name. Raises RepositoryUnknown."""
        return known(tx, name)

    def repositories(
        self, tx: Tx, wanted: RepositoryFilter, listing: Listing
    ) -> tuple[list[Repository], int]:
        """A page of repositories that hold something, and how many there are in all."""
        return catalogue.repositories(tx, wanted, listing)

    def repositories_in(self, tx: Tx, project_ids: Collection[int]) -> Mapping[int, int]:
        """How many repositories that hold something each project has; a project that is not named has none."""
        return catalogue.repositories_per_project(tx, project_ids)

    def artifacts_in(self, tx: Tx, repository_ids: Collection[int]) -> Mapping[int, int]:
        """How many artifacts each repository has; one that is not named has none."""
        return catalogue.artifacts_per_repository(tx, repository_ids)

    def describe(self, tx: Tx, name: str, description: str, by: Principal) -> None:
        """Set the description that people read. Raises RepositoryUnknown."""
        repository = known(tx, name)
        repositories.lock(tx, repository.id, self._clock.now())
        repositories.describe(tx, repository.id, description)
        publish(tx, RepositoryUpdated(actor=by.name, **repository.place))

    def stored(self, tx: Tx) -> int:
        """Bytes of all that the warehouse holds, each digest once."""
        return catalogue.total_size(tx)

    # --- artifacts ------------------------------------------------------------------------------------------------

    def artifacts(
        self, tx: Tx, repository: Repository, wanted: ArtifactFilter, listing: Listing
    ) -> tuple[list[Shelved], int]:
        """A page of artifacts, refused ones too, and how many there are in all."""
        return catalogue.artifacts(tx, repository.id, wanted, listing)

    def find(self, tx: Tx, repository: Repository, reference: str) -> tuple[Shelved, TagSides | None]:
        """What a tag or digest names; of a tag its candidate (the API speaks of that side), with both its sides.

        Raises ManifestUnknown, TagInvalid, DigestInvalid.
        """
        sides = None
        if is_digest(reference):
            digest = parse_digest(reference)
        else:
            sides = tags.by_name(tx, repository.id, check_tag(reference))
            if sides is None:
                raise ManifestUnknown(f"{repository.name} has no tag {reference}")
            digest = sides.candidate
        artifact = manifests.by_digest(tx, repository.id, digest)
        found = None if artifact is None else catalogue.shelved(tx, artifact.id)
        if found is None:
            raise ManifestUnknown(f"{repository.name} has no manifest {digest}")
        return found, sides

    def body_of(self, tx: Tx, artifact: Artifact) -> bytes:
        """The manifest's own bytes, for what is said about it and never to be sent."""
        return manifests.body_of(tx, artifact.id)

    def children_of(self, tx: Tx, artifact: Artifact) -> list[Artifact]:
        """The present children of an index."""
        return [child for child, _ in manifests.children_of(tx, artifact.id)]

    def sizes(self, tx: Tx, artifacts: Sequence[Artifact]) -> Mapping[int, int]:
        """Bytes of each artifact with its blobs; of an index with its present children and theirs."""
        children = {each.id: self.children_of(tx, each) for each in artifacts if each.is_index}
        family = {each.id: each for each in artifacts}
        family |= {child.id: child for kin in children.values() for child in kin}
        blobs = catalogue.blob_sizes(tx, family.keys())
        own = {number: each.size + blobs.get(number, 0) for number, each in family.items()}
        return {
            each.id: own[each.id] + sum(own[child.id] for child in children.get(each.id, ()))
            for each in artifacts
        }

    # --- beside them ----------------------------------------------------------------------------------------------

    def is_shown(self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact) -> bool:
        """Whether a reader sees all of an artifact; else he learns its digest, its state and the reasons."""
        return reader.tier >= Tier.INSPECT or self._gate.is_admitted(tx, repository, artifact)

    def refuse(self, tx: Tx, repository: Repository, artifact: Artifact) -> NoReturn:
        """Raise Quarantined with the reasons why an artifact is refused."""
        raise self._gate.refuse(tx, repository, artifact)

    def tags_of(
        self, tx: Tx, reader: Reader, repository: Repository, artifacts: Sequence[Artifact]
    ) -> Mapping[Digest, tuple[TagSides, ...]]:
        """The tags that a reader sees at each artifact: to READ those alone whose admitted side it is."""
        found: dict[Digest, tuple[TagSides, ...]] = {}
        for sides in catalogue.tags_of(tx, repository.id, [each.digest for each in artifacts]):
            for artifact in artifacts:
                if self._is_at(tx, reader, repository, artifact, sides):
                    found[artifact.digest] = (*found.get(artifact.digest, ()), sides)
        return found

    def evidence_of(
        self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact
    ) -> list[Artifact]:
        """The evidence that speaks of an artifact, without the indexes that list it; none where it is not shown."""
        if not self.is_shown(tx, reader, repository, artifact):
            return []
        found = manifests.evidence_of(tx, repository.id, artifact.digest)
        return [each for each in found if not each.is_index]

    def _is_at(
        self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact, sides: TagSides
    ) -> bool:
        if reader.tier >= Tier.INSPECT:
            return artifact.digest in {sides.candidate, sides.admitted}
        if sides.is_single:
            return artifact.digest == sides.candidate and self._gate.is_admitted(tx, repository, artifact)
        return artifact.digest == sides.admitted
