"""Stamps of our own authorities: good ones of every kind, and everything that makes one worthless."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from tests.authorities import (
    CODE_SIGNING,
    NOW,
    START,
    TIME_STAMPING,
    Authority,
    Extension,
    PrivateKey,
    authority_extensions,
    key_usage,
    leaf_extensions,
)
from tests.stamping import Stamper

from pratique.clock import DAY, MINUTE, SECOND, Moment
from pratique.trust.roots import Authority as Service
from pratique.trust.timestamps import Stamp, TimestampInvalid, stamp_of, verify_timestamp, verify_token

SIGNED = b"the bytes of a signature"
ROOT = Authority.new("tsa root", start=START - DAY)
ISSUING = ROOT.issue_authority("tsa issuing", eku=TIME_STAMPING)
TSA = Stamper.new(ISSUING)
RSA = rsa.generate_private_key(65_537, 2_048)


def refused(stamper: Stamper, *services: Service, at: int = NOW, signed: bytes = SIGNED) -> str:
    with pytest.raises(TimestampInvalid) as caught:
        verify_timestamp(stamper.token(signed, at), SIGNED, services or [TSA.trusted()])
    return str(caught.value)


def accepted_elsewhere(token: bytes, stamper: Stamper) -> bool:
    """What rfc3161-client says, an independent implementation."""
    builder = VerifierBuilder().tsa_certificate(stamper.holder.certificate)
    for certificate in stamper.holder.above[:-1]:
        builder = builder.add_intermediate_certificate(certificate)
    verifier = builder.add_root_certificate(stamper.holder.above[-1]).build()
    try:
        return bool(verifier.verify_message(decode_timestamp_response(token), SIGNED))
    except (VerificationError, ValueError):
        return False


# --- what counts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("private", "changes"),
    [
        (None, {}),
        (None, {"digest": "sha512"}),
        (ec.generate_private_key(ec.SECP384R1()), {"digest": "sha384"}),
        (ec.generate_private_key(ec.SECP521R1()), {"digest": "sha512", "imprint": "sha512"}),
        (RSA, {"imprint": "sha384"}),
        (RSA, {"digest": "sha512", "signature_algorithm": "sha512_rsa"}),
        (RSA, {"digest": "sha384", "pss": True}),
        (ed25519.Ed25519PrivateKey.generate(), {"digest": "sha512"}),
    ],
)
def test_algorithms_of_the_field_verify(private: PrivateKey | None, changes: dict[str, object]) -> None:
    stamper = replace(Stamper.new(ISSUING, private=private), **changes)  # type: ignore[arg-type]  # a table of fields
    assert verify_timestamp(stamper.token(SIGNED), SIGNED, [stamper.trusted()]) == NOW


@pytest.mark.parametrize(
    "stamper",
    [
        TSA,
        replace(TSA, embedded=()),
        replace(TSA, embedded=(ROOT.certificate, *TSA.embedded)),
        replace(TSA, accuracy={"seconds": 1, "millis": 500}, nonce=None),
        replace(TSA, statement_extensions=(("1.2.3", False),)),
    ],
)
def test_forms_of_the_field_verify_here_and_elsewhere(stamper: Stamper) -> None:
    token = stamper.token(SIGNED)
    assert verify_timestamp(token, SIGNED, [stamper.trusted()]) == NOW
    assert accepted_elsewhere(token, stamper)


@pytest.mark.parametrize(
    "stamper",
    [
        replace(TSA, response=False),
        replace(TSA, status=1),
        replace(TSA, ess=("signing_certificate",)),
        replace(TSA, ess=("signing_certificate", "signing_certificate_v2")),
        replace(TSA, ess_hash="sha512"),
        replace(TSA, ess_bare=True),
        replace(TSA, further=5),
    ],
)
def test_rarer_forms_verify(stamper: Stamper) -> None:
    assert verify_timestamp(stamper.token(SIGNED), SIGNED, [stamper.trusted()]) == NOW


def test_a_signer_may_be_named_by_the_identifier_of_its_key() -> None:
    identifier = x509.SubjectKeyIdentifier(b"a key of ours")
    extensions = [*leaf_extensions(TIME_STAMPING, critical=True), (identifier, False)]
    stamper = replace(Stamper.new(ISSUING, extensions=extensions), by_key_identifier=True)
    assert verify_timestamp(stamper.token(SIGNED), SIGNED, [stamper.trusted()]) == NOW


def test_the_time_is_exact_to_a_microsecond() -> None:
    at = Moment(NOW + 123_456)
    assert verify_timestamp(TSA.token(SIGNED, at), SIGNED, [TSA.trusted()]) == at


@pytest.mark.parametrize(
    ("accuracy", "policy", "expected"),
    [
        (None, "1.2.3", 0),
        ({"seconds": 1}, "1.2.3", SECOND),
        ({"seconds": 2, "millis": 3, "micros": 4}, "1.2.3", 2_003_004),
        ({"micros": 999}, "1.2.3", 999),
        (None, "0.4.0.2023.1.1", SECOND),
        ({"millis": 5}, "0.4.0.2023.1.1", 5_000),
    ],
)
def test_the_accuracy_is_told(accuracy: dict[str, int] | None, policy: str, expected: int) -> None:
    token = replace(TSA, accuracy=accuracy, policy=policy).token(SIGNED)
    assert stamp_of(token, SIGNED, [TSA.trusted()]) == Stamp(NOW, expected, TSA.holder.chain)


# --- whose it is --------------------------------------------------------------------------------------------------


def test_a_stamp_of_nobody_we_know_is_absent() -> None:
    other = Stamper.new(Authority.new("tsa root"))
    for stamper in (other, replace(other, embedded=()), replace(other, embedded=other.holder.chain)):
        assert verify_timestamp(stamper.token(SIGNED), SIGNED, [TSA.trusted()]) is None
    assert verify_timestamp(TSA.token(SIGNED), SIGNED, []) is None
    assert verify_timestamp(TSA.token(SIGNED), SIGNED, [replace(TSA.trusted(), chain=())]) is None


def test_where_an_authority_names_its_certificate_no_other_counts() -> None:
    sibling = Stamper.new(ISSUING)
    assert verify_timestamp(sibling.token(SIGNED), SIGNED, [TSA.trusted()]) is None


def test_an_authority_without_its_certificate_takes_those_it_issued() -> None:
    service = ISSUING.trusted()
    assert verify_timestamp(TSA.token(SIGNED), SIGNED, [service]) == NOW
    assert verify_timestamp(replace(TSA, embedded=()).token(SIGNED), SIGNED, [service]) is None
    alone = Service((ROOT.certificate,), service.valid)
    assert verify_timestamp(TSA.token(SIGNED), SIGNED, [alone]) == NOW
    unhelped = replace(TSA, embedded=(TSA.holder.certificate,))
    assert verify_timestamp(unhelped.token(SIGNED), SIGNED, [alone]) is None


def test_the_right_one_of_several_authorities_is_found() -> None:
    others = [Stamper.new(Authority.new("tsa root")).trusted() for _ in range(2)]
    assert verify_timestamp(TSA.token(SIGNED), SIGNED, [*others, TSA.trusted()]) == NOW


def test_an_authority_counts_within_its_validity_only() -> None:
    token = TSA.token(SIGNED)
    assert verify_timestamp(token, SIGNED, [TSA.trusted(NOW, NOW)]) == NOW
    for service in (TSA.trusted(NOW + 1), TSA.trusted(START, Moment(NOW - 1))):
        assert "its authority does not count" in refused(TSA, service)
        assert verify_timestamp(token, SIGNED, [service, TSA.trusted()]) == NOW


# --- what is wrong ------------------------------------------------------------------------------------------------


def test_it_is_over_this_signature() -> None:
    assert "something else than this signature" in refused(TSA, signed=b"another")


@pytest.mark.parametrize(
    ("stamper", "reason"),
    [
        (replace(TSA, signature=b"0" * 70), "signature does not verify"),
        (replace(TSA, signature=b""), "signature does not verify"),
        (replace(TSA, message_digest=b"0" * 32), "digest is not that of its statement"),
    ],
)
def test_a_stamp_is_by_the_signer_it_names(stamper: Stamper, reason: str) -> None:
    token = stamper.token(SIGNED)
    assert reason in refused(stamper)
    assert not accepted_elsewhere(token, stamper)


@pytest.mark.parametrize(
    "stamper",
    [
        replace(TSA, ess_of=ROOT.certificate),
        replace(TSA, ess_serial=5),
        replace(TSA, ess_hash="sha512", ess_of=ROOT.certificate),
        replace(TSA, ess=("signing_certificate",), ess_of=ISSUING.certificate),
        replace(TSA, ess=("signing_certificate",), ess_serial=5),
    ],
)
def test_the_certificate_that_is_signed_is_the_signers(stamper: Stamper) -> None:
    """Other implementations let this pass where the certificate is configured."""
    assert "names another certificate" in refused(stamper)


def test_a_signature_of_another_key_is_none() -> None:
    thief = replace(TSA, holder=replace(TSA.holder, private=ec.generate_private_key(ec.SECP256R1())))
    assert "signature does not verify" in refused(thief)


def test_the_kind_of_the_signature_is_that_of_the_key() -> None:
    assert "signature does not verify" in refused(replace(TSA, signature_algorithm="sha256_rsa"))


@pytest.mark.parametrize(
    "extensions",
    [
        leaf_extensions(TIME_STAMPING, critical=False),
        leaf_extensions(None),
        leaf_extensions(CODE_SIGNING, critical=True),
        [(x509.ExtendedKeyUsage([TIME_STAMPING, CODE_SIGNING]), True)],
        [(x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.5.29.37.0")]), True)],
    ],
)
def test_a_signer_is_critically_for_stamping_only(extensions: list[Extension]) -> None:
    stamper = Stamper.new(ISSUING, extensions=extensions)
    assert "not, critically, for timeStamping only" in refused(stamper, stamper.trusted())


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([(key_usage("key_agreement"), True)], "may not make signatures"),
        (
            [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
            "critical extension",
        ),
    ],
)
def test_a_signer_follows_the_rules_of_leaves(extensions: list[Extension], reason: str) -> None:
    use = (x509.ExtendedKeyUsage([TIME_STAMPING]), True)
    stamper = Stamper.new(ISSUING, extensions=[use, *extensions])
    assert reason in refused(stamper, stamper.trusted())


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        (authority_extensions(eku=CODE_SIGNING), "limited to other uses than timeStamping"),
        ([(key_usage("key_cert_sign"), True)], "is not a certificate authority"),
    ],
)
def test_a_chain_follows_the_rules_of_authorities(extensions: list[Extension], reason: str) -> None:
    stamper = Stamper.new(ROOT.issue_authority("issuing", extensions=extensions))
    assert reason in refused(stamper, stamper.trusted())


def test_a_weak_key_does_not_stamp() -> None:
    weak = Stamper.new(ISSUING, private=rsa.generate_private_key(65_537, 1_024))  # noqa: S505 - to be refused
    assert "an RSA key of 1024 bits" in refused(weak, weak.trusted())


# --- at that time -------------------------------------------------------------------------------------------------


def test_a_chain_that_has_expired_since_is_as_good_as_it_was() -> None:
    root = Authority.new(start=START, end=START + DAY)
    stamper = Stamper.new(root, start=START, end=START + MINUTE)
    token = stamper.token(SIGNED, START + SECOND)
    assert verify_timestamp(token, SIGNED, [stamper.trusted()]) == START + SECOND


@pytest.mark.parametrize("at", [START - SECOND, START + 2 * MINUTE])
def test_the_signer_was_valid_at_the_time(at: int) -> None:
    stamper = Stamper.new(ISSUING, start=START, end=START + MINUTE)
    assert "was not valid" in refused(stamper, stamper.trusted(START - DAY), at=at)


def test_all_above_were_valid_at_the_time() -> None:
    root = Authority.new(end=NOW - DAY)
    stamper = Stamper.new(root)
    assert "'CN=root,O=example' was not valid" in refused(stamper, stamper.trusted())


# --- as notation has it -------------------------------------------------------------------------------------------


def _token(change: Callable[[Stamper], Stamper] = lambda stamper: stamper) -> bytes:
    return change(replace(TSA, response=False)).token(SIGNED)


def test_a_token_with_its_chain_ends_in_a_store() -> None:
    stamp = verify_token(
        _token(lambda tsa: replace(tsa, accuracy={"seconds": 5})), SIGNED, [ROOT.certificate]
    )
    assert stamp == Stamp(NOW, 5 * SECOND, TSA.holder.chain)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (_token(lambda tsa: replace(tsa, ess=("signing_certificate",))), "no signing-certificate-v2"),
        (_token(lambda tsa: replace(tsa, embedded=())), "does not bring the certificate"),
        (_token(lambda tsa: replace(tsa, embedded=tsa.embedded[1:])), "does not bring the certificate"),
        (_token(lambda tsa: replace(tsa, embedded=tsa.embedded[:1])), "no chain leads"),
        (_token(lambda tsa: replace(tsa, signature=b"1")), "signature does not verify"),
    ],
)
def test_a_token_that_falls_short_says_why(token: bytes, reason: str) -> None:
    with pytest.raises(TimestampInvalid, match=reason):
        verify_token(token, SIGNED, [ROOT.certificate])


def test_a_token_of_another_store_is_refused() -> None:
    with pytest.raises(TimestampInvalid, match="no chain leads"):
        verify_token(_token(), SIGNED, [Authority.new().certificate])
    with pytest.raises(TimestampInvalid, match="something else"):
        verify_token(_token(), b"another", [ROOT.certificate])
