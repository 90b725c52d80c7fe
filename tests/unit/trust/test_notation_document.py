"""Notation's trust policy document: what is taken, and that anything else is refused with its reason."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import BadRequest
from pratique.trust.notation_document import check_document

DOCUMENT: dict[str, Any] = {
    "version": "1.0",
    "trustPolicies": [
        {
            "name": "releases",
            "registryScopes": ["registry.example:5000/shop/app", "registry.example/shop/web"],
            "signatureVerification": {
                "level": "strict",
                "override": {"revocation": "skip", "expiry": "log"},
                "verifyTimestamp": "afterCertExpiry",
            },
            "trustStores": ["ca:acme", "tsa:stamps", "signingAuthority:cloud"],
            "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme"],
        },
        {
            "name": "scratch",
            "registryScopes": ["registry.example/scratch/app"],
            "signatureVerification": {"level": "skip"},
        },
        {
            "name": "all",
            "registryScopes": ["*"],
            "signatureVerification": {"level": "audit"},
            "trustStores": ["ca:acme"],
            "trustedIdentities": ["*"],
        },
    ],
}


def test_a_document_with_every_field_is_taken() -> None:
    check_document(DOCUMENT)


@pytest.mark.parametrize(
    ("number", "field", "value", "said"),
    [
        (0, "name", "", "has a name"),
        (0, "name", "all", "same name"),
        (0, "registryScopes", [], "registryScopes"),
        (0, "registryScopes", ["*", "registry.example/a"], "alone"),
        (0, "registryScopes", ["registry.example"], "registry/repository"),
        (0, "registryScopes", ["*"], "same scope"),
        (0, "trustStores", ["acme"], "type is one of"),
        (0, "trustStores", ["ca:"], "type:name"),
        (0, "trustedIdentities", ["CN=x"], "x509.subject"),
        (0, "trustedIdentities", [], "trustedIdentities"),
        (0, "signatureVerification", {"level": "lax"}, "level is one of"),
        (
            0,
            "signatureVerification",
            {"level": "strict", "override": {"integrity": "log"}},
            "has no 'integrity'",
        ),
        (
            0,
            "signatureVerification",
            {"level": "strict", "override": {"expiry": "skip"}},
            "override of expiry",
        ),
        (0, "signatureVerification", {"level": "strict", "verifyTimestamp": "never"}, "verifyTimestamp"),
        (1, "registryScopes", ["*"], "for named repositories"),
        (1, "trustStores", ["ca:acme"], "without stores"),
        (1, "signatureVerification", {"level": "skip", "override": {"expiry": "log"}}, "nothing to override"),
        (2, "plugin", "x", "has no 'plugin'"),
    ],
)
def test_what_makes_no_sense_is_said(number: int, field: str, value: Any, said: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["trustPolicies"][number][field] = value
    with pytest.raises(BadRequest, match=said):
        check_document(document)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(_json)
def test_anything_is_refused_or_taken_and_never_breaks_it(value: Any) -> None:
    for document in (value, {"version": "1.0", "trustPolicies": value}):
        with pytest.raises(BadRequest):
            check_document(document)
