"""What attestations say, as facts: the same words for every version, within limits, and never an error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import COSIGN_SIGN, VSA, SigningKey, bundle, statement
from tests.unit.trust.asking import SUBJECT, ask_bundle, trusting

from pratique.policy import Code
from pratique.trust import Signer
from pratique.trust.predicates import PREFIXES, READERS, facts_of
from pratique.trust.predicates.bounds import (
    CHARACTERS_LIMIT,
    CUT,
    MEMBERS_LIMIT,
    NODES_LIMIT,
    TEXT_LIMIT,
    bounded,
)
from pratique.trust.predicates.levels import GITHUB, level_of

V1, V02 = "https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2"
VULN = "https://cosign.sigstore.dev/attestation/vuln/v1"
REPOSITORY = "https://github.com/acme/app"
COMMIT = {"gitCommit": "a" * 40}
BUILDER = "https://github.com/actions/runner/github-hosted"

PROVENANCE_V1: dict[str, Any] = {
    "buildDefinition": {
        "buildType": "https://actions.github.io/buildtypes/workflow/v1",
        "externalParameters": {
            "workflow": {
                "ref": "refs/heads/main",
                "repository": REPOSITORY,
                "path": ".github/workflows/b.yml",
            }
        },
        "resolvedDependencies": [
            {"uri": "pkg:docker/base", "digest": {"sha256": "b" * 64}},
            {"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": COMMIT},
        ],
    },
    "runDetails": {
        "builder": {"id": BUILDER},
        "metadata": {"invocationId": "run/1", "startedOn": "2026-11-21T00:00:00Z", "finishedOn": None},
    },
}
PROVENANCE_V02: dict[str, Any] = {
    "builder": {"id": BUILDER},
    "buildType": "https://github.com/slsa-framework/slsa-github-generator/container@v1",
    "invocation": {
        "configSource": {
            "uri": f"git+{REPOSITORY}@refs/tags/v1",
            "digest": {"sha1": "a" * 40},
            "entryPoint": ".github/workflows/b.yml",
        },
        "parameters": {},
    },
    # As in-toto's own library spells it.
    "metadata": {"buildInvocationID": "run/2", "reproducible": False},
    "materials": [{"uri": f"git+{REPOSITORY}@refs/tags/v1", "digest": {"sha1": "a" * 40}}],
}
SUMMARY: dict[str, Any] = {
    "verifier": {"id": "https://registry.example/verifier/v1"},
    "timeVerified": "2026-11-21T00:00:00Z",
    "resourceUri": "registry.example/shop/app",
    "policy": {"uri": "https://registry.example/policy", "digest": {"sha256": "c" * 64}},
    "inputAttestations": [{"uri": "x", "digest": {"sha256": "d" * 64}}],
    "verificationResult": "FAILED",
    "verifiedLevels": ["BCID_L1", "SLSA_BUILD_LEVEL_2"],
}
SCAN: dict[str, Any] = {
    "invocation": {"parameters": []},
    "scanner": {
        "uri": "pkg:trivy",
        "version": "0.60",
        "db": {"uri": "db", "version": "2"},
        "result": {"a": [1]},
    },
    "metadata": {"scanStartedOn": "2026-11-20T00:00:00Z", "scanFinishedOn": "2026-11-20T00:01:00Z"},
}
SPDX: dict[str, Any] = {"spdxVersion": "SPDX-2.3", "name": "app", "packages": [{}, {}]}
CYCLONEDX: dict[str, Any] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}
VEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://vex.example/1",
    "author": "security@example.com",
    "timestamp": "2026-11-21T00:00:00Z",
    "statements": [{"status": "fixed"}, {"status": "not_affected"}, {"status": "fixed"}],
}


def test_provenance_v1_tells_builder_and_source() -> None:
    facts = facts_of(V1, PROVENANCE_V1)
    assert (facts["kind"], facts["builder"], facts["invocation"]) == ("provenance", BUILDER, "run/1")
    assert facts["source"] == {
        "uri": REPOSITORY,
        "ref": "refs/heads/main",
        "path": ".github/workflows/b.yml",
        "digest": COMMIT,
    }
    assert (facts["materials_count"], "finished_on" in facts, "problem" in facts) == (2, False, False)


def test_provenance_v02_tells_the_same_in_the_same_words() -> None:
    facts = facts_of(V02, PROVENANCE_V02)
    assert (facts["kind"], facts["builder"], facts["invocation"]) == ("provenance", BUILDER, "run/2")
    assert facts["source"]["uri"] == f"git+{REPOSITORY}@refs/tags/v1"
    assert facts["source"]["path"] == ".github/workflows/b.yml"


def test_without_a_workflow_the_source_is_what_came_out_of_git() -> None:
    inputs = {**PROVENANCE_V1["buildDefinition"], "externalParameters": {"target": "all"}}
    facts = facts_of(V1, {**PROVENANCE_V1, "buildDefinition": inputs})
    assert facts["source"] == {"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": COMMIT}
    v02 = {**PROVENANCE_V02, "invocation": {}}
    assert facts_of(V02, v02)["source"] == {
        "uri": f"git+{REPOSITORY}@refs/tags/v1",
        "digest": {"sha1": "a" * 40},
    }


def test_a_summary_tells_its_result_and_levels() -> None:
    facts = facts_of(VSA, SUMMARY)
    assert (facts["kind"], facts["result"]) == ("verification-summary", "FAILED")
    assert facts["levels"] == ["BCID_L1", "SLSA_BUILD_LEVEL_2"]
    assert (facts["resource"], facts["inputs_count"]) == ("registry.example/shop/app", 1)
    assert facts["policy_digest"] == {"sha256": "c" * 64}


def test_a_scan_tells_scanner_database_and_times() -> None:
    facts = facts_of(VULN, SCAN)
    assert (facts["kind"], facts["scanner"], facts["database_version"]) == (
        "vulnerabilities",
        "pkg:trivy",
        "2",
    )
    assert facts["finished_on"] == "2026-11-20T00:01:00Z"


@pytest.mark.parametrize(
    ("predicate_type", "predicate", "expected"),
    [
        ("https://spdx.dev/Document", SPDX, {"kind": "spdx", "version": "SPDX-2.3", "packages_count": 2}),
        ("https://spdx.dev/Document/v2.3", SPDX, {"kind": "spdx", "name": "app"}),
        ("https://spdx.dev/Document/v3", {"@graph": [{}]}, {"kind": "spdx", "elements_count": 1}),
        ("https://spdx.dev/Document", "SPDXVersion: SPDX-2.3", {"kind": "spdx", "format": "text"}),
        (
            "https://cyclonedx.org/bom",
            CYCLONEDX,
            {"kind": "cyclonedx", "version": "1.6", "components_count": 1},
        ),
        ("https://cyclonedx.org/bom/v1.4", CYCLONEDX, {"kind": "cyclonedx"}),
        ("https://openvex.dev/ns", VEX, {"kind": "openvex", "statuses": {"fixed": 2, "not_affected": 1}}),
        ("https://openvex.dev/ns/v0.2.0", VEX, {"kind": "openvex", "author": "security@example.com"}),
        (COSIGN_SIGN, {}, {"kind": "signature"}),
        ("https://example.com/x", {"a": [1]}, {"kind": "other", "predicate": {"a": [1]}}),
        # Not the known type going on with a version, but somebody's own.
        ("https://spdx.dev/Documents", SPDX, {"kind": "other"}),
        ("https://openvex.dev/nsx", VEX, {"kind": "other"}),
        ("https://slsa.dev/provenance/v1.1", PROVENANCE_V1, {"kind": "other"}),
    ],
)
def test_types_are_known_exactly_or_by_their_beginning(
    predicate_type: str, predicate: Any, expected: dict[str, Any]
) -> None:
    facts = facts_of(predicate_type, predicate)
    assert {name: facts[name] for name in expected} == expected
    assert "problem" not in facts


@pytest.mark.parametrize(
    ("predicate_type", "predicate", "problem"),
    [
        (V1, {**PROVENANCE_V1, "runDetails": {"builder": {}}}, "builder.id is missing"),
        (V1, {**PROVENANCE_V1, "runDetails": []}, "is not an object"),
        (V1, {**PROVENANCE_V1, "RunDetails": {}}, "the same to other readers"),
        (
            V1,
            {**PROVENANCE_V1, "runDetails": {"builder": {"id": "a", "ID": "b"}}},
            "the same to other readers",
        ),
        (V02, {**PROVENANCE_V02, "builder": {"id": 1}}, "builder.id is not a string"),
        (V02, {**PROVENANCE_V02, "materials": {}}, "materials is not an array"),
        (V02, {**PROVENANCE_V02, "materials": [{"digest": {"sha1": 1}}]}, "is not a set of digests"),
        (VSA, {**SUMMARY, "verificationResult": "PASS"}, "verificationResult is 'PASS'"),
        (VSA, {**SUMMARY, "verifiedLevels": [1]}, "not an array of strings"),
        (VSA, {**SUMMARY, "verification_result": "PASSED"}, "the same to other readers"),
        (VULN, {**SCAN, "metadata": {}}, "scanFinishedOn is missing"),
        ("https://spdx.dev/Document", {"spdxVersion": "2.3"}, "spdxVersion is '2.3'"),
        ("https://cyclonedx.org/bom", {**CYCLONEDX, "bomFormat": "x"}, "bomFormat is not CycloneDX"),
        ("https://openvex.dev/ns", {**VEX, "@context": "https://x"}, "@context is 'https://x'"),
        ("https://openvex.dev/ns", {**VEX, "statements": [1]}, "is not an object"),
    ],
)
def test_what_is_not_what_its_type_says_has_a_problem_and_no_other_fact(
    predicate_type: str, predicate: Any, problem: str
) -> None:
    facts = facts_of(predicate_type, predicate)
    assert problem in facts["problem"]
    assert set(facts) == {"kind", "problem"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*READERS, *PREFIXES, "https://example.com/x"]), _json)
def test_no_predicate_makes_it_raise(predicate_type: str, predicate: Any) -> None:
    facts = facts_of(predicate_type, predicate)
    assert facts["kind"]
    json.dumps(facts)


@given(st.sampled_from(list(PROVENANCE_V1["buildDefinition"])), _json)
def test_no_value_in_a_predicate_makes_it_raise(name: str, value: Any) -> None:
    inputs = {**PROVENANCE_V1["buildDefinition"], name: value}
    assert facts_of(V1, {**PROVENANCE_V1, "buildDefinition": inputs})["kind"] == "provenance"


@pytest.mark.parametrize(
    "huge",
    [
        "x" * 10**6,
        ["x" * TEXT_LIMIT] * 10**4,
        {f"{n}" * 50: "x" * TEXT_LIMIT for n in range(1_000)},
        [[[1] * 100] * 100] * 100,
        [{f"k{n}": [n] * 10 for n in range(100)}] * 100,
    ],
)
def test_what_is_kept_is_bounded_and_says_where_it_was_cut(huge: Any) -> None:
    kept = json.dumps(bounded(huge), ensure_ascii=False)
    assert CUT in kept
    assert len(kept) < CHARACTERS_LIMIT + 8 * NODES_LIMIT + 10 * MEMBERS_LIMIT


def test_depth_is_bounded_too() -> None:
    value: Any = "end"
    for _ in range(30):
        value = [value]
    assert "end" not in json.dumps(bounded(value))


@given(_json)
def test_what_is_small_is_kept_as_it_is(value: Any) -> None:
    assert bounded(value) == value


WORKFLOWS = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows"
ISOLATED = f"{WORKFLOWS}/generator_container_slsa3.yml@refs/tags/v2.1.0"
OWN = "https://github.com/acme/app/.github/workflows/b.yml@refs/heads/main"


def workflow(name: str, runner: str = "github-hosted", issuer: str = GITHUB) -> Signer:
    return Signer("identity", issuer=issuer, name=name, extensions={"runner_environment": runner})


@pytest.mark.parametrize(
    ("builder", "signer", "level"),
    [
        (ISOLATED, workflow(ISOLATED), 3),
        (OWN, workflow(OWN), 2),
        (BUILDER, workflow(OWN), 2),
        (BUILDER, workflow(OWN, runner="self-hosted"), None),
        # Whoever may sign can name any builder.
        (ISOLATED, workflow(OWN), None),
        (ISOLATED, workflow(ISOLATED, issuer="https://idp.example"), None),
        (ISOLATED, Signer("key", fingerprint="a" * 64), None),
        (ISOLATED, None, None),
        (ISOLATED.replace("refs/tags/v2.1.0", "refs/heads/main"), workflow(OWN), None),
        ("", workflow(""), None),
    ],
)
def test_a_level_belongs_to_the_pair_of_signer_and_builder(
    builder: str, signer: Signer | None, level: int | None
) -> None:
    assert level_of(builder, signer) == level


def test_a_verified_attestation_carries_its_facts_and_no_level_for_a_key() -> None:
    key = SigningKey()
    record = ask_bundle(bundle(key, statement(SUBJECT, V1, PROVENANCE_V1)), trusting(key))
    assert (record.code, record.is_signature, record.facts["builder"]) == (Code.VERIFIED, False, BUILDER)
    assert "level" not in record.facts
