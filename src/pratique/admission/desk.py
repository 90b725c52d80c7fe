"""Where project admins say whose signatures count, and where verdicts are asked for.

Each call runs in its caller's transaction, which commits the change, its events, and what the change takes away.
"""

from dataclasses import dataclass
from typing import Any

from pratique.access.principal import Principal
from pratique.admission import store
from pratique.admission.bench import Benches
from pratique.admission.judging import Judging
from pratique.admission.links import VerdictLinks
from pratique.admission.narrowing import Narrowing
from pratique.admission.refusals import Refusals
from pratique.admission.subjects import decisive
from pratique.admission.switch import rejudge, reverify
from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.errors import NotFound
from pratique.events import TrustedKeyAdded, TrustedKeyRemoved
from pratique.jobs import publish
from pratique.oci.digest import Digest
from pratique.policy import Reason, Signature, State, Verdict
from pratique.projects import Project
from pratique.registry.store import repositories
from pratique.registry.values import Artifact, Repository
from pratique.trust import TrustedKey, TrustedKeys
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.reach import EVERYWHERE, Reach


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as a project admin brings it: PEM, and how far its word reaches. For `tlog` see `trust.KeyParty`."""

    name: str
    public_key: str
    reach: Reach = EVERYWHERE
    tlog: int = 0
    trusted_root: str = PUBLIC_GOOD


@dataclass(frozen=True, slots=True)
class Opinion:
    """The verdict on an artifact as people and scripts ask for it. Digests are empty where nothing was judged yet."""

    state: State
    digest: Digest
    reasons: tuple[Reason, ...]
    policy_digest: str
    evidence_digest: str
    trust_digest: str
    judged_at: Moment | None
    valid_until: Moment | None


class Desk:
    """Trusted keys and verdicts."""

    def __init__(
        self,
        keys: TrustedKeys,
        benches: Benches,
        judging: Judging,
        narrowing: Narrowing,
        clock: Clock,
        links: VerdictLinks,
    ) -> None:
        self._keys = keys
        self._benches = benches
        self._judging = judging
        self._narrowing = narrowing
        self._clock = clock
        self._links = links
        self._refusals = Refusals(judging, links)

    def add_key(self, tx: Tx, actor: Principal, project: Project, wanted: NewKey) -> TrustedKey:
        """Trust a further key. Evidence that came before it is verified again by a job (widening may lag).

        What is refused is judged again too, so that its reasons no longer say that no key is trusted. Raises BadRequest
        for a key or pattern that won't do, Conflict for a name that is taken.
        """
        store.step_gate(tx, project.id, narrows=False)
        key = self._keys.add(
            tx,
            project.id,
            wanted.name,
            wanted.public_key,
            wanted.reach,
            tlog=wanted.tlog,
            trusted_root=wanted.trusted_root,
            creator=actor.name,
        )
        reverify(tx, project.id)
        rejudge(tx, project.id)
        if key.reach.valid_until is not None:
            # What rests on it lapses by itself then; the job tells the world, and looks whether another key counts.
            rejudge(tx, project.id, at=key.reach.valid_until)
        publish(
            tx,
            TrustedKeyAdded(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                key_id=key.id,
                name=key.name,
                fingerprint=key.fingerprint,
                repositories=key.reach.repositories,
            ),
        )
        return key

    def remove_key(self, tx: Tx, actor: Principal, project: Project, name: str) -> None:
        """Trust a key no more: what rested on it is not admitted from this commit on. Raises NotFound."""
        store.lock_gate(tx, project.id)
        key = self._keys.remove(tx, project.id, name)
        self._narrowing.take_away(tx, [key.mark])
        tx.touch(f"project:{project.id}")
        rejudge(tx, project.id)
        publish(
            tx,
            TrustedKeyRemoved(
                actor=actor.name,
                project_id=project.id,
                project=project.name,
                key_id=key.id,
                name=key.name,
                fingerprint=key.fingerprint,
            ),
        )

    def opinion(self, tx: Tx, repository: Repository, artifact: Artifact) -> Opinion:
        """The verdict on an artifact; of evidence, on what it speaks of."""
        spoken_of = self._spoken_of(tx, repository, artifact)
        bench = self._benches.of(tx, repository, self._clock.now())
        verdict = self._refusals.verdict_on(tx, bench, spoken_of)
        record = store.record_of(tx, spoken_of.id)
        return Opinion(
            _state_of(verdict, bench.admits(spoken_of)),
            verdict.digest,
            verdict.reasons,
            verdict.policy_digest,
            verdict.evidence_digest,
            verdict.trust_digest,
            record.judged_at if record else None,
            spoken_of.standing.valid_until,
        )

    def evidence(
        self, tx: Tx, repository: Repository, digest: Digest
    ) -> list[tuple[Signature, dict[str, Any]]]:
        """What verification found in all evidence of an artifact, with its checks."""
        return store.told_about(tx, repository.id, digest)

    def examine(self, tx: Tx, repository: Repository, artifact: Artifact) -> None:
        """Judge an artifact again now, and have the project's evidence verified again."""
        bench = self._benches.of(tx, repository, self._clock.now(), hold=True)
        repositories.hold(tx, repository.id)
        self._judging.family(tx, bench, self._spoken_of(tx, repository, artifact))
        reverify(tx, repository.project_id)

    def link(self, repository: Repository, artifact: Artifact) -> str:
        """The URL of an artifact's verdict."""
        return self._links.to(repository.name, artifact.digest)

    def _spoken_of(self, tx: Tx, repository: Repository, artifact: Artifact) -> Artifact:
        spoken_of = decisive(tx, artifact)
        if spoken_of is None:
            raise NotFound(
                f"{artifact.digest} is evidence of {artifact.subject}, which is not in {repository.name}"
            )
        return spoken_of


def _state_of(verdict: Verdict, admitted: bool) -> State:
    """What stands: an admission whose date or generation has passed is none, judged again or not.

    What would be admitted when a job judges it again waits for that job.
    """
    if admitted:
        return State.ADMITTED
    return State.QUARANTINED if verdict.state is State.QUARANTINED else State.PENDING
