"""Policy: evidence in, verdict with reasons out.

Pure: no database, no clock, no network. What is asked is a table of typed rules (`RULES`), who decides is
one function (`judge`), and how a refusal is told to clients that print little is said once (`refusal_of`).
"""

from pratique.policy.canonical import trust_digest, verdict_bytes
from pratique.policy.codes import Code
from pratique.policy.contents import (
    NOTHING,
    Allowed,
    Contents,
    Finding,
    FindingState,
    Portion,
    Tolerance,
    portion_of,
)
from pratique.policy.judge import RULES, Rule, judge
from pratique.policy.patterns import check_pattern, matches
from pratique.policy.refusal import Refusal, refusal_of, warning_value
from pratique.policy.values import (
    Admission,
    Evidence,
    Exemption,
    Outcome,
    Party,
    PartyKind,
    Policy,
    Reason,
    Signature,
    SignatureKind,
    State,
    Verdict,
    VexDocument,
)
from pratique.policy.vex import VexStatement, VexStatus

__all__ = [
    "NOTHING",
    "RULES",
    "Admission",
    "Allowed",
    "Code",
    "Contents",
    "Evidence",
    "Exemption",
    "Finding",
    "FindingState",
    "Outcome",
    "Party",
    "PartyKind",
    "Policy",
    "Portion",
    "Reason",
    "Refusal",
    "Rule",
    "Signature",
    "SignatureKind",
    "State",
    "Tolerance",
    "Verdict",
    "VexDocument",
    "VexStatement",
    "VexStatus",
    "check_pattern",
    "judge",
    "matches",
    "portion_of",
    "refusal_of",
    "trust_digest",
    "verdict_bytes",
    "warning_value",
]
