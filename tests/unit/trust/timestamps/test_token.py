"""Bytes that claim to be a timestamp: read whole, or refused with the reason."""

import contextlib
from dataclasses import replace

import pytest
from asn1crypto import tsp  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, Authority
from tests.stamping import Stamper

from pratique.trust.certificates.der import SEQUENCE, children, read_element, write_element
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps import TimestampInvalid, verify_timestamp
from pratique.trust.timestamps.token import (
    EMBEDDED_LIMIT,
    TOKEN_LIMIT,
    SignerName,
    issuer_of,
    read_token,
)
from pratique.trust.timestamps.tst_info import read_statement

SIGNED = b"the bytes of a signature"
TSA = Stamper.new(Authority.new("tsa root"))
GOOD = TSA.token(SIGNED)
BARE = replace(TSA, response=False).token(SIGNED)
OTHER_RSA = Stamper.new(Authority.new("tsa root"), private=rsa.generate_private_key(65_537, 2_048))


def test_a_response_is_read_as_its_token() -> None:
    token = read_token(BARE)
    assert token.statement.moment == NOW
    assert token.certificates == (TSA.holder.certificate,)
    assert read_token(write_element(SEQUENCE, b"\x30\x03\x02\x01\x00" + BARE)).statement == token.statement


@pytest.mark.parametrize(
    ("stamper", "reason"),
    [
        (replace(TSA, status=2), "was not granted"),
        (replace(TSA, content_type="data"), "version 3 with a TSTInfo"),
        (replace(TSA, signed_data_version="v1"), "version 3 with a TSTInfo"),
        (replace(TSA, signers=0), "0 signers instead of one"),
        (replace(TSA, signers=2), "2 signers instead of one"),
        (replace(TSA, signer_version="v3"), "not that of its identifier"),
        (replace(TSA, signer_version="v2"), "not that of its identifier"),
        (replace(TSA, attribute_type="data"), "signed content type is not TSTInfo"),
        (replace(TSA, left_out=frozenset({"content_type"})), "need one content type"),
        (replace(TSA, left_out=frozenset({"message_digest"})), "need one message digest"),
        (replace(TSA, ess=()), "does not say which certificate"),
        (replace(TSA, repeated=frozenset({"message_digest"})), "repeat one"),
        (replace(TSA, repeated=frozenset({"content_type"})), "repeat one"),
        (replace(TSA, repeated=frozenset({"signing_certificate_v2"})), "repeat one"),
        (replace(TSA, further=30), "more than 32"),
        (replace(TSA, ess_hash="sha1"), r"hash 1\.3\.14\.3\.2\.26"),
        (replace(TSA, digest="sha1"), r"hash 1\.3\.14\.3\.2\.26"),
        (replace(TSA, imprint="sha1"), r"hash 1\.3\.14\.3\.2\.26"),
        (replace(TSA, imprint="md5"), r"hash 1\.2\.840\.113549\.2\.5"),
        (replace(TSA, signature_algorithm="sha1_ecdsa"), "algorithm 1.2.840.10045.4.1, which is not"),
        (replace(TSA, signature_algorithm="sha512_ecdsa"), "digest is by sha256, its signature by sha512"),
        (replace(TSA, signature_algorithm="ed25519"), "digest is by sha256, its signature by sha512"),
        (replace(OTHER_RSA, signature_algorithm="rsassa_pss"), r"1\.1\.10, which is not"),
        (replace(TSA, statement_version=2), "of version 2, not 1"),
        (replace(TSA, statement_extensions=(("1.2.3", True),)), r"critical extension 1\.2\.3"),
        (replace(TSA, accuracy={"seconds": -1}), "accuracy is out of bounds"),
        (replace(TSA, accuracy={"seconds": 90_000}), "accuracy is out of bounds"),
        (replace(TSA, accuracy={"millis": 1_000}), "accuracy is out of bounds"),
        (replace(TSA, accuracy={"micros": 1_000}), "accuracy is out of bounds"),
        (replace(TSA, embedded=TSA.embedded * (EMBEDDED_LIMIT + 1)), "more than 16 certificates"),
    ],
)
def test_a_token_of_another_shape_is_refused(stamper: Stamper, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_token(stamper.token(SIGNED))


@pytest.mark.parametrize(
    "written",
    [
        b"20261121120000",
        b"20261121120000+0000",
        b"20261121120000.Z",
        b"20261121120000.10Z",
        b"202611211200Z",
        b"20261121120060Z",
        b"20261321120000Z",
        b"20261121120000,5Z",
        "２0261121120000Z".encode(),
        b"",
    ],
)
def test_the_time_is_written_in_one_way(written: bytes) -> None:
    with pytest.raises(Unreadable, match="not written as RFC 3161 does"):
        read_token(replace(TSA, written_time=written).token(SIGNED))


def test_a_time_is_cut_to_microseconds() -> None:
    token = replace(TSA, written_time=b"20261121120000.1234567899Z").token(SIGNED)
    assert read_token(token).statement.moment == NOW + 123_456


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends within"),
        (GOOD + b"\x00", "trailing bytes"),
        (GOOD[:-1], "ends within"),
        (write_element(SEQUENCE, b""), "ends early"),
        (write_element(SEQUENCE, b"\x30\x00"), "not granted"),
        (write_element(SEQUENCE, b"\x30\x03\x02\x01\x00"), "not granted"),
        (write_element(SEQUENCE, b"\x30\x03\x02\x01\x02"), "not granted"),
        (write_element(SEQUENCE, b"\x06\x01\x2a"), "not signed data"),
        (b"\x30\x80" + read_element(BARE, "").content + b"\x00\x00", "not DER's"),
        (write_element(SEQUENCE, bytes(TOKEN_LIMIT)), f"more than {TOKEN_LIMIT} bytes"),
    ],
)
def test_what_is_no_token_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_token(content)


