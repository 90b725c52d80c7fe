"""Trust policies as values: what counts in which repository, and which validations enforce (Notary Project).

trust-store-trust-policy.md, "OCI Trust Policy", version 1.0. The document's form is checked by `notation_document`;
here its words get their meaning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from pratique.errors import BadRequest
from pratique.trust.notation.identities import SubjectName, check_apart, read_subject
from pratique.trust.notation_document import check_document
from pratique.trust.strict import Unreadable, read_json

Action: TypeAlias = Literal["enforce", "log", "skip"]
Level: TypeAlias = Literal["strict", "permissive", "audit", "skip"]
StoreName: TypeAlias = tuple[str, str]
"""A trust store: its type (`ca`, `tsa`, `signingAuthority`) and its name."""

EVERYWHERE: Final = "*"


@dataclass(frozen=True, slots=True)
class Actions:
    """What comes of a failure, by validation. Integrity is always enforced."""

    authenticity: Action
    authentic_timestamp: Action
    expiry: Action
    revocation: Action


LEVELS: Final[Mapping[str, Actions]] = {
    "strict": Actions("enforce", "enforce", "enforce", "enforce"),
    "permissive": Actions("enforce", "log", "log", "log"),
    "audit": Actions("log", "log", "log", "log"),
    "skip": Actions("skip", "skip", "skip", "skip"),
}
"""The levels of the specification ("Signature Verification details")."""

_VALIDATIONS: Final = {
    "authenticity": "authenticity",
    "authenticTimestamp": "authentic_timestamp",
    "expiry": "expiry",
    "revocation": "revocation",
}
_STORE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """One statement. `identities` is None where anybody counts whose chain ends in a store."""

    name: str
    scopes: frozenset[str]
    level: Level
    actions: Actions
    after_expiry_only: bool
    """Whether a timestamp is asked for only once a certificate has expired (`verifyTimestamp`)."""
    stores: tuple[StoreName, ...]
    identities: tuple[SubjectName, ...] | None


@dataclass(frozen=True, slots=True)
class TrustPolicyDocument:
    """All statements of a document, in its order."""

    policies: tuple[TrustPolicy, ...]


def read_trust_policy(document: bytes) -> TrustPolicyDocument:
    """The policies of a document (`trustpolicy.json`). Raises BadRequest with what is wrong with it."""
    try:
        value = read_json(document)
    except Unreadable as problem:
        raise BadRequest(f"the trust policy document: {problem}") from None
    check_document(value)
    return TrustPolicyDocument(tuple(_policy(policy) for policy in value["trustPolicies"]))


def policy_for(document: TrustPolicyDocument, reference: str) -> TrustPolicy | None:
    """The policy of a repository `host[:port]/path`: the one that names it, else the one for all, else None.

    "Selecting a trust policy to verify a signed OCI artifact".
    """
    for scope in (reference, EVERYWHERE):
        for policy in document.policies:
            if scope in policy.scopes:
                return policy
    return None


def _policy(said: Mapping[str, Any]) -> TrustPolicy:
    verification = said["signatureVerification"]
    override = {_VALIDATIONS[name]: action for name, action in verification.get("override", {}).items()}
    return TrustPolicy(
        name=said["name"],
        scopes=frozenset(said["registryScopes"]),
        level=verification["level"],
        actions=replace(LEVELS[verification["level"]], **override),
        after_expiry_only=verification.get("verifyTimestamp") == "afterCertExpiry",
        stores=tuple(_store(said["name"], text) for text in dict.fromkeys(said.get("trustStores", ()))),
        identities=_identities(said),
    )


def _store(policy: str, text: str) -> StoreName:
    kind, _, name = text.partition(":")
    if not _STORE_NAME.fullmatch(name):
        raise BadRequest(
            f"{policy}: the store {name[:80]!r} has other characters than letters, digits, '_.-'"
        )
    return kind, name


def _identities(said: Mapping[str, Any]) -> tuple[SubjectName, ...] | None:
    texts = said.get("trustedIdentities", ())
    if list(texts) == [EVERYWHERE]:
        return None
    try:
        found = tuple(read_subject(text) for text in texts)
        check_apart(found)
    except BadRequest as problem:
        raise BadRequest(f"{said['name']}: {problem.message}") from None
    return found
