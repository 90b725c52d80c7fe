"""notation's JWS envelopes: other people's, our own, and what two readers might read differently."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, Authority, sign
from tests.notation import (
    DROP,
    NAME,
    base64url,
    descriptor,
    notation_signer,
    raw_signature,
    self_signed_signer,
    sign_jws,
)

from pratique.clock import DAY, parse_rfc3339
from pratique.trust.notation import (
    Envelope,
    NotationInvalid,
    check_chain,
    check_signature,
    read_jws,
    read_target,
)
from pratique.trust.strict import Unreadable

LAYOUTS: Final = Path(__file__).parents[5] / "shared/testdata/notation/oci_layout"
ARTIFACT: Final = descriptor(f"sha256:{'a' * 64}", 512)
SIGNER: Final = notation_signer(Authority.new())
CONTENT: Final = sign_jws(SIGNER, ARTIFACT, expiry=NOW + DAY, timestamp=b"token")
EXPIRY: Final = f"{NAME}expiry"
SCHEME: Final = f"{NAME}signingScheme"


def vectors() -> list[Path]:
    """Every JWS envelope of notation's own end-to-end tests."""
    blobs = LAYOUTS.glob("e2e*/blobs/sha256/*")
    return sorted(blob for blob in blobs if b'"protected"' in blob.read_bytes())


@pytest.mark.skipif(not LAYOUTS.is_dir(), reason="the vectors are not there")
def test_notation_s_own_envelopes_read_and_verify() -> None:
    found = vectors()
    assert len(found) >= 7
    for path in found:
        envelope = read_jws(path.read_bytes())
        check_signature(envelope)
        check_chain(envelope.chain, None)
        target = read_target(envelope.payload)
        folder = path.parents[2]
        assert (folder / "blobs/sha256" / target.digest.removeprefix("sha256:")).stat().st_size == target.size


@pytest.mark.skipif(not LAYOUTS.is_dir(), reason="the vectors are not there")
def test_what_is_no_envelope_in_notation_s_tests_is_refused() -> None:
    [blob] = [
        blob
        for blob in (LAYOUTS / "e2e-invalid-signature/blobs/sha256").iterdir()
        if blob.read_bytes() == b"invalid signature\n"
    ]
    with pytest.raises(Unreadable, match="not JSON"):
        read_jws(blob.read_bytes())


@pytest.mark.parametrize("algorithm", ["ES384", "ES512", "PS256"])
def test_the_algorithm_is_that_of_the_key(algorithm: str) -> None:
    envelope = read_jws(sign_jws(SIGNER, ARTIFACT, protected={"alg": algorithm}))
    with pytest.raises(NotationInvalid, match=f"says {algorithm}"):
        check_signature(envelope)


@pytest.mark.parametrize("algorithm", ["none", "RS256", "HS256", "EdDSA", "es256"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    with pytest.raises(Unreadable, match="not one of notation's"):
        read_jws(sign_jws(SIGNER, ARTIFACT, protected={"alg": algorithm}))


def test_a_signature_in_der_is_refused() -> None:
    document = json.loads(CONTENT)
    signed = f"{document['protected']}.{document['payload']}".encode()
    envelope = read_jws(_with(signature=base64url(sign(SIGNER.private, signed))))
    with pytest.raises(NotationInvalid, match="64 together"):
        check_signature(envelope)


@pytest.mark.parametrize("salt", [0, 20, 64])
def test_a_salt_that_is_not_as_long_as_the_hash_is_refused(salt: int) -> None:
    private = rsa.generate_private_key(65_537, 2_048)
    document = json.loads(sign_jws(self_signed_signer(private=private), ARTIFACT))
    signed = f"{document['protected']}.{document['payload']}".encode()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
    document["signature"] = base64url(private.sign(signed, pss, hashes.SHA256()))
    envelope = read_jws(json.dumps(document).encode())
    with pytest.raises(NotationInvalid, match="not the signer's"):
        check_signature(envelope)


@pytest.mark.parametrize("signature", [b"\0" * 64, b"\xff" * 64], ids=["zero", "beyond the order"])
def test_integers_that_no_signer_makes_are_refused(signature: bytes) -> None:
    envelope = read_jws(_with(signature=base64url(signature)))
    with pytest.raises(NotationInvalid, match="not the signer's"):
        check_signature(envelope)


@pytest.mark.parametrize("name", ["payload", "protected", "header", "signature"])
def test_each_member_must_be_there_once(name: str) -> None:
    document = json.loads(CONTENT)
    twice = CONTENT[:-1] + f", {json.dumps(name)}: {json.dumps(document[name])}}}".encode()
    with pytest.raises(Unreadable, match="occurs twice"):
        read_jws(twice)
    del document[name]
    with pytest.raises(Unreadable, match="is not an object of"):
        read_jws(json.dumps(document).encode())


@pytest.mark.parametrize("name", ["signatures", "Payload", "protected "])
def test_no_other_member_may_be_there(name: str) -> None:
    with pytest.raises(Unreadable, match="is not an object of"):
        read_jws(_with(**{name: "x"}))


@pytest.mark.parametrize("name", ["payload", "protected", "signature"])
@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: text + "=",
        lambda text: text[:8] + "\n" + text[8:],
        lambda text: text.replace(text[3], "+", 1),
        lambda _: "QQ==",
        lambda _: "QR",
        lambda _: "QUJDR",
        lambda _: "",
        lambda _: 7,
    ],
    ids=["padding", "line feed", "plus", "padded", "stray bits", "one too many", "empty", "number"],
)
def test_base64url_has_one_spelling(name: str, spelled: Callable[[Any], Any]) -> None:
    with pytest.raises(Unreadable, match=name):
        read_jws(_with(**{name: spelled(json.loads(CONTENT)[name])}))


