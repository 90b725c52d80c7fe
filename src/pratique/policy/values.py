"""What is judged, by what, and what comes out: plain frozen values.

All of them are made by the caller from its store; nothing here looks anything up. Moments are microseconds
UTC.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pratique.clock import Moment
from pratique.oci.digest import Digest

Admission = Literal["open", "signed"]
"""What a project asks of its artifacts (the project's metadata `admission`)."""


class State(StrEnum):
    """Where an artifact stands (gate.md, section 1)."""

    PENDING = "PENDING"
    ADMITTED = "ADMITTED"
    QUARANTINED = "QUARANTINED"


class Outcome(StrEnum):
    """How a rule ended. Only `PASS` and `EXEMPT` admit."""

    PASS = "pass"  # noqa: S105 - the word of an outcome, no password
    EXEMPT = "exempt"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whose signatures a project believes: a trusted key, its reach and its dates.

    `repositories` are patterns (`pratique.policy.patterns`) on the repository's path inside the project: a
    signature binds a digest and not a name, so without a reach an old signed image of another repository
    could be pushed here. It counts from `valid_from` on and before `valid_until`; None is no bound.
    """

    id: int
    name: str
    fingerprint: str
    repositories: tuple[str, ...] = ("**",)
    valid_from: Moment | None = None
    valid_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What verification said of one piece of evidence; `code` is `VERIFIED` or why it is not.

    `evidence` is the digest of the manifest that carries it, `subject` the digest that was signed. An
    `inherited` one speaks of an admitted parent (an index in the same repository) and is passed on by it
    for as long as the parent is admitted: `inherited_until` is the `valid_until` of the parent's verdict.
    `is_signature` is false for attestations: what verifies is not always somebody's "I sign this image".
    """

    evidence: Digest
    subject: Digest
    scheme: str
    fingerprint: str | None
    code: str
    message: str
    received_at: Moment
    inherited: bool = False
    inherited_until: Moment | None = None
    is_signature: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one artifact when it is judged.

    `registry` is the host (and port) by which clients know this registry and serves only the remedies;
    `repository` is the full name, `project` its first component. `signatures` holds the inherited ones too.
    """

    registry: str
    project: str
    repository: str
    digest: Digest
    signatures: tuple[Signature, ...]
    parties: tuple[Party, ...]

    @property
    def path(self) -> str:
        """The repository's path inside its project: what a party's patterns are matched with."""
        return self.repository.removeprefix(f"{self.project}/")

    @property
    def locator(self) -> str:
        """`host/project/repository@digest`, as it is given to `cosign sign`."""
        return f"{self.registry}/{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a project asks. `generation` counts its changes for the store and has no say in the judgement."""

    admission: Admission
    generation: int


@dataclass(frozen=True, slots=True)
class Exemption:
    """Somebody took responsibility for letting one artifact pass one rule, for a reason and until a date.

    It lifts a rule that fails; never one that could not be evaluated.
    """

    id: int
    digest: Digest
    rule: str
    reason: str
    valid_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """How one rule ended, why, and what to do.

    `valid_until` is the first moment at which a rule that holds ceases to hold by a date alone, `rests_on`
    the ids of the parties it rests on, and `reconsider_at` the first moment at which a date alone may let a
    rule that fails hold.
    """

    rule: str
    code: str
    outcome: Outcome
    message: str
    remedy: str = ""
    valid_until: Moment | None = None
    rests_on: frozenset[int] = frozenset()
    reconsider_at: Moment | None = None

    @property
    def admits(self) -> bool:
        """Whether this rule lets the artifact pass."""
        return self.outcome in {Outcome.PASS, Outcome.EXEMPT}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one artifact, with a reason per rule and the digests of all that was looked at.

    From `valid_until` on an ADMITTED verdict no longer admits, judged again or not; None is no end.
    `rests_on` names the parties whose removal or narrowing may take the admission away. `reconsider_at` is
    when judging a QUARANTINED artifact again may admit it with the same evidence (a key becomes valid).
    """

    state: State
    digest: Digest
    reasons: tuple[Reason, ...]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    valid_until: Moment | None = None
    rests_on: frozenset[int] = frozenset()
    reconsider_at: Moment | None = None

    def admits(self, at: Moment) -> bool:
        """Whether the artifact may be let out at `at`."""
        return self.state is State.ADMITTED and (self.valid_until is None or at < self.valid_until)
