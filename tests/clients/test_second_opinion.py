"""sigstore-go beside us, on every case of sigstore-conformance: the same files, thresholds and identities for both."""

from typing import Final

import pytest
from tests.clients.conformance import Case, ours
from tests.clients.conftest import Tools
from tests.clients.runners import Answer, Home, Question, SecondOpinion
from tests.published import CONFORMANCE, needs_vectors

from pratique.trust.embedded import public_good_root

# Verdicts differ in no case. Reasons do: ours are in the unit tests of trust, and these are theirs.
READING: Final = {
    "bundle-invalid-base64-signature": "invalid value for bytes field signature",
    "bundle-malformed-json": "unexpected EOF",
    "bundle-negative-log-index": "nil value in transaction log entry",
    "bundle-unknown-version": "unsupported media type",
    "incorrect-public-key": "not a recognizable Rekor",
    "intoto-log-entry-mismatch": "not a recognizable Rekor",
    "intoto-missing-inclusion-proof": "inclusion proof missing",
    "rekor2-no-inclusion-proof": "inclusion proof missing",
    "rekor2-timestamp-with-incorrect-time": "invalid value for bytes field signedTimestamp",
}
ANOTHER: Final = {
    # Of these it does not reach what is wrong with them: they are old, and their proof has no checkpoint.
    "bundle-empty-certificate-chain": "missing required checkpoint",
    "bundle-with-root-cert": "missing required checkpoint",
    "invalid-inclusion-proof": "missing required checkpoint",
    # These it refuses by the log entry before it looks at the certificate, the signature or the subject.
    "bundle-from-wrong-instance": "not enough verified log entries",
    "dsse-invalid-sig": "transparency log signature does not match",
    "integrated-time-in-future": "integrated time outside certificate validity",
    "intoto-expired-certificate": "integrated time outside certificate validity",
    "intoto-set-outside-signing-cert-validity": "integrated time outside certificate validity",
    "managed-key-no-key": "transparency log certificate does not match",
    "message-digest-mismatch": "does not match artifact",
    "rekor2-dsse-invalid-sig": "does not match expected root",
    "signature-mismatch": "transparency log signature does not match",
}
LOGGING: Final = {
    "checkpoint-bad-keyhint": "signature on checkpoint did not verify",
    "checkpoint-wrong-roothash": "does not match signed tree head",
    "dsse-mismatch-envelope": "transparency log signature does not match",
    "dsse-mismatch-sig": "transparency log signature does not match",
    "inclusion-proof-corrupted-hash": "does not match expected root",
    "invalid-checkpoint-signature": "signature on checkpoint did not verify",
    "rekor2-checkpoint-missing-log-signature": "malformed note",
    "rekor2-checkpoint-missing-origin": "invalid signature for key",
    "rekor2-checkpoint-missing-root-hash": "invalid signature for key",
    "rekor2-checkpoint-missing-size": "invalid signature for key",
    "rekor2-checkpoint-no-matching-signature": "no verifiable signatures",
    "rekor2-dsse-mismatch-envelope": "does not match expected root",
    "rekor2-dsse-mismatch-sig": "does not match expected root",
    "set-invalid-signature": "not enough verified log entries",
    "wrong-hashedrekord-artifact": "transparency log signature does not match",
    "wrong-hashedrekord-cert-and-sig": "transparency log signature does not match",
    "wrong-hashedrekord-entry": "transparency log signature does not match",
}
TIMING: Final = {
    "intoto-tsa-timestamp-outside-cert-validity": "leaf certificate verification failed",
    "rekor2-no-timestamp": "0 < 1",
    "rekor2-timestamp-outside-trust-root-tsa-validity": "after the validity period end",
    "rekor2-timestamp-outside-tsa-cert-validity": "signing time",
    "rekor2-timestamp-payload-mismatch": "hashed messages don't match",
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert": "does not match the provided TSA certificate",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert": "No certificate for signer",
}
THEIR_REASONS: Final = {
    **READING,
    **ANOTHER,
    **LOGGING,
    **TIMING,
    "invalid-ct-key": "only able to verify 0 SCT entries",
    "managed-key-wrong-key": "not on curve",
    "trust-root-tlog-missing-validity-start": "missing public key validity period start",
    "wrong-material": "could not verify message",
}


def cases(*, rejected: bool) -> list[str]:
    found = sorted(folder.name for folder in CONFORMANCE.glob("*/")) if CONFORMANCE.is_dir() else []
    return [name for name in found if name.endswith("_fail") == rejected]


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Question]:
    """Every case, by its folder's name."""
    root = tmp_path_factory.mktemp("root") / "trusted_root.json"
    root.write_bytes(public_good_root())
    names = [*cases(rejected=False), *cases(rejected=True)]
    return {name: Case(CONFORMANCE / name, root).question() for name in names}


@pytest.fixture(scope="module")
def answers(
    tools: Tools, tmp_path_factory: pytest.TempPathFactory, questions: dict[str, Question]
) -> dict[str, Answer]:
    """What sigstore-go says of every case."""
    home = Home(tmp_path_factory.mktemp("home"))
    said = SecondOpinion(tools.need("second-opinion"), home).ask(list(questions.values()))
    return dict(zip(questions, said, strict=True))


@needs_vectors
def test_every_case_is_asked() -> None:
    assert len(cases(rejected=False)) + len(cases(rejected=True)) == 70
    assert {name.removesuffix("_fail") for name in cases(rejected=True)} == set(THEIR_REASONS)


@pytest.mark.parametrize("name", cases(rejected=False))
def test_both_accept(questions: dict[str, Question], answers: dict[str, Answer], name: str) -> None:
    assert ours(questions[name]) == answers[name] == Answer(verified=True, reason="")


@pytest.mark.parametrize("name", cases(rejected=True))
def test_both_refuse(questions: dict[str, Question], answers: dict[str, Answer], name: str) -> None:
    assert not ours(questions[name]).verified
    assert not answers[name].verified
    assert THEIR_REASONS[name.removesuffix("_fail")] in answers[name].reason
