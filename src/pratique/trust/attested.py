"""What an envelope says, whoever signed it: its statement, its subject, and whether it says "I sign this image"."""

from typing import Final

from pratique.trust.dsse import IN_TOTO, Envelope
from pratique.trust.findings import Findings
from pratique.trust.predicates import facts_of
from pratique.trust.predicates.levels import level_of
from pratique.trust.statement import COSIGN_SIGN, Naming, read_statement
from pratique.trust.strict import Unreadable

STATEMENT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of an envelope or bundle that is looked into: SBOMs are attested whole."""

_DSSE: Final = "dsse, protocol.md"
_STATEMENT: Final = "in-toto, spec/v1/statement.md"


def examine_statement(found: Findings, envelope: Envelope) -> None:
    """Read the statement of an envelope and see whether it speaks of the subject. Raises Stopped."""
    with found.needed("the payload is said to be an in-toto statement", _DSSE):
        if envelope.payload_type != IN_TOTO:
            raise Unreadable(f"the payload type is {envelope.payload_type[:80]!r}, not {IN_TOTO}")
    examine_payload(found, envelope.payload)


def examine_payload(found: Findings, payload: bytes) -> None:
    """Read a statement and see whether it speaks of the subject. Raises Stopped.

    A signature is a statement with the one predicate type that says so; everything else is an attestation
    (cosign#4641: `cosign verify` itself takes any).
    """
    with found.needed("the payload is an in-toto statement", _STATEMENT):
        statement = read_statement(payload)
    found.predicate_type = statement.predicate_type
    found.is_signature = statement.predicate_type == COSIGN_SIGN
    found.facts.update(facts_of(statement.predicate_type, statement.predicate))
    level = level_of(found.facts.get("builder", ""), found.signer)
    if level is not None:
        found.facts["level"] = level
    naming = statement.names(found.subject)
    found.awaits_content = naming is Naming.UNPROVEN
    found.check_subject(_STATEMENT, passed=naming is Naming.THIS, otherwise=naming.value)
