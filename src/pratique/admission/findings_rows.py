"""A record of verification as it is kept, and as it is read again for people."""

import json
from dataclasses import asdict
from typing import Any, Final

from pratique.oci.digest import Digest
from pratique.policy.refusal import clean
from pratique.trust import EvidenceRecord, Signer

FINDINGS_LIMIT: Final = 64 * 1024
"""Characters of what is kept of one record beside its verdict: facts of a larger predicate are left out."""


def row_of(record: EvidenceRecord, evidence: Digest) -> dict[str, Any]:
    """The record's columns. Texts may quote a stranger's bytes, and are shown: control characters are taken out."""
    return {
        "evidence": evidence,
        "subject": record.subject,
        "scheme": record.scheme,
        "code": record.code,
        "message": clean(record.message),
        "is_signature": record.is_signature,
        "predicate_type": clean(record.predicate_type),
        "parties": json.dumps(sorted(record.parties)),
        "marks": json.dumps(sorted(record.marks)),
        "signer": clean(said(record.signer)),
        "valid_until": record.valid_until,
        "findings": _findings(record),
    }


def said(signer: Signer | None) -> str:
    """Who signed, in words."""
    match signer:
        case None:
            return ""
        case Signer(kind="key"):
            return f"key {signer.fingerprint}"
        case Signer(kind="identity"):
            return f"{signer.name}, says {signer.issuer}"
        case Signer():
            return signer.name


def _findings(record: EvidenceRecord) -> str:
    found = {
        "signer": None if record.signer is None else {**asdict(record.signer)},
        "checks": [asdict(check) for check in record.checks],
        "times": list(record.times),
        "warnings": list(record.warnings),
        "facts": dict(record.facts),
    }
    text = json.dumps(found, default=str)
    return text if len(text) <= FINDINGS_LIMIT else json.dumps({**found, "facts": {}}, default=str)
