"""Verdicts and what they are made of as canonical bytes, and their digests.

The form is JSON with sorted keys, no white space, ASCII only and integers only, so that equal values are
equal bytes (what RFC 8785 asks of such documents, except that characters beyond ASCII are escaped: no
encoding can fail).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any, Final

from pratique.policy.canonical_text import canonical_text
from pratique.policy.contents import Contents, Finding
from pratique.policy.values import Evidence, Exemption, Party, Policy, Reason, Signature, Verdict, VexDocument

_FINDING: Final = tuple(field.name for field in fields(Finding))
_said_of: Final = attrgetter(*_FINDING)


def verdict_bytes(verdict: Verdict) -> bytes:
    """The verdict as canonical bytes: equal verdicts give equal bytes. When it was made is no part of it."""
    return _canonical(
        {
            "state": verdict.state,
            "digest": verdict.digest,
            "reasons": [_reason(reason) for reason in verdict.reasons],
            "policy_digest": verdict.policy_digest,
            "evidence_digest": verdict.evidence_digest,
            "trust_digest": verdict.trust_digest,
            "valid_until": verdict.valid_until,
            "rests_on": sorted(verdict.rests_on),
            "reconsider_at": verdict.reconsider_at,
        }
    )


def policy_digest(policy: Policy, exemptions: Sequence[Exemption]) -> str:
    """Of what is asked. The generation is left out: asking for the same again is the same policy."""
    asked: dict[str, Any] = {
        "admission": policy.admission,
        "requires": sorted(policy.requires),
        "exemptions": sorted((asdict(one) for one in exemptions), key=lambda one: int(one["id"])),
    }
    text = canonical_text(asked)
    if policy.tolerance is not None:
        # By its name the last key: as if it were hashed with the others, but written once for all that is judged by it.
        text = f'{text[:-1]},"tolerance":{policy.tolerance.document}}}'
    return _digest_of(text)


def evidence_digest(evidence: Evidence) -> str:
    """Of what was presented for which artifact in which repository.

    The registry's host is left out: it only helps.
    """
    presented: dict[str, Any] = {
        "project": evidence.project,
        "repository": evidence.repository,
        "digest": evidence.digest,
        "signatures": [_signature(signature) for signature in evidence.signatures],
    }
    if evidence.contents is not None:
        presented["contents"] = _contents(evidence.contents)
    if evidence.vex:
        presented["vex"] = [_vex_document(one) for one in evidence.vex]
    return _digest(presented)


def trust_digest(parties: Sequence[Party], others: Sequence[str] = ()) -> str:
    """Of whom a project trusts, for what and from when to when; `others` are digests of all else that it rests on.

    To be made once for each version of a project's trust, not for each judgement.
    """
    ordered = sorted(parties, key=lambda one: one.id)
    return _digest({"parties": [_party(party) for party in ordered], "others": sorted(others)})


def _contents(one: Contents) -> dict[str, Any]:
    """As `asdict` says it, which copies deeply what nobody changes: an image has hundreds of findings."""
    said = {field.name: getattr(one, field.name) for field in fields(one)}
    said["findings"] = [dict(zip(_FINDING, _said_of(finding), strict=True)) for finding in one.findings]
    # Of what it has in common with others the digests, which are made once for all of them.
    said["portions"] = [portion.digest for portion in one.portions]
    return said


def _signature(one: Signature) -> dict[str, Any]:
    return {**asdict(one), "parties": sorted(one.parties), "marks": sorted(one.marks)}


def _vex_document(one: VexDocument) -> dict[str, Any]:
    said = [asdict(statement) for statement in one.statements]
    return {"signature": _signature(one.signature), "statements": said}


def _party(one: Party) -> dict[str, Any]:
    return {**asdict(one), "purposes": sorted(one.purposes)}


def _reason(reason: Reason) -> dict[str, Any]:
    return {**asdict(reason), "rests_on": sorted(reason.rests_on)}


def _digest(document: Any) -> str:
    return _digest_of(canonical_text(document))


def _digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def _canonical(document: Any) -> bytes:
    return canonical_text(document).encode("ascii")
