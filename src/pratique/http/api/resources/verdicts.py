"""Verdicts: ours. Why something is let out or refused, and on what grounds."""

from collections.abc import Mapping
from typing import Any, Final

from pratique.access import PULL, PUSH, Permission, Tier
from pratique.admission import Opinion
from pratique.clock import Moment
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound
from pratique.http.api.appearance import reason_shape
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.resources.artifacts import place_of
from pratique.http.api.resources.reaching import optional
from pratique.http.api.rules import InProject
from pratique.http.api.schemas import artifacts as schemas
from pratique.http.api.schemas.fields import shown
from pratique.http.api.schemas.trust import Check, EvidenceRecord, Signer
from pratique.policy import Code, Signature, State
from pratique.policy.refusal import clean


def _verdict(call: Call, tx: Tx) -> Reply:
    """By tag the candidate's, with what the tag gives to everybody beside it."""
    repository, _ = place_of(call, tx)
    found, sides = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    opinion = call.rooms.desk.opinion(tx, repository, found.artifact)
    return Reply(
        schemas.Verdict(
            state=opinion.state.value,
            digest=opinion.digest,
            admitted=sides.admitted if sides else None,
            reasons=[reason_shape(reason) for reason in opinion.reasons],
            policy_digest=opinion.policy_digest,
            evidence_digest=opinion.evidence_digest,
            trust_digest=opinion.trust_digest,
            judged_at=optional(opinion.judged_at),
            valid_until=optional(opinion.valid_until),
            evidence=_evidence(call, tx, opinion),
        )
    )


def _examine(call: Call, tx: Tx) -> Reply:
    repository, _ = place_of(call, tx)
    found, _ = call.rooms.catalogue.find(tx, repository, call.text("reference"))
    call.rooms.desk.examine(tx, repository, found.artifact)
    return Reply()


def _evidence(call: Call, tx: Tx, found: Opinion) -> list[EvidenceRecord]:
    """What evidence of something refused says is for whoever may inspect, as the evidence itself is."""
    repository, reader = place_of(call, tx)
    if found.state is not State.ADMITTED and reader.tier < Tier.INSPECT:
        return []
    return [_shape(one, more) for one, more in call.rooms.desk.evidence(tx, repository, found.digest)]


def _shape(one: Signature, more: Mapping[str, Any]) -> EvidenceRecord:
    checks = more.get("checks", [])
    return EvidenceRecord(
        digest=one.evidence,
        subject=one.subject,
        scheme=one.scheme,
        code=one.code,
        message=one.message,
        verified=one.code == Code.VERIFIED,
        is_signature=one.is_signature,
        predicate_type=one.predicate_type,
        identity=one.signer,
        signer=_signer(more.get("signer")),
        times=[shown(Moment(at)) for at in more.get("times", [])],
        parties=sorted(one.parties),
        received_time=shown(one.received_at),
        valid_until=optional(one.valid_until),
        checks=[
            Check(each["number"], each["name"], each["passed"], each["message"], each["section"])
            for each in checks
        ],
        warnings=list(more.get("warnings", [])),
        facts=dict(more.get("facts", {})),
    )


def _signer(kept: Mapping[str, Any] | None) -> Signer | None:
    if kept is None:
        return None
    return Signer(
        kind=kept["kind"],
        name=clean(kept["name"]),
        issuer=clean(kept["issuer"]),
        san_type=kept["san_type"],
        fingerprint=kept["fingerprint"],
        root=kept["root"],
        extensions={name: clean(value) for name, value in kept["extensions"].items()},
    )


_ARTIFACT: Final = "/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}"


OPERATIONS: Final = (
    Operation(
        "GET",
        f"{_ARTIFACT}/verdict",
        "getVerdict",
        "Whether an artifact is let out, and why",
        "verdict",
        InProject(Permission("verdict", "read"), PULL),
        Reads(_verdict),
        schemas.Verdict,
        errors=(BadRequest, NotFound),
    ),
    Operation(
        "POST",
        f"{_ARTIFACT}/examine",
        "examineArtifact",
        "Have an artifact judged again",
        "verdict",
        InProject(Permission("verdict", "examine"), PUSH),
        Changes(_examine),
        success=202,
        errors=(BadRequest, NotFound),
    ),
)
