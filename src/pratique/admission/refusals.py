"""How the gate says no: every reason, what to do, and where the verdict can be read (gate.md 6)."""

from typing import Final

from pratique.access.principal import Tier
from pratique.admission import store
from pratique.admission.bench import Bench
from pratique.admission.judging import Judging
from pratique.admission.links import VerdictLinks
from pratique.admission.subjects import decisive
from pratique.db import Tx
from pratique.errors import Quarantined
from pratique.oci.digest import Digest
from pratique.policy import Code, Outcome, Reason, State, Verdict, refusal_of
from pratique.registry.store import blobs, manifests
from pratique.registry.values import Artifact, Reader


class Refusals:
    """Builds the Quarantined errors."""

    def __init__(self, judging: Judging, links: VerdictLinks) -> None:
        self._judging = judging
        self._links = links

    def of_manifest(
        self, tx: Tx, bench: Bench, artifact: Artifact, spoken_of: Artifact | None
    ) -> Quarantined:
        """Why a manifest stays in; evidence stays in for the reasons of its subject."""
        if spoken_of is None:
            return self._said(bench, _verdict(artifact.digest, _orphaned(artifact)))
        return self._said(bench, self.verdict_on(tx, bench, spoken_of))

    def of_blob(self, tx: Tx, bench: Bench, digest: Digest, reader: Reader) -> Quarantined:
        """Why a blob stays in: nothing names it yet, or only what is refused does."""
        holder_id = blobs.first_holder(tx, bench.repository.id, digest)
        holder = manifests.by_id(tx, holder_id) if holder_id is not None else None
        if holder is None:
            return self._said(bench, _verdict(digest, _unnamed(digest, reader)))
        spoken_of = decisive(tx, holder)
        held = Reason(
            "blob", Code.BLOB_HELD_BACK, Outcome.FAIL, _held(digest, spoken_of or holder), _hint(reader)
        )
        if spoken_of is None:
            return self._said(bench, _verdict(holder.digest, _orphaned(holder), held))
        verdict = self.verdict_on(tx, bench, spoken_of)
        # Who pushed it needs another robot, not a signature: he is told that first.
        reasons = (held, *verdict.reasons) if held.remedy else (*verdict.reasons, held)
        return self._said(bench, _verdict(verdict.digest, *reasons))

    def verdict_on(self, tx: Tx, bench: Bench, artifact: Artifact) -> Verdict:
        """The verdict that stands; where its time is over or its policy narrowed since, the one it would be now."""
        record = store.record_of(tx, artifact.id)
        standing = artifact.standing
        waits = record is not None and any(one.outcome is Outcome.WAIT for one in record.reasons)
        if standing.state is State.PENDING and not waits:
            return Verdict(State.PENDING, artifact.digest, (_UNREAD,), "", "", "")
        lapsed = standing.state is State.ADMITTED and not bench.admits(artifact)
        if record is None or lapsed:
            return self._judging.opinion(tx, bench, artifact)
        return Verdict(
            standing.state,
            artifact.digest,
            record.reasons,
            record.policy_digest,
            record.evidence_digest,
            record.trust_digest,
            standing.valid_until,
        )

    def _said(self, bench: Bench, verdict: Verdict) -> Quarantined:
        refusal = refusal_of(verdict, self._links.to(bench.repository.name, verdict.digest))
        return Quarantined(refusal.message, refusal.detail, phrase=refusal.phrase)


_UNREAD: Final = Reason(
    "admission",
    Code.NOT_EXAMINED,
    Outcome.FAIL,
    "it has not been examined yet",
    "try again in a moment",
)


def _verdict(digest: Digest, *reasons: Reason) -> Verdict:
    return Verdict(State.QUARANTINED, digest, reasons, "", "", "")


def _orphaned(artifact: Artifact) -> Reason:
    return Reason(
        "evidence",
        Code.SUBJECT_MISSING,
        Outcome.FAIL,
        f"it is evidence of {artifact.subject}, which is not in this repository",
        "push the artifact that it speaks of",
    )


def _unnamed(digest: Digest, reader: Reader) -> Reason:
    return Reason(
        "blob",
        Code.BLOB_UNNAMED,
        Outcome.FAIL,
        f"no manifest of this repository names {digest} yet, so it can't be examined",
        _hint(reader) or "push the manifest that names it",
    )


def _held(digest: Digest, holder: Artifact) -> str:
    return f"{digest} is named only by artifacts that are not admitted, {holder.digest} among them"


def _hint(reader: Reader) -> str:
    """Pipelines that read back what they pushed need to be told how (gate.md 5)."""
    if reader.tier < Tier.INSPECT:
        return ""
    return "to read contents before admission use a robot with `examine`, or a project with admission open"
