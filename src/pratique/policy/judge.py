"""The judge: a pure function from policy, evidence and exemptions at a moment to a verdict.

The same arguments give the same verdict, byte for byte (`verdict_bytes`); the order of the evidence has no
say. Missing evidence never admits, and neither does a rule that fails to be evaluated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from types import MappingProxyType
from typing import Final, Protocol

from pratique.clock import Moment
from pratique.policy.canonical import evidence_digest, policy_digest
from pratique.policy.codes import Code
from pratique.policy.contents import in_order
from pratique.policy.signed import Signed
from pratique.policy.values import (
    Evidence,
    Exemption,
    Outcome,
    Policy,
    Reason,
    Signature,
    State,
    Verdict,
    VexDocument,
)
from pratique.policy.vulnerabilities import Vulnerabilities


class Rule(Protocol):
    """One demand that a policy makes."""

    @property
    def name(self) -> str:
        """How the rule is called in reasons and exemptions."""
        ...

    def weigh(self, policy: Policy, evidence: Evidence, at: Moment) -> Sequence[Reason]:
        """How the rule ends under `policy` for this evidence at `at`: nothing where the policy does not ask.

        Pure; whatever it raises is a denial.
        """
        ...


RULES: Final[Mapping[str, tuple[Rule, ...]]] = MappingProxyType(
    {"open": (Vulnerabilities(),), "signed": (Signed(), Vulnerabilities())}
)
"""What is weighed under each value of a project's `admission`."""


def judge(
    policy: Policy,
    evidence: Evidence,
    exemptions: Sequence[Exemption],
    at: Moment,
    rules: Mapping[str, Sequence[Rule]] = RULES,
) -> Verdict:
    """The verdict on `evidence` at `at`: ADMITTED when every rule lets it pass, PENDING when some wait and none fails.

    It ends when the first of its rules does, and rests on whatever party any of its rules rests on. Never
    raises.
    """
    ordered = _in_order(evidence)
    reasons = tuple(
        _exempted(reason, ordered, exemptions, at) for reason in _weigh(policy, ordered, at, rules)
    )
    admitted = all(reason.admits for reason in reasons)
    ends = [reason.valid_until for reason in reasons if reason.valid_until is not None]
    hopes = [
        reason.reconsider_at for reason in reasons if not reason.admits and reason.reconsider_at is not None
    ]
    return Verdict(
        state=_state(reasons),
        digest=evidence.digest,
        reasons=reasons,
        policy_digest=policy_digest(policy, exemptions),
        evidence_digest=evidence_digest(ordered),
        trust_digest=evidence.trust_digest,
        valid_until=min(ends, default=None) if admitted else None,
        rests_on=frozenset().union(*(reason.rests_on for reason in reasons)) if admitted else frozenset(),
        reconsider_at=None if admitted else min(hopes, default=None),
    )


def _weigh(
    policy: Policy, evidence: Evidence, at: Moment, rules: Mapping[str, Sequence[Rule]]
) -> list[Reason]:
    asked = rules.get(policy.admission)
    if asked is None:
        return [
            _error(
                "admission", f"the project asks for {policy.admission!r}, which this version does not know"
            )
        ]
    found = [reason for rule in asked for reason in _weigh_one(rule, policy, evidence, at)]
    if not found:
        nothing = "the project's policy asks for nothing (admission: open)"
        return [Reason("admission", Code.EMPTY_POLICY, Outcome.PASS, nothing)]
    return found


def _weigh_one(rule: Rule, policy: Policy, evidence: Evidence, at: Moment) -> Sequence[Reason]:
    try:
        return rule.weigh(policy, evidence, at)
    except Exception as error:  # noqa: BLE001 - wall 3: an error in a rule is a denial, never an answer without verdict
        return [_error(rule.name, f"the rule {rule.name} could not be evaluated ({type(error).__name__})")]


def _state(reasons: Sequence[Reason]) -> State:
    if all(reason.admits for reason in reasons):
        return State.ADMITTED
    waits = all(reason.admits or reason.outcome is Outcome.WAIT for reason in reasons)
    return State.PENDING if waits else State.QUARANTINED


def _error(rule: str, message: str) -> Reason:
    remedy = "this is a fault of the registry: tell its administrator"
    return Reason(rule, Code.RULE_ERROR, Outcome.ERROR, message, remedy)


def _exempted(reason: Reason, evidence: Evidence, exemptions: Sequence[Exemption], at: Moment) -> Reason:
    """The reason as the longest-lived exemption of this digest from this rule leaves it."""
    if not exemptions or reason.outcome is not Outcome.FAIL:
        return reason
    standing = [
        one
        for one in exemptions
        if one.digest == evidence.digest
        and one.rule == reason.rule
        and (one.valid_until is None or at < one.valid_until)
    ]
    if not standing:
        return reason
    longest = max(standing, key=lambda one: (one.valid_until is None, one.valid_until or 0, one.id))
    message = f"exempt: {longest.reason} (otherwise {reason.code}: {reason.message})"
    return replace(
        reason, code=Code.EXEMPT, outcome=Outcome.EXEMPT, message=message, valid_until=longest.valid_until
    )


def _in_order(evidence: Evidence) -> Evidence:
    """The same evidence in the one order that does not depend on when it arrived."""
    signatures = sorted(evidence.signatures, key=_place)
    parties = sorted(evidence.parties, key=lambda one: (one.id, one.name))
    contents = evidence.contents
    if contents is not None:
        portions = sorted(contents.portions, key=lambda one: one.digest)
        contents = replace(contents, findings=in_order(contents.findings), portions=tuple(portions))
    vex = sorted(evidence.vex, key=_place_of_vex)
    return replace(
        evidence,
        signatures=tuple(signatures),
        parties=tuple(parties),
        contents=contents,
        vex=tuple(vex),
    )


def _place(one: Signature) -> tuple[bool, str, str, str, str, str, str, int, list[str], int]:
    named = (one.evidence, one.subject, one.scheme, one.signer, one.code, one.message)
    ends = one.inherited_until or 0
    return (one.inherited, *named, one.received_at, sorted(one.parties), ends)


def _place_of_vex(one: VexDocument) -> tuple[object, list[object]]:
    return (_place(one.signature), [astuple(statement) for statement in one.statements])