def test_certificates_that_nobody_can_read_are_passed_over() -> None:
    """They only help, and others find their way without."""
    content = bytearray(BARE)
    serial = TSA.holder.certificate.serial_number
    # The first is the one in the certificate; a serial number that is negative makes it unreadable.
    content[BARE.index(serial.to_bytes(serial.bit_length() // 8 + 1))] |= 0x80
    token = read_token(bytes(content))
    assert token.certificates == ()
    assert verify_timestamp(bytes(content), SIGNED, [TSA.trusted()]) == NOW


def test_a_certificate_is_named_by_issuer_and_serial_number() -> None:
    certificate = TSA.holder.certificate
    name = SignerName(issuer_of(certificate), certificate.serial_number)
    assert name.is_of(certificate)
    assert not replace(name, serial=1).is_of(certificate)
    assert not replace(name, issuer=b"").is_of(certificate)


def test_a_certificate_is_named_by_the_identifier_of_its_key() -> None:
    identified = [(x509.SubjectKeyIdentifier(b"ours"), False)]
    certificate = Authority.new().issue(extensions=identified).certificate
    assert SignerName(key_identifier=b"ours").is_of(certificate)
    assert not SignerName(key_identifier=b"theirs").is_of(certificate)
    assert not SignerName(key_identifier=b"ours").is_of(TSA.holder.certificate)


@pytest.mark.parametrize(("critical", "taken"), [("", True), ("010100", True), ("0101ff", False)])
def test_extensions_of_a_statement_are_passed_over_unless_critical(critical: str, *, taken: bool) -> None:
    extension = write_element(SEQUENCE, bytes.fromhex("06012a" + critical + "0400"))
    stated = read_element(read_token(GOOD).content, "").content + write_element(0xA1, extension)
    with contextlib.nullcontext() if taken else pytest.raises(Unreadable, match="critical extension"):
        assert read_statement(write_element(SEQUENCE, stated)).moment == NOW


def test_nothing_may_be_added_to_a_structure() -> None:
    parts = list(children(read_element(BARE, ""), ""))
    longer = write_element(SEQUENCE, b"".join(part.encoded for part in parts) + b"\x05\x00")
    with pytest.raises(Unreadable, match="unexpected field"):
        read_token(longer)


@given(st.data())
def test_mutants_never_prove_another_time(data: st.DataObject) -> None:
    """Whatever is done to a token, the answer is no, absent, or the very statement that was signed."""
    mutant = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mutant) - 1))
        mutant[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    moment = None
    with contextlib.suppress(Unreadable, TimestampInvalid):
        moment = verify_timestamp(bytes(mutant), SIGNED, [TSA.trusted()])
    assert moment in {None, NOW}


@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Unreadable):
        read_token(noise)


def test_what_is_read_is_what_asn1crypto_reads() -> None:
    """A second opinion on a good token."""
    seen = tsp.TimeStampResp.load(GOOD)["time_stamp_token"]["content"]
    token = read_token(GOOD)
    assert token.content == bytes(seen["encap_content_info"]["content"])
    assert token.signature == seen["signer_infos"][0]["signature"].native
    assert token.attributes.encoded[1:] == seen["signer_infos"][0]["signed_attrs"].dump()[1:]
    assert (
        token.statement.imprint
        == seen["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
    )
