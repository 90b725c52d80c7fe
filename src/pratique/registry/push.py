"""Manifests come in (design 3.1, step 4): parsed strictly, then stored, tagged and judged in one transaction.

Evidence is read and verified before the transaction (no hashing and no network inside one), and judged within it.
"""

from dataclasses import dataclass, field
from functools import partial

from pratique.access.principal import Principal
from pratique.clock import Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import DigestInvalid, PreconditionFailed, TooLarge, Unavailable
from pratique.oci.digest import Digest, algorithm_of, digest_of, is_digest, parse_digest
from pratique.oci.evidence_shape import EvidenceIndex, evidence_index
from pratique.oci.manifest import Manifest, parse_manifest
from pratique.oci.names import check_name, check_tag, evidence_tag_subject, is_fallback_tag
from pratique.registry import referrers_tag
from pratique.registry.claims import ClaimReader, ManifestLimits
from pratique.registry.entering import Entry, enter, point
from pratique.registry.founding import founded
from pratique.registry.needs import check_present
from pratique.registry.ports import EvidenceMoved, Findings, Gate, Projects
from pratique.registry.store import manifests, repositories, tags
from pratique.registry.values import Artifact, Repository

MOVES_LIMIT = 5
"""How often evidence is verified again because the project's keys changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """`If-Match` and `If-None-Match` of a PUT; both compare the candidate (gate.md 4). Digests without quotes."""

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A manifest as a client sent it: a tag or a digest as reference, more tags only beside a digest."""

    repository: str
    reference: str
    content: bytes
    media_type: str | None
    tags: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a push came to."""

    repository: str
    digest: Digest
    subject: Digest | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All that is known before the transaction."""

    manifest: Manifest
    digest: Digest
    content: bytes
    tags: tuple[str, ...]
    findings: Findings | None
    evidence_subject: Digest | None
    index: EvidenceIndex | None


