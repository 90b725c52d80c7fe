"""Trust policies: which one is for a repository, and what each level does with a failure."""

import json
from collections.abc import Mapping

import pytest

from pratique.errors import BadRequest
from pratique.trust.notation.policy import Actions, policy_for, read_trust_policy


def policy(name: str, *scopes: str, **changes: object) -> dict[str, object]:
    return {
        "name": name,
        "registryScopes": list(scopes),
        "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:acme"],
        "trustedIdentities": ["*"],
        **changes,
    }


def written(*policies: Mapping[str, object]) -> bytes:
    return json.dumps({"version": "1.0", "trustPolicies": policies}).encode()


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("registry.example/shop/app", "app"),
        ("registry.example/shop/web", "app"),
        ("registry.example/shop/app/inner", "all"),
        ("registry.example/shop", "all"),
        ("registry.example:443/shop/app", "all"),
        ("", "all"),
    ],
)
def test_the_policy_that_names_the_repository_goes_before_the_one_for_all(reference: str, name: str) -> None:
    document = read_trust_policy(
        written(policy("all", "*"), policy("app", "registry.example/shop/app", "registry.example/shop/web"))
    )
    found = policy_for(document, reference)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("reference", ["registry.example/shop/other", "", "*"])
def test_where_no_policy_is_for_a_repository_there_is_none(reference: str) -> None:
    assert (
        policy_for(read_trust_policy(written(policy("app", "registry.example/shop/app"))), reference) is None
    )


@pytest.mark.parametrize(
    ("level", "actions"),
    [
        ("strict", Actions("enforce", "enforce", "enforce", "enforce")),
        ("permissive", Actions("enforce", "log", "log", "log")),
        ("audit", Actions("log", "log", "log", "log")),
    ],
)
def test_levels_are_those_of_the_specification(level: str, actions: Actions) -> None:
    document = read_trust_policy(written(policy("all", "*", signatureVerification={"level": level})))
    assert document.policies[0].actions == actions
    assert not document.policies[0].after_expiry_only


def test_an_override_goes_before_the_level() -> None:
    verification = {
        "level": "strict",
        "override": {"authenticTimestamp": "log", "revocation": "skip"},
        "verifyTimestamp": "afterCertExpiry",
    }
    [found] = read_trust_policy(written(policy("all", "*", signatureVerification=verification))).policies
    assert found.actions == Actions("enforce", "log", "enforce", "skip")
    assert found.after_expiry_only


def test_a_policy_that_skips_names_nobody() -> None:
    skipping = {"name": "s", "registryScopes": ["a.example/b"], "signatureVerification": {"level": "skip"}}
    [found] = read_trust_policy(written(skipping)).policies
    assert (found.level, found.stores, found.identities) == ("skip", (), ())


def test_stores_and_identities_are_read() -> None:
    [found] = read_trust_policy(
        written(
            policy(
                "all",
                "*",
                trustStores=["ca:acme", "tsa:stamps", "ca:acme"],
                trustedIdentities=["x509.subject: C=US, ST=WA, O=acme"],
            )
        )
    ).policies
    assert found.stores == (("ca", "acme"), ("tsa", "stamps"))
    assert found.identities == ({"2.5.4.6": "US", "2.5.4.8": "WA", "2.5.4.10": "acme"},)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"{", "not JSON"),
        (b'{"version":"1.0","version":"1.0","trustPolicies":[]}', "twice|duplicate|two"),
        (b"[]", "object"),
        (written(policy("all", "*", trustStores=["ca:a/b"])), "other characters"),
        (written(policy("all", "*", trustedIdentities=["x509.subject: O=acme"])), "all: .*has no C"),
        (
            written(
                policy(
                    "all",
                    "*",
                    trustedIdentities=[
                        "x509.subject: C=US, ST=WA, O=acme",
                        "x509.subject: C=US, ST=WA, O=acme, CN=x",
                    ],
                )
            ),
            "all: .*overlap",
        ),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(document: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_trust_policy(document)
