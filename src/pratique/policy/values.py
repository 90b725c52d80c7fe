"""What is judged, by what, and what comes out: plain frozen values.

All of them are made by the caller from its store; nothing here looks anything up. Moments are microseconds
UTC.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from pratique.clock import Moment
from pratique.oci.digest import Digest
from pratique.policy.contents import Contents, Tolerance
from pratique.policy.vex import VexStatement

Admission = Literal["open", "signed"]
"""What a project asks of its artifacts (the project's metadata `admission`)."""

SignatureKind = Literal["cosign", "notation"]
"""Whose tools a signature is for: Harbor's `enable_content_trust_cosign` and `enable_content_trust`."""

PartyKind = Literal["key", "identity", "store"]

SIGNATURE: Final = "signature"
"""The purpose of a party whose signatures let images out. Who signs images may not waive CVEs by that."""
VEX: Final = "vex"
"""The purpose of a party whose word on vulnerabilities counts."""
SBOM: Final = "sbom"
"""The purpose of a party whose word counts on what else is inside."""


class State(StrEnum):
    """Where an artifact stands (gate.md, section 1)."""

    PENDING = "PENDING"
    ADMITTED = "ADMITTED"
    QUARANTINED = "QUARANTINED"


class Outcome(StrEnum):
    """How a rule ended. Only `PASS` and `EXEMPT` admit; what has to `WAIT` may yet."""

    PASS = "pass"  # noqa: S105 - the word of an outcome, no password
    EXEMPT = "exempt"
    WAIT = "wait"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whose word a project takes: a key, an identity or a notation store, for what, where and when.

    `id` is one word, as `key:7`. `purposes` is what the word counts for (`signature`, `vex`, `sbom`). `repositories`
    are patterns (`pratique.policy.patterns`) on the repository's path inside the project: a signature binds a digest
    and not a name, so without a reach an old signed image of another repository could be pushed here. Evidence counts
    that was received from `valid_from` on and before `valid_until`, and none from `valid_until` on; None is no bound.
    `since` is the epoch of the project's trust before which nothing counts that was verified with this party's help.
    """

    id: str
    name: str
    kind: PartyKind = "key"
    purposes: frozenset[str] = frozenset({SIGNATURE})
    repositories: tuple[str, ...] = ("**",)
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """What verification said of one piece of evidence; `code` is `VERIFIED` or why it is not.

    `evidence` is the digest of the manifest that carries it, `subject` the digest that was signed, `signer` who it was
    in words. `parties` are the ids of those who vouch, `marks` what a deny list could name of it; from `valid_until`
    on it counts no more. `epoch` is that of the trust it was verified with. An `inherited` one speaks of an admitted
    parent (an index in the same repository) and is passed on by it for as long as the parent is admitted:
    `inherited_until` is the `valid_until` of the parent's verdict. `is_signature` is false for attestations: what
    verifies is not always somebody's "I sign this image".
    """

    evidence: Digest
    subject: Digest
    scheme: str
    code: str
    message: str
    received_at: Moment
    is_signature: bool = False
    predicate_type: str = ""
    parties: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    signer: str = ""
    valid_until: Moment | None = None
    epoch: int = 0
    inherited: bool = False
    inherited_until: Moment | None = None

    @property
    def kind(self) -> SignatureKind:
        """Whose tools wrote it."""
        return "notation" if self.scheme.startswith("notation") else "cosign"


@dataclass(frozen=True, slots=True)
class VexDocument:
    """What one piece of evidence says of vulnerabilities. Whether it counts is `signature`'s affair."""

    signature: Signature
    statements: tuple[VexStatement, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one artifact when it is judged.

    `registry` is the host (and port) by which clients know this registry and serves only the remedies;
    `repository` is the full name, `project` its first component. `signatures` holds the inherited ones too.
    `denied` are the marks on the deny lists, `marks` those of the artifact itself. `trust_digest` is that of all of the
    project's trust: parties, roots, stores, policies and deny lists. `contents` are None until they are examined;
    `vex` is what is said about them.
    """

    registry: str
    project: str
    repository: str
    digest: Digest
    signatures: tuple[Signature, ...]
    parties: tuple[Party, ...]
    denied: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    trust_digest: str = ""
    contents: Contents | None = None
    vex: tuple[VexDocument, ...] = ()

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
    """What a project asks. `generation` counts its changes for the store and has no say in the judgement.

    `requires` are the kinds of signature of which there must be one each; with none of them any kind will do.
    `tolerance` is what it accepts of contents; None: it does not ask for them.
    """

    admission: Admission
    generation: int
    requires: frozenset[SignatureKind] = frozenset()
    tolerance: Tolerance | None = None


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
    the parties and marks it rests on, and `reconsider_at` the first moment at which a date alone may let a
    rule that fails hold.
    """

    rule: str
    code: str
    outcome: Outcome
    message: str
    remedy: str = ""
    valid_until: Moment | None = None
    rests_on: frozenset[str] = frozenset()
    reconsider_at: Moment | None = None

    @property
    def admits(self) -> bool:
        """Whether this rule lets the artifact pass."""
        return self.outcome in {Outcome.PASS, Outcome.EXEMPT}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one artifact, with a reason per rule and the digests of all that was looked at.

    From `valid_until` on an ADMITTED verdict no longer admits, judged again or not; None is no end.
    `rests_on` names the parties and marks whose removal, narrowing or denial may take the admission away.
    `reconsider_at` is when judging a QUARANTINED artifact again may admit it with the same evidence.
    """

    state: State
    digest: Digest
    reasons: tuple[Reason, ...]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    valid_until: Moment | None = None
    rests_on: frozenset[str] = frozenset()
    reconsider_at: Moment | None = None

    def admits(self, at: Moment) -> bool:
        """Whether the artifact may be let out at `at`."""
        return self.state is State.ADMITTED and (self.valid_until is None or at < self.valid_until)