def test_a_protected_header_with_the_same_key_twice_is_refused() -> None:
    headers = json.dumps({"alg": "ES256", SCHEME: "notary.x509"})[:-1] + f', "{SCHEME}": "notary.x509"}}'
    with pytest.raises(Unreadable, match="occurs twice"):
        read_jws(sign_jws(SIGNER, ARTIFACT, raw_protected=headers.encode()))


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"{", b"{}", b"{} {}", b"\xff", b'{"alg": NaN}'])
def test_protected_headers_are_an_object_in_json(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_jws(sign_jws(SIGNER, ARTIFACT, raw_protected=raw))


@pytest.mark.parametrize("name", ["ALG", "Cty", "CRIT", SCHEME.lower(), EXPIRY.upper()])
def test_a_header_in_another_letter_case_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="the same to other readers"):
        read_jws(sign_jws(SIGNER, ARTIFACT, protected={name: "x"}))


@pytest.mark.parametrize(
    "chain",
    [DROP, None, "text", [7], ["not base64"], ["QQ"], ["QQ=="], [base64url(SIGNER.der)], [[]]],
    ids=["missing", "null", "text", "number", "no base64", "no padding", "no DER", "url-safe", "lists"],
)
def test_certificates_are_der_in_standard_base64(chain: object) -> None:
    with pytest.raises(Unreadable):
        read_jws(sign_jws(SIGNER, ARTIFACT, header={"x5c": chain}))


@pytest.mark.parametrize("token", ["", "QR==", 7, "Q Q="])
def test_a_timestamp_is_canonical_base64(token: object) -> None:
    with pytest.raises(Unreadable, match="timestampSignature"):
        read_jws(sign_jws(SIGNER, ARTIFACT, header={f"{NAME}timestampSignature": token}))


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T12:00:00",
        "2026-11-21 12:00:00Z",
        "2026-11-21t12:00:00z",
        "2026-11-21T12:00Z",
        "2026-W47-6T12:00:00Z",
        "20261121T120000Z",
        "2026-11-21T12:00:00,5Z",
        "2026-11-21T12:00:60Z",
        "2026-13-21T12:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T12:00:00+24:00",
        "2026-11-21T12:00:00+0000",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-11-21T12:00:00Z",
        " 2026-11-21T12:00:00Z",
        "",
        1_795_262_400,
    ],
)
def test_a_time_is_one_of_rfc_3339(time: object) -> None:
    changes = {"crit": [SCHEME, EXPIRY], EXPIRY: time}
    with pytest.raises(Unreadable, match="expiry is not a time"):
        read_jws(sign_jws(SIGNER, ARTIFACT, protected=changes))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"),
        ("2026-11-21T13:30:00+01:30", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00.25-00:00", "2026-11-21T12:00:00.25Z"),
    ],
)
def test_times_with_offsets_and_fractions_are_read(written: str, read: str) -> None:
    changes = {"crit": [SCHEME, EXPIRY], EXPIRY: written}
    envelope = read_jws(sign_jws(SIGNER, ARTIFACT, protected=changes))
    assert envelope.expiry == parse_rfc3339(read)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_unreadable_and_nothing_worse(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_jws(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ["alg", "cty", "crit", SCHEME, EXPIRY, f"{NAME}signingTime", "x5c", f"{NAME}signingAgent"]
    ),
)
def test_any_value_of_a_header_is_read_or_refused(value: object, name: str) -> None:
    for kind in ("protected", "header"):
        content = sign_jws(SIGNER, ARTIFACT, **{kind: {name: value}})  # type: ignore[arg-type]  # either of two
        try:
            envelope = read_jws(content)
            check_signature(envelope)
        except (Unreadable, NotationInvalid):
            continue
        assert envelope.payload == read_jws(CONTENT).payload


@given(st.data())
def test_a_mutant_verifies_only_if_it_says_the_same(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(CONTENT) - 1))
    mutant = bytearray(CONTENT)
    match data.draw(st.sampled_from(["change", "insert", "delete"])):
        case "change":
            mutant[at] = data.draw(st.integers(0, 255))
        case "insert":
            mutant.insert(at, data.draw(st.integers(0, 255)))
        case _:
            del mutant[at]
    try:
        envelope = read_jws(bytes(mutant))
        check_signature(envelope)
    except (Unreadable, NotationInvalid):
        return
    original = read_jws(CONTENT)
    assert _signed(envelope) == _signed(original)
    assert envelope.chain[0].public_key() == original.chain[0].public_key()


def _signed(envelope: Envelope) -> tuple[object, ...]:
    """What the signer answers for: all but the chain's end, the timestamp and the agent."""
    return (
        envelope.payload,
        envelope.signed_bytes,
        envelope.algorithm,
        envelope.scheme,
        envelope.signing_time,
        envelope.authentic_time,
        envelope.expiry,
        envelope.plugin,
    )


def _with(**members: Any) -> bytes:
    return json.dumps({**json.loads(CONTENT), **members}).encode()


def test_the_maker_of_these_envelopes_signs_what_the_specification_says() -> None:
    document = json.loads(CONTENT)
    signed = f"{document['protected']}.{document['payload']}".encode()
    assert read_jws(CONTENT).signed_bytes == signed
    other = raw_signature(SIGNER.private, signed, "ES256")
    check_signature(read_jws(_with(signature=base64url(other))))
    assert len(other) == 64
