"""Rooms' ports, played by something smaller: an open gate, projects without accounts, rights as a table."""

from dataclasses import dataclass, field

from pratique.access.principal import Tier
from pratique.db import Tx
from pratique.errors import Quarantined, RepositoryUnknown
from pratique.oci.digest import Digest
from pratique.policy import State
from pratique.registry.ports import Allotment, EvidenceClaim, Findings
from pratique.registry.store import manifests, tags, usage
from pratique.registry.values import Artifact, Passage, Reader, Repository, Standing


class Verified:
    """What the open gate finds: that it was asked."""

    is_proof = True


@dataclass
class OpenGate:
    """Admits whatever is pushed, and lets out all but the digests in `refused`."""

    refused: set[Digest] = field(default_factory=set)

    def verify(self, claim: EvidenceClaim) -> Findings | None:
        assert claim.subject
        return Verified()

    def hold(self, tx: Tx, project_id: int) -> None:
        assert tx.dialect
        assert project_id

    def may_turn(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> bool:
        assert tx.dialect
        assert repository.id == artifact.repository_id
        return findings is not None

    def pushed(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> None:
        assert findings is None or artifact.is_evidence
        if artifact.is_evidence or artifact.digest in self.refused:
            return
        manifests.set_standing(tx, artifact.id, Standing(State.ADMITTED, None, 0))
        tags.take_over(tx, repository.id, artifact.digest)

    def removed(self, tx: Tx, repository: Repository, artifact: Artifact, *, quietly: bool = False) -> None:
        assert quietly or manifests.by_id(tx, artifact.id) is not None
        assert repository.id == artifact.repository_id

    def let_out(self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact) -> Passage:
        if artifact.digest in self.refused and reader.tier < Tier.INSPECT:
            raise self.refuse(tx, repository, artifact)
        return Passage(for_readers=True)

    def let_blob_out(self, tx: Tx, reader: Reader, repository: Repository, digest: Digest) -> Passage:
        assert tx.dialect
        assert repository.id
        if digest in self.refused and reader.tier < Tier.EXAMINE:
            raise Quarantined("refused by the test", {}, phrase="refused")
        return Passage(for_readers=True)

    def is_admitted(self, tx: Tx, repository: Repository, artifact: Artifact) -> bool:
        assert tx.dialect
        assert repository.id
        return artifact.digest not in self.refused

    def refuse(self, tx: Tx, repository: Repository, artifact: Artifact) -> Quarantined:
        assert tx.dialect
        return Quarantined(
            f"{repository.name}@{artifact.digest} is refused by the test", {}, phrase="refused"
        )


@dataclass
class NumberedProjects:
    """Projects by name, with limits in bytes."""

    numbers: dict[str, int] = field(default_factory=lambda: {"library": 1, "other": 2})
    limits: dict[int, int] = field(default_factory=dict)

    def project_of(self, tx: Tx, repository: str) -> int:
        assert tx.dialect
        name, slash, _ = repository.partition("/")
        if not slash or name not in self.numbers:
            raise RepositoryUnknown(f"there is no project {name}")
        return self.numbers[name]

    def hold(self, tx: Tx, repository: str) -> int:
        return self.project_of(tx, repository)

    def allotment(self, tx: Tx, project_id: int) -> Allotment:
        limit = self.limits.get(project_id)
        return Allotment(None, 0) if limit is None else Allotment(limit, usage.used(tx, project_id))


@dataclass
class TabledRights:
    """Live rights: the tier of a principal in a repository, by key and name; nothing where nothing stands."""

    tiers: dict[tuple[str, str], Tier] = field(default_factory=dict)

    def reader(self, tx: Tx, reader: Reader, repository: str) -> Reader | None:
        assert tx.dialect
        tier = self.tiers.get((reader.principal.key, repository))
        return None if tier is None else Reader(reader.principal, tier)
