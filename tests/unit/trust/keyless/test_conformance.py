"""All cases of sigstore-conformance, each rejected for its own reason: public data, read in place."""

import json
from typing import Final

import pytest
from tests.keyless import failing
from tests.unit.trust.keyless.cases import Case, names, needs_cases

from pratique.errors import BadRequest
from pratique.trust.strict import Unreadable

# What each rejected case is rejected for: the record's code, and a part of the message of the first failing check.
READING: Final = {
    "bundle-empty-certificate-chain": "x509CertificateChain is empty",
    "bundle-invalid-base64-signature": "messageSignature.signature is not base64",
    "bundle-malformed-json": "not JSON",
    "bundle-negative-log-index": "logIndex is -1",
    "bundle-unknown-version": "version=99.9",
    "bundle-with-root-cert": "contains a root certificate",
    "intoto-missing-inclusion-proof": "without inclusion proof",
    "rekor2-no-inclusion-proof": "without inclusion proof",
    # Its base64 is broken into lines, which is refused before anything else; without them, see below.
    "rekor2-timestamp-with-incorrect-time": "signedTimestamp is not base64",
}
SIGNING: Final = {
    "dsse-invalid-sig": "does not verify the signature",
    "rekor2-dsse-invalid-sig": "does not verify the signature",
    "signature-mismatch": "does not verify the signature",
}
LOGGING: Final = {
    "checkpoint-bad-keyhint": "no signature of the log",
    "checkpoint-wrong-roothash": "of another tree",
    "dsse-mismatch-envelope": "of another payload",
    "dsse-mismatch-sig": "another signature",
    "inclusion-proof-corrupted-hash": "does not lead",
    "incorrect-public-key": "by another certificate",
    "intoto-log-entry-mismatch": "another signature",
    "invalid-checkpoint-signature": "the signature of the checkpoint",
    "invalid-inclusion-proof": "does not lead",
    "rekor2-checkpoint-missing-log-signature": "lines of signatures",
    "rekor2-checkpoint-missing-origin": "an origin, a size and a hash",
    "rekor2-checkpoint-missing-root-hash": "an origin, a size and a hash",
    "rekor2-checkpoint-missing-size": "an origin, a size and a hash",
    "rekor2-checkpoint-no-matching-signature": "log2025-alpha1.rekor.github.dev",
    "rekor2-dsse-mismatch-envelope": "of another artifact",
    "rekor2-dsse-mismatch-sig": "another signature",
    "set-invalid-signature": "signed entry timestamp does not verify",
    "wrong-hashedrekord-artifact": "of another artifact",
    "wrong-hashedrekord-cert-and-sig": "another signature",
    "wrong-hashedrekord-entry": "of another artifact",
}
CHAINING: Final = {
    "bundle-from-wrong-instance": "no certificate authority of the root",
    "integrated-time-in-future": "and not at 2026-05-07T15:3",
    "intoto-expired-certificate": "from 2030-01-01",
    "intoto-set-outside-signing-cert-validity": "and not at 2023-02-02",
    "intoto-tsa-timestamp-outside-cert-validity": "and not at 2023-02-02",
    "invalid-ct-key": "0 known certificate transparency logs",
}
TIMING: Final = {
    "rekor2-no-timestamp": "0 known services say when",
    "rekor2-timestamp-outside-trust-root-tsa-validity": "its authority does not count",
    "rekor2-timestamp-outside-tsa-cert-validity": "was not valid at",
    "rekor2-timestamp-payload-mismatch": "over something else",
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert": "0 known services say when",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert": "0 known services say when",
}
SPEAKING: Final = {
    "message-digest-mismatch": "not for this digest",
    "wrong-material": "not for this digest",
}
REASONS: Final = {
    **dict.fromkeys(READING, "SIGNATURE_MALFORMED"),
    **dict.fromkeys(SIGNING, "SIGNATURE_INVALID"),
    **dict.fromkeys(LOGGING, "LOG_ENTRY_INVALID"),
    **dict.fromkeys(CHAINING, "CHAIN_INVALID"),
    **dict.fromkeys(TIMING, "TIMESTAMP_INVALID"),
    **dict.fromkeys(SPEAKING, "SIGNATURE_WRONG_SUBJECT"),
    "managed-key-no-key": "SIGNATURE_NOT_TRUSTED",
}
MESSAGES: Final = {**READING, **SIGNING, **LOGGING, **CHAINING, **TIMING, **SPEAKING}
ELSEWHERE: Final = {"managed-key-wrong-key", "trust-root-tlog-missing-validity-start"}
"""Cases whose key or root is refused before any bundle is looked at."""

pytestmark = needs_cases


def test_there_are_seventy() -> None:
    assert (len(names(rejected=False)), len(names(rejected=True))) == (21, 49)
    assert {name.removesuffix("_fail") for name in names(rejected=True)} == {*REASONS, *ELSEWHERE}


@pytest.mark.parametrize("by_digest", [False, True])
@pytest.mark.parametrize("name", names(rejected=False))
def test_good_ones_verify(name: str, by_digest: bool) -> None:
    record = Case(name).ask(by_digest=by_digest)
    assert (record.code, failing(record)) == ("VERIFIED", {})
    assert record.parties == {"key:1" if "managed-key" in name else "identity:1"}
    assert record.times


@pytest.mark.parametrize("by_digest", [False, True])
@pytest.mark.parametrize("name", sorted(REASONS))
def test_bad_ones_are_rejected_for_their_own_reason(name: str, by_digest: bool) -> None:
    record = Case(f"{name}_fail").ask(by_digest=by_digest)
    assert record.code == REASONS[name]
    assert MESSAGES.get(name, "none of the 0 keys") in next(iter(failing(record).values()))
    assert not record.parties


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(BadRequest, match="not a public key"):
        Case("managed-key-wrong-key_fail").trust()


def test_a_root_without_a_start_is_refused() -> None:
    with pytest.raises(Unreadable, match="has no start"):
        Case("trust-root-tlog-missing-validity-start_fail").trust()


def test_the_one_with_broken_base64_has_the_wrong_time_too() -> None:
    case = Case("rekor2-timestamp-with-incorrect-time_fail")
    bundle = json.loads(case.bundle)
    (stamp,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamp["signedTimestamp"] = "".join(stamp["signedTimestamp"].split())
    mended = json.dumps(bundle).encode()
    record = case.ask(mended)
    assert record.code == "CHAIN_INVALID"
    assert list(failing(record)) == ["each time of signing is within the certificate's validity"]