class Pusher:
    """Takes manifests in."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        projects: Projects,
        claims: ClaimReader,
        clock: Clock,
        *,
        sparse: bool,
        limits: ManifestLimits,
    ) -> None:
        self._database = database
        self._gate = gate
        self._projects = projects
        self._claims = claims
        self._clock = clock
        self._sparse = sparse
        self._limits = limits

    def put(self, received: Received, by: Principal) -> Accepted:
        """Store, tag and judge a manifest; when this returns, all of it is durable.

        Raises NameInvalid, TagInvalid, DigestInvalid, ManifestInvalid, TooLarge, ManifestBlobUnknown,
        PreconditionFailed, RepositoryUnknown (no such project), QuotaExceeded.
        """
        check_name(received.repository)
        repository, prepared = self._verified_and_committed(received, by)
        subject = prepared.manifest.subject
        return Accepted(repository.name, prepared.digest, subject.digest if subject else None, prepared.tags)

    def _verified_and_committed(self, received: Received, by: Principal) -> tuple[Repository, _Prepared]:
        for _ in range(MOVES_LIMIT):
            prepared = self._prepare(received)
            try:
                return self._database.write(partial(self._commit, received, prepared, by)), prepared
            except EvidenceMoved:
                continue
        raise Unavailable("the project's trusted keys keep changing; push the evidence again")

    def _prepare(self, received: Received) -> _Prepared:
        digest, names = _named(received)
        manifest = parse_manifest(received.content, received.media_type, limit=self._limits.size)
        if len(manifest.manifests) > self._limits.children:
            raise TooLarge(f"the index names more than {self._limits.children} manifests")
        tag = next((name for name in names if _is_for_evidence(name)), None)
        claim = self._claims.read(received.repository, digest, manifest, tag)
        findings = None if claim is None else self._gate.verify(claim)
        proven = claim is not None and findings is not None and findings.is_proof
        subject = claim.subject if claim is not None and proven else None
        return _Prepared(
            manifest, digest, received.content, names, findings, subject, evidence_index(manifest, tag)
        )

    def _commit(self, received: Received, prepared: _Prepared, by: Principal, tx: Tx) -> Repository:
        now = self._clock.now()
        repository = self._held(tx, received.repository, by, now)
        _check_conditions(tx, repository, received, prepared)
        check_present(tx, repository, prepared.manifest, sparse=self._sparse)
        subject = prepared.evidence_subject or _subject_of_index(tx, repository, prepared.index)
        artifact = manifests.by_digest(tx, repository.id, prepared.digest)
        if artifact is None:
            entry = Entry(prepared.manifest, prepared.digest, prepared.content, subject, prepared.tags)
            artifact = enter(tx, repository, entry, by, now)
        elif subject is not None:
            artifact = self._turned(tx, repository, artifact, subject, prepared.findings)
        for name in prepared.tags:
            point(tx, repository, artifact, name, by, now)
        self._gate.pushed(tx, repository, artifact, prepared.findings)
        if prepared.index is not None and artifact.is_evidence and artifact.subject is not None:
            referrers_tag.settle(tx, repository, artifact.subject, by, now)
        tx.touch(f"manifest:{repository.name}@{artifact.digest}")
        return repository

    def _held(self, tx: Tx, name: str, by: Principal, now: Moment) -> Repository:
        """The repository, made if need be and held, after its project and the gate."""
        repository = founded(tx, self._projects, name, by, now)
        self._gate.hold(tx, repository.project_id)
        while not repositories.lock(tx, repository.id, now):
            # Deleted between the look and the lock: it is made anew.
            repository = founded(tx, self._projects, name, by, now)
        return repository

    def _turned(
        self,
        tx: Tx,
        repository: Repository,
        there: Artifact,
        subject: Digest,
        findings: Findings | None,
    ) -> Artifact:
        """A manifest that came by digest, or for another subject, and proves to be evidence of this one now.

        Not where people pull it by a tag of its own: then it is an artifact that somebody calls evidence.
        """
        if there.is_evidence and there.subject == subject:
            return there
        named = (sides.name for sides in tags.of_digest(tx, repository.id, there.digest))
        if all(_is_for_evidence(name) for name in named) and self._gate.may_turn(
            tx, repository, there, findings
        ):
            manifests.become_evidence(tx, there.id, subject)
            tx.touch(f"repository:{repository.name}")
            return manifests.by_id(tx, there.id) or there
        return there


def _is_for_evidence(tag: str) -> bool:
    """Whether a tag says that it is for evidence: `<alg>-<hex>`, with or without a suffix."""
    return is_fallback_tag(tag) or evidence_tag_subject(tag) is not None


def _named(received: Received) -> tuple[Digest, tuple[str, ...]]:
    """The digest of the content and the tags to point at it (distribution-spec main, end-7a and end-7b)."""
    if not is_digest(received.reference):
        return digest_of(received.content), (check_tag(received.reference),)
    digest = parse_digest(received.reference)
    found = digest_of(received.content, algorithm_of(digest))
    if found != digest:
        raise DigestInvalid(f"the manifest's digest is {found}, not {digest}")
    return digest, tuple(dict.fromkeys(check_tag(tag) for tag in received.tags))


def _subject_of_index(tx: Tx, repository: Repository, index: EvidenceIndex | None) -> Digest | None:
    """The subject of an index at a fallback tag, when all its children are evidence of it (gate.md 2)."""
    if index is None:
        return None
    subjects = {index.subject} if index.subject else set()
    for digest in index.children:
        child = manifests.by_digest(tx, repository.id, digest)
        if (
            child is None
            or not child.is_evidence
            or child.subject is None
            or not index.speaks_of(child.subject)
        ):
            return None
        subjects.add(child.subject)
    return subjects.pop() if len(subjects) == 1 else None


def _check_conditions(tx: Tx, repository: Repository, received: Received, prepared: _Prepared) -> None:
    """RFC 9110, 13.1.1 and 13.1.2, on the candidate of the tag, or on the manifest when put by digest."""
    conditions = received.conditions
    if conditions.if_match is None and conditions.if_none_match is None:
        return
    current: str | None
    if is_digest(received.reference):
        there = manifests.by_digest(tx, repository.id, prepared.digest)
        current = there.digest if there else None
    else:
        sides = tags.by_name(tx, repository.id, received.reference)
        current = sides.candidate if sides else None
    wanted, unwanted = conditions.if_match, conditions.if_none_match
    if wanted is not None and (current is None or not ({"*", current} & wanted)):
        raise PreconditionFailed(
            f"If-Match: {received.reference} is at {current or 'nothing'}", {"current": current}
        )
    if unwanted is not None and current is not None and {"*", current} & unwanted:
        raise PreconditionFailed(f"If-None-Match: {received.reference} is at {current}", {"current": current})
