"""Notation's trust policy document, checked strictly (notaryproject/specifications, trust-store-trust-policy.md, v1.0).

What is configured decides, so what is not known is refused: a mistyped name would leave something out that was meant.
"""

import re
from typing import Any, Final

from pratique.errors import BadRequest
from pratique.trust.notation_stores import store_type

POLICIES_LIMIT: Final = 100
"""Policies of one document."""
ENTRIES_LIMIT: Final = 100
"""Scopes, stores or identities of one policy."""

_LEVELS: Final = ("strict", "permissive", "audit", "skip")
_ACTIONS: Final = {
    "authenticity": ("enforce", "log"),
    "authenticTimestamp": ("enforce", "log"),
    "expiry": ("enforce", "log"),
    "revocation": ("enforce", "log", "skip"),
}
_SCOPE: Final = re.compile(r"[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+")
_POLICY: Final = {"name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"}


def check_document(document: Any) -> None:
    """Raise BadRequest, with the reason, for what is no trust policy document of OCI artifacts, version 1.0."""
    _only("the document", document, {"version", "trustPolicies"})
    if document.get("version") != "1.0":
        raise BadRequest('version is "1.0"')
    policies = document.get("trustPolicies")
    if not isinstance(policies, list) or not 1 <= len(policies) <= POLICIES_LIMIT:
        raise BadRequest(f"trustPolicies is a list of 1 to {POLICIES_LIMIT} policies")
    for policy in policies:
        _check_policy(policy)
    for what, said in (("name", [policy["name"] for policy in policies]), ("scope", _scopes(policies))):
        if len(set(said)) != len(said):
            raise BadRequest(f"two policies have the same {what}: one of them would have no say")


def _scopes(policies: list[dict[str, Any]]) -> list[str]:
    return [scope for policy in policies for scope in policy["registryScopes"]]


def _check_policy(policy: Any) -> None:
    _only("a policy", policy, _POLICY)
    name = policy.get("name")
    if not isinstance(name, str) or not name:
        raise BadRequest("each policy has a name")
    scopes = _texts(name, "registryScopes", policy.get("registryScopes"))
    if scopes != ["*"] and not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise BadRequest(f'{name}: registryScopes are "registry/repository" each, or "*" alone')
    level = _check_verification(name, policy.get("signatureVerification"))
    if level == "skip":
        if scopes == ["*"] or policy.get("trustStores") or policy.get("trustedIdentities"):
            raise BadRequest(
                f"{name}: the level skip is for named repositories, without stores and identities"
            )
        return
    for store in _texts(name, "trustStores", policy.get("trustStores")):
        kind, _, of = store.partition(":")
        store_type(kind)
        if not of:
            raise BadRequest(f"{name}: trustStores are type:name each, not {store[:80]!r}")
    identities = _texts(name, "trustedIdentities", policy.get("trustedIdentities"))
    if identities != ["*"] and not all(one.startswith("x509.subject:") for one in identities):
        raise BadRequest(f'{name}: trustedIdentities are "x509.subject: …" each, or "*" alone')


def _check_verification(name: str, verification: Any) -> str:
    _only(f"{name}: signatureVerification", verification, {"level", "override", "verifyTimestamp"})
    level = verification.get("level")
    if level not in _LEVELS:
        raise BadRequest(f"{name}: level is one of {', '.join(_LEVELS)}")
    override = verification.get("override", {})
    _only(f"{name}: override", override, set(_ACTIONS))
    for check, action in override.items():
        if action not in _ACTIONS[check]:
            raise BadRequest(f"{name}: override of {check} is one of {', '.join(_ACTIONS[check])}")
    if level == "skip" and override:
        raise BadRequest(f"{name}: the level skip has nothing to override")
    if verification.get("verifyTimestamp", "always") not in {"always", "afterCertExpiry"}:
        raise BadRequest(f"{name}: verifyTimestamp is always or afterCertExpiry")
    return str(level)


def _only(what: str, found: Any, known: set[str]) -> None:
    if not isinstance(found, dict):
        raise BadRequest(f"{what} is an object")
    if unknown := sorted(set(found) - known):
        raise BadRequest(f"{what} has no {unknown[0][:80]!r}")


def _texts(name: str, what: str, found: Any) -> list[str]:
    is_list = isinstance(found, list) and 1 <= len(found) <= ENTRIES_LIMIT
    if not is_list or not all(isinstance(one, str) and one for one in found):
        raise BadRequest(f"{name}: {what} is a list of 1 to {ENTRIES_LIMIT} texts")
    return list(found)
