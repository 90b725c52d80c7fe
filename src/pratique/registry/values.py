"""What the rooms above see of the warehouse: frozen values, never rows."""

from dataclasses import dataclass
from typing import Any

from pratique.access.principal import Principal, Tier
from pratique.clock import Moment
from pratique.oci.digest import Digest
from pratique.policy import State


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and the project it belongs to."""

    id: int
    project_id: int
    name: str
    created_at: Moment
    updated_at: Moment
    description: str = ""
    pull_count: int = 0

    @property
    def project(self) -> str:
        """The project's name: the first component."""
        return self.name.partition("/")[0]

    @property
    def place(self) -> dict[str, Any]:
        """What every event of a repository says of where it happened."""
        return {"project_id": self.project_id, "project": self.project, "repository": self.name}

    @property
    def path(self) -> str:
        """The name inside the project, without its first component."""
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an artifact stands at the gate: the part of a verdict that every read asks for.

    A state counts only while `at < valid_until` (None: no date) and while `generation` is not below the project's
    floor, which every narrowing of its policy raises.
    """

    state: State
    valid_until: Moment | None
    generation: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest in a repository, without its bytes."""

    id: int
    repository_id: int
    digest: Digest
    media_type: str
    artifact_type: str | None
    size: int
    is_index: bool
    is_evidence: bool
    subject: Digest | None
    pushed_by: str
    pushed_at: Moment
    standing: Standing


@dataclass(frozen=True, slots=True)
class TagSides:
    """A tag with its two sides (gate.md, section 4). `is_single`: a tag of evidence, which has only the candidate."""

    name: str
    candidate: Digest
    candidate_by: str
    candidate_at: Moment
    admitted: Digest | None
    is_single: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads in one repository, and how deep.

    Made at the door from a token or from the account itself; `may_push` and `holds_inspect` decide which side of a
    tag is his (gate.md 4), `tier` what is let out to him at all (gate.md 5).
    """

    principal: Principal
    tier: Tier
    may_push: bool = False
    holds_inspect: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate says of something that it lets out.

    `warning` is sent as `Warning: 299`. `until` is the moment from which the answer must be asked for again, and
    `for_readers` whether every reader of the repository would have been let out: only such answers are kept warm.
    """

    warning: str | None = None
    until: Moment | None = None
    for_readers: bool = False


@dataclass(frozen=True, slots=True)
class Pulled:
    """A manifest that may leave. `sides`: of the tag that it was asked by; None: it was asked by its digest."""

    repository: Repository
    artifact: Artifact
    content: bytes
    passage: Passage
    sides: TagSides | None = None


@dataclass(frozen=True, slots=True)
class PulledBlob:
    """A blob that may leave. The bytes are opened by `Puller.open_blob`."""

    repository: Repository
    digest: Digest
    size: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a keyset listing: at most `limit` entries after `last` (exclusive). `limit` None: all."""

    limit: int | None = None
    last: str | None = None
