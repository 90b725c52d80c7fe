"""More than anybody sends: each ends in its reason before the work begins that it would make.

Work is counted where it would be done (certificates parsed, signatures verified, documents decoded), never timed.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests import keyless
from tests.authorities import Authority, fulcio_leaf, self_issued_crowd
from tests.notation import notation_signer, sign_cose, sign_jws
from tests.signing import SIGNATURE, SIMPLE_SIGNING, SigningKey, bundle, simple_signing, statement
from tests.unit.trust.asking import SUBJECT, ask, ask_bundle, trusting
from tests.unit.trust.notation import asking as notation

from pratique.errors import BadRequest
from pratique.policy import Code
from pratique.trust import EvidenceRecord, parse_public_key
from pratique.trust import statement as statements
from pratique.trust.annotated import CERTIFICATE, CHAIN
from pratique.trust.certificates import reading
from pratique.trust.certificates.strength import weakness_of_key
from pratique.trust.keys import PublicKey
from pratique.trust.strict import MARKS_LIMIT

MEBIBYTE: Final = 2**20
KEY: Final = SigningKey()
KEYED: Final = trusting(KEY)


@pytest.fixture(scope="module")
def store() -> keyless.Sigstore:
    return keyless.Sigstore.new()


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[Any]]:
    """The calls of a function, from now on, by their first argument."""

    def counting(place: Any, name: str) -> list[Any]:
        calls: list[Any] = []
        whole = getattr(place, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            calls.append(arguments[0])
            return whole(*arguments, **named)

        monkeypatch.setattr(place, name, counted)
        return calls

    return counting


def refused(record: EvidenceRecord, reason: str, code: Code = Code.SIGNATURE_MALFORMED) -> None:
    assert (record.code, record.parties) == (code, frozenset())
    assert reason in record.message


def material(document: bytes, **changes: Any) -> bytes:
    """A bundle with other members in its material."""
    changed = json.loads(document)
    changed["verificationMaterial"] = {**changed["verificationMaterial"], **changes}
    return json.dumps(changed).encode()


def raw(der: bytes) -> dict[str, str]:
    return {"rawBytes": base64.b64encode(der).decode()}


# --- certificates ---------------------------------------------------------------------------------------------------


def test_certificates_of_a_mebibyte(store: keyless.Sigstore, count: Any) -> None:
    parsed = count(x509, "load_der_x509_certificate")
    signing, trust, huge = store.signing(), store.trust(), b"\x30" * MEBIBYTE
    refused(keyless.ask(material(signing.bundle(), certificate=raw(huge)), trust), "more than 16384 bytes")
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(huge).decode()}\n-----END CERTIFICATE-----\n"
    annotations = {SIGNATURE: "MEUC", CERTIFICATE: pem}
    refused(ask(SIMPLE_SIGNING, simple_signing(SUBJECT), trust, SUBJECT, annotations), "characters")
    signer = notation_signer(Authority.new())
    for content in (
        sign_jws(signer, notation.ARTIFACT, chain=signer.chain, header={"x5c": [raw(huge)["rawBytes"]]}),
        sign_cose(signer, notation.ARTIFACT, chain=signer.chain, header={33: [huge]}),
    ):
        before = len(parsed)
        record = notation.ask(content, notation.trusting({"ca:acme": [signer.chain[-1]]}))
        assert (record.code, len(parsed) - before) == (Code.SIGNATURE_MALFORMED, 0)


def test_chains_of_a_hundred(store: keyless.Sigstore, count: Any) -> None:
    signing, trust = store.signing(), store.trust()
    crowd = [each.certificate for each in self_issued_crowd(100)]
    ders = [each.public_bytes(Encoding.DER) for each in crowd]
    parsed = count(reading, "_touch")
    chain = {"certificates": [raw(each) for each in ders]}
    document = json.loads(signing.bundle())
    del document["verificationMaterial"]["certificate"]
    refused(
        keyless.ask(material(json.dumps(document).encode(), x509CertificateChain=chain), trust),
        "x509CertificateChain.certificates has 100 entries; at most 8",
    )
    assert not parsed
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in crowd).decode()
    annotations = {SIGNATURE: "MEUC", CERTIFICATE: signing.pem.decode(), CHAIN: pem}
    refused(ask(SIMPLE_SIGNING, simple_signing(SUBJECT), trust, SUBJECT, annotations), "1 to 8 PEM blocks")
    assert len(parsed) <= 9
    signer = notation_signer(Authority.new())
    parsed.clear()
    for sign in (sign_jws, sign_cose):
        record = notation.ask(
            sign(signer, notation.ARTIFACT, chain=tuple(crowd)),
            notation.trusting({"ca:acme": [signer.chain[-1]]}),
        )
        refused(record, "100 certificates")
    assert not parsed


def test_promises_by_the_hundred(store: keyless.Sigstore, count: Any) -> None:
    """As many as fit a certificate."""
    promise = store.ctlog.promise(b"tbs", store.fulcio.certificate)
    leaf = fulcio_leaf(store.fulcio, scts=[promise] * 100)
    signing = store.signing()
    signing.holder = leaf
    verified = count(PublicKey, "verify")
    record = keyless.ask(signing.bundle(), store.trust())
    assert not record.verified
    # The signature, and the log's promise of the entry and its checkpoint at most.
    assert len(verified) <= 3


@pytest.mark.parametrize(("bits", "taken"), [(17, True), (64, True), (65, False), (2_047, False)])
def test_exponents_as_long_as_keys(bits: int, taken: bool) -> None:
    """They cost 25 times as much as others."""
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    slow = rsa.RSAPublicNumbers((1 << bits - 1) + 1, modulus).public_key()
    pem = slow.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert (weakness_of_key(slow) is None) == taken
    if taken:
        assert parse_public_key(pem).algorithm == "rsa-2048"
        return
    with pytest.raises(BadRequest, match="exponent has at most 64 bits"):
        parse_public_key(pem)


# --- log entries and timestamps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [17, 5_000])
@pytest.mark.parametrize("name", ["tlogEntries", "rfc3161Timestamps"])
def test_log_entries_and_timestamps_by_the_thousand(
    store: keyless.Sigstore, count: Any, name: str, number: int
) -> None:
    signing, trust = store.signing(v2=True), store.trust()
    there = json.loads(signing.bundle())["verificationMaterial"]
    stamps = there["timestampVerificationData"]
    changed = {
        "tlogEntries": {"tlogEntries": there["tlogEntries"] * number},
        "rfc3161Timestamps": {
            "timestampVerificationData": {"rfc3161Timestamps": stamps["rfc3161Timestamps"] * number}
        },
    }[name]
    verified = count(PublicKey, "verify")
    refused(
        keyless.ask(material(signing.bundle(), **changed), trust),
        f"{name} has {number} entries; at most 16 are read",
    )
    assert not verified


# --- documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [65, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_documents(count: Any, depth: int, brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets
    deep = opening * depth + b"0" + closing * depth
    decoded = count(json, "loads")
    refused(ask_bundle(deep, KEYED), "nested deeper than 64")
    assert not decoded
    predicate = json.dumps({**json.loads(statement(SUBJECT)), "predicate": "@"}).encode()
    document = json.dumps(bundle(KEY, predicate.replace(b'"@"', deep))).encode()
    decoded.clear()
    refused(ask_bundle(document, KEYED), "nested deeper than 64")
    assert len(decoded) == 1


@pytest.mark.parametrize("number", [1_001, 50_000])
def test_statements_of_very_many_subjects(count: Any, number: int) -> None:
    said = json.loads(statement(SUBJECT))
    said["subject"] *= number
    read = count(statements, "_digests")
    refused(
        ask_bundle(bundle(KEY, json.dumps(said).encode()), KEYED), f"{number} entries; 1 to 1000 are allowed"
    )
    assert not read


def test_statements_of_very_many_values(count: Any) -> None:
    said = json.dumps({**json.loads(statement(SUBJECT)), "predicate": "@"}).encode()
    payload = said.replace(b'"@"', b"[" + b"[]," * MARKS_LIMIT + b"[]]")
    document = json.dumps(bundle(KEY, payload)).encode()
    decoded = count(json, "loads")
    refused(ask_bundle(document, KEYED), "more than 1,000,000 commas")
    # The bundle, which is one long string; never the statement.
    assert len(decoded) == 1


def test_documents_beyond_their_size(count: Any) -> None:
    decoded = count(json, "loads")
    refused(ask_bundle(b" " * (16 * MEBIBYTE + 1), KEYED), "at most 16777216")
    refused(ask(SIMPLE_SIGNING, b" " * (MEBIBYTE // 16 + 1), KEYED), "at most 65536")
    assert not decoded
