"""Traps that verifiers have fallen into, and the tests that keep ours out: this table is held against the tests.

Each line is a trap and where it is sprung: `file::test`, and behind a third `::` words that stand in that file, where
one test springs several.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[2]
UNIT: Final = "unit/trust"
NOTATION: Final = f"{UNIT}/notation"
KEYLESS: Final = f"{UNIT}/keyless"
BAD: Final = f"{KEYLESS}/test_conformance.py::test_bad_ones_are_rejected_for_their_own_reason"
GOOD: Final = f"{KEYLESS}/test_conformance.py::test_good_ones_verify"
ADMISSION: Final = "integration/admission"
ABUSE: Final = "abuse/test_false_evidence.py"

TRAPS: Final[dict[str, tuple[str, ...]]] = {
    # --- notation
    "an attribute that is critical and unknown": (
        f"{NOTATION}/test_attributes.py::test_what_is_not_as_the_specification_wants_it_is_refused::unknown critical",
        f"{NOTATION}/test_cose.py::test_labels_that_are_not_known_may_not_be_critical",
    ),
    "an algorithm that is not the key's": (
        f"{NOTATION}/test_jws.py::test_the_algorithm_is_that_of_the_key",
        f"{NOTATION}/test_cose.py::test_the_algorithm_is_that_of_the_key",
    ),
    "a chain with a certificate too many": (
        f"{NOTATION}/test_verify.py::test_a_chain_that_breaks_the_rules_never_counts::superfluous",
    ),
    "a leaf in a store of authorities": (f"{ADMISSION}/test_notation.py::test_a_store_holds_no_leaf",),
    "a store that is a link": (
        "integration/cli/test_verify_notation.py::test_files_that_are_no_good::symlink_to",
    ),
    # --- envelopes and statements
    "a bundle with a root in it": (
        f"{KEYLESS}/test_identities.py::test_a_bundle_with_a_root_certificate_is_refused",
        f"{KEYLESS}/test_identities.py::test_a_root_in_the_bundle_is_trusted_by_nobody",
        f"{BAD}::bundle-with-root-cert",
    ),
    "two signatures in a bundle": (
        f"{UNIT}/test_verify_bundle.py::test_what_could_be_read_in_two_ways_is_malformed::two DSSE signatures",
    ),
    "a payload that is not in-toto's": (
        f"{UNIT}/test_verify_bundle.py::test_the_payload_type_is_signed_too",
        f"{UNIT}/test_attestations.py::test_what_is_no_signed_statement_is_malformed::text/plain",
    ),
    "a subject of another platform": (
        f"{ADMISSION}/test_indexes.py::test_a_child_satisfies_signed_by_its_own_evidence",
        f"{ABUSE}::test_presence_of_a_referrer_counts_for_nothing::of_other_digest",
    ),
    "an attestation of the index while the child is pulled": (
        f"{ADMISSION}/test_identities.py::test_from_an_admitted_parent_only_signatures_pass_to_its_children",
    ),
    "a predicate type that only an annotation says": (
        f"{UNIT}/test_attestations.py::test_the_predicate_type_of_the_annotation_is_nobodys_word",
        f"{ABUSE}::test_presence_of_a_referrer_counts_for_nothing::attestation_annotated_as_signature",
    ),
    "an attestation that nobody signed": (
        f"{UNIT}/test_attestations.py::test_what_is_no_signed_statement_is_malformed::has 0 signatures",
        f"{UNIT}/test_attestations.py::test_a_bare_statement_that_calls_itself_a_signature_is_none",
    ),
    "a summary that says FAILED, as a signature": (
        f"{ABUSE}::test_presence_of_a_referrer_counts_for_nothing::failed_vsa",
        f"{UNIT}/test_verify_bundle.py::test_an_attestation_by_a_trusted_key_is_no_signature",
    ),
    # --- logs and times
    "a promise for another body": (
        f"{UNIT}/logs/test_entries.py::test_nothing_that_a_promise_is_over_may_change",
        f"{BAD}::set-invalid-signature",
    ),
    "a log entry of another artifact": (
        f"{BAD}::wrong-hashedrekord-artifact",
        f"{KEYLESS}/test_images.py::test_another_ones_log_entry_does_not_help",
        f"{KEYLESS}/test_logged_keys.py::test_an_intoto_entry_of_another_envelope_is_not_ours",
    ),
    "a checkpoint of an unknown origin with a known key": (
        f"{KEYLESS}/test_witnesses.py::test_a_checkpoint_of_an_unknown_origin_with_a_known_key",
        f"{UNIT}/logs/test_checkpoints.py::test_a_second_log_is_called_exactly_so",
    ),
    "an authority of timestamps that only the token names": (
        f"{KEYLESS}/test_witnesses.py::test_a_timestamp_of_an_authority_that_only_the_token_names",
        f"{BAD}::rekor2-timestamp-untrusted-tsa-with-embedded-cert",
    ),
    "a timestamp whose chain has expired since, which is good": (f"{GOOD}",),
    "a certificate that was not valid at the time of the log": (
        f"{KEYLESS}/test_identities.py::test_a_time_outside_the_certificates_validity_is_refused",
        f"{BAD}::intoto-set-outside-signing-cert-validity",
    ),
    # --- identities
    "a pattern that matches a part of the name": (
        f"{UNIT}/certificates/test_fulcio.py::test_a_pattern_is_about_the_whole_name",
        "integration/cli/test_verifying.py::test_a_pattern_is_of_the_whole_name",
    ),
    "two issuers in one certificate": (
        f"{KEYLESS}/test_identities.py::test_two_issuers_in_one_certificate_are_refused",
    ),
    # --- encodings
    "two integers side by side where DER is due": (
        f"{UNIT}/test_keys.py::test_raw_ecdsa_signatures_are_taken_only_where_they_are_allowed",
        f"{NOTATION}/test_jws.py::test_a_signature_in_der_is_refused",
        f"{NOTATION}/test_cose.py::test_a_signature_in_der_is_refused",
    ),
    "base64 in two alphabets": (
        f"{UNIT}/test_dsse.py::test_each_fault_has_its_own_reason_in_both_places::mixes the two alphabets",
        f"{UNIT}/test_verify_classic.py::test_the_annotation_must_be_canonical_base64_of_a_der_signature",
    ),
    "a member there twice": (
        f"{UNIT}/test_mutants.py::test_a_mutant_that_says_a_member_twice_never_passes",
        f"{KEYLESS}/test_mutants.py::test_a_mutant_that_says_a_member_twice_never_passes",
        f"{NOTATION}/test_jws.py::test_a_protected_header_with_the_same_key_twice_is_refused",
        f"{NOTATION}/test_cose.py::test_an_unprotected_key_twice_is_refused",
    ),
    # --- very many, and out of order
    "ten thousand layers": (
        "abuse/test_heavy_evidence.py::test_a_classic_manifest_of_ten_thousand_layers",
        f"{UNIT}/test_sitting.py::test_a_thousand_layers_of_a_stranger_and_a_hundred_keys_end_in_a_reason",
    ),
    "huge chains": (
        f"{UNIT}/test_heavy.py::test_chains_of_a_hundred",
        f"{UNIT}/test_heavy.py::test_certificates_of_a_mebibyte",
        f"{UNIT}/certificates/test_chains.py::test_a_crowd_of_issuers_ends_in_a_reason",
    ),
    "a referrer before its subject": (
        f"{ADMISSION}/test_subjects.py::test_the_order_of_arrival_does_not_matter",
        f"{ADMISSION}/test_notation.py::test_the_signature_may_come_before_what_it_signs",
    ),
}


@cache
def functions_of(file: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_none_is_forgotten() -> None:
    assert len(TRAPS) == 27


@pytest.mark.parametrize("trap", TRAPS)
def test_each_trap_is_sprung_by_a_test_that_there_is(trap: str) -> None:
    assert TRAPS[trap]
    for where in TRAPS[trap]:
        file, test, *words = where.split("::")
        assert test in functions_of(file), where
        assert all(word in (TESTS / file).read_text() for word in words), where
