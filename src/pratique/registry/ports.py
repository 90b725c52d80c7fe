"""What the registry asks of rooms that it does not know; joined in bootstrap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pratique.db import Tx
from pratique.oci.digest import Digest
from pratique.registry.values import Artifact, Passage, Reader, Repository


@dataclass(frozen=True, slots=True)
class EvidenceLayer:
    """One blob of evidence: a layer or the config, with its descriptor's media type and annotations.

    `read` gives the bytes (at most 32 MiB); they are not kept, so that a claim of 1,000 layers costs one at a time.
    """

    media_type: str
    digest: Digest
    annotations: Mapping[str, str]
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class EvidenceClaim:
    """A manifest that has the shape of evidence (gate.md 2), and its bytes. Only a claim until verified.

    `size` is that of all its blobs together.
    """

    project_id: int
    repository: str
    digest: Digest
    subject: Digest
    config: EvidenceLayer
    layers: tuple[EvidenceLayer, ...]
    size: int


class EvidenceMoved(Exception):
    """The keys that evidence was verified against changed before its transaction: verify it again, then commit."""


class Findings(Protocol):
    """What verification found: the registry hands it back within the transaction of the push."""

    @property
    def is_proof(self) -> bool:
        """Whether every blob was read and parses as what it says.

        False: there is too much of it for a PUT. A job will read it, and until then the manifest is an artifact.
        """
        ...


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a project may still store. `limit` is in bytes; None: unlimited."""

    limit: int | None
    used: int


class Gate(Protocol):
    """Who is let out: implemented by admission.

    `verify` runs outside any transaction. All other methods run inside the caller's, and what they write commits with
    what they judge. `let_out` and `let_blob_out` raise Quarantined.
    """

    def verify(self, claim: EvidenceClaim) -> Findings | None:
        """Verify a claim against the project's keys. None: it does not parse as evidence, so it is an artifact."""
        ...

    def hold(self, tx: Tx, project_id: int) -> None:
        """Keep every narrowing of a project waiting until this transaction ends.

        The first lock of whoever changes what is judged; the repository's is the second, so nobody waits in a ring.
        """
        ...

    def may_turn(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> bool:
        """Whether a stored manifest may become the evidence that it is pushed as now.

        Never where that would take away what is let out, or a signature that counts.
        """
        ...

    def pushed(self, tx: Tx, repository: Repository, artifact: Artifact, findings: Findings | None) -> None:
        """Judge what was pushed, or what its evidence speaks of, and move the admitted sides of tags.

        Raises EvidenceMoved.
        """
        ...

    def removed(self, tx: Tx, repository: Repository, artifact: Artifact, *, quietly: bool = False) -> None:
        """Before the row goes: forget the verdict, and judge again what rested on it. Called inside the deletion.

        `quietly`: the whole repository goes, nothing is left to judge.
        """
        ...

    def let_out(self, tx: Tx, reader: Reader, repository: Repository, artifact: Artifact) -> Passage:
        """Let a manifest out to a reader, or raise Quarantined with every reason."""
        ...

    def let_blob_out(self, tx: Tx, reader: Reader, repository: Repository, digest: Digest) -> Passage:
        """Let a linked blob out to a reader, or raise Quarantined."""
        ...

    def is_admitted(self, tx: Tx, repository: Repository, artifact: Artifact) -> bool:
        """Whether an artifact (of evidence: its subject) would be let out to everyone who may read here."""
        ...

    def refuse(self, tx: Tx, repository: Repository, artifact: Artifact) -> Exception:
        """The Quarantined that says why an artifact is refused."""
        ...


class Projects(Protocol):
    """What the registry needs to know of projects."""

    def project_of(self, tx: Tx, repository: str) -> int:
        """The id of the project that a repository name belongs to. Raises RepositoryUnknown."""
        ...

    def hold(self, tx: Tx, repository: str) -> int:
        """As `project_of`, and nobody deletes the project before this transaction has ended."""
        ...

    def allotment(self, tx: Tx, project_id: int) -> Allotment:
        """What the project may still store."""
        ...


class Rights(Protocol):
    """Live rights on another repository, for mounts and copies."""

    def reader(self, tx: Tx, reader: Reader, repository: str) -> Reader | None:
        """The same principal as a reader of another repository, looked up now; None: he may not read there."""
        ...


class Origin(Protocol):
    """Where bytes come from that the registry does not have yet (a proxy cache); none in the first build."""

    def fetch_manifest(self, repository: str, reference: str) -> Digest | None:
        """Fetch a manifest into the warehouse."""
        ...

    def fetch_blob(self, repository: str, blob: Digest) -> bool:
        """Fetch a blob into the warehouse."""
        ...
