"""notation's COSE envelopes: our own, canonical CBOR, and what two readers might read differently."""

from typing import Any, Final

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, Authority, sign
from tests.notation import (
    DROP,
    NAME,
    PAYLOAD,
    X509,
    cose_time,
    descriptor,
    notation_signer,
    sign_cose,
    sign_jws,
)

from pratique.clock import DAY
from pratique.trust.cbor import is_cose_sign1
from pratique.trust.notation import NotationInvalid, check_signature, read_cose
from pratique.trust.notation.cbor_items import read_item
from pratique.trust.notation.cose import to_be_signed
from pratique.trust.strict import Unreadable

ARTIFACT: Final = descriptor(f"sha256:{'a' * 64}", 512)
SIGNER: Final = notation_signer(Authority.new())
CONTENT: Final = sign_cose(SIGNER, ARTIFACT, expiry=NOW + DAY, timestamp=b"token")
EXPIRY: Final = f"{NAME}expiry"
SCHEME: Final = f"{NAME}signingScheme"
HEADERS: Final = {
    1: -7,
    2: [SCHEME],
    3: PAYLOAD,
    SCHEME: X509,
    f"{NAME}signingTime": cose_time(NOW),
}


def test_the_algorithm_is_that_of_the_key() -> None:
    envelope = read_cose(sign_cose(SIGNER, ARTIFACT, protected={1: -35}))
    with pytest.raises(NotationInvalid, match="says ES384"):
        check_signature(envelope)


@pytest.mark.parametrize("algorithm", [-8, -257, 5, 0, "ES256", True, None, [-7]])
def test_other_algorithms_are_refused(algorithm: object) -> None:
    with pytest.raises(Unreadable, match="not one of notation's"):
        read_cose(sign_cose(SIGNER, ARTIFACT, protected={1: algorithm}))


def test_what_is_signed_is_the_structure_of_rfc_9052() -> None:
    # Written by hand: an array of four, "Signature1", and three byte strings of which the second is empty.
    assert to_be_signed(b"\xa0", b"x" * 24) == (
        b"\x84" + b"\x6a" + b"Signature1" + b"\x41\xa0" + b"\x40" + b"\x58\x18" + b"x" * 24
    )


def test_a_signature_in_der_is_refused() -> None:
    protected, unprotected, payload, _ = cbor2.loads(CONTENT).value
    signature = sign(SIGNER.private, to_be_signed(protected, payload))
    envelope = read_cose(_tagged([protected, unprotected, payload, signature]))
    with pytest.raises(NotationInvalid, match="64 together"):
        check_signature(envelope)


@pytest.mark.parametrize("tag", [17, 98, 61, 1])
def test_another_tag_is_refused(tag: int) -> None:
    with pytest.raises(Unreadable, match="not the tag 18"):
        read_cose(sign_cose(SIGNER, ARTIFACT, tag=tag))


def test_an_envelope_without_its_tag_is_refused() -> None:
    with pytest.raises(Unreadable, match="not the tag 18"):
        read_cose(CONTENT[1:])


def test_an_envelope_in_a_second_tag_is_refused() -> None:
    with pytest.raises(Unreadable, match="not the tag 18"):
        read_cose(b"\xd9\xd9\xf7" + CONTENT)


@pytest.mark.parametrize("at", range(4))
def test_each_of_the_four_parts_is_of_its_kind(at: int) -> None:
    parts = list(cbor2.loads(CONTENT).value)
    others = [*parts]
    others[at] = None
    for changed in (parts[:at] + parts[at + 1 :], [*parts, b""], others):
        with pytest.raises(Unreadable, match="headers, a payload and a signature"):
            read_cose(_tagged(changed))


def test_bytes_behind_the_envelope_are_refused() -> None:
    with pytest.raises(Unreadable, match="bytes follow"):
        read_cose(CONTENT + b"\0")


NOT_CANONICAL: Final = {
    "other order": cbor2.dumps(dict(reversed(HEADERS.items()))),
    "a key twice": b"\xa6" + cbor2.dumps(HEADERS, canonical=True)[1:] + b"\x01\x26",
    "indefinite": b"\xbf" + cbor2.dumps(HEADERS, canonical=True)[1:] + b"\xff",
    "long integer": cbor2.dumps(HEADERS, canonical=True).replace(b"\x01\x26", b"\x01\x38\x06", 1),
    "long key": cbor2.dumps(HEADERS, canonical=True).replace(b"\x01\x26", b"\x18\x01\x26", 1),
    "trailing": cbor2.dumps(HEADERS, canonical=True) + b"\xf6",
    "cut off": cbor2.dumps(HEADERS, canonical=True)[:-1],
    "empty": b"",
    "no map": cbor2.dumps([1, -7]),
    "empty map": b"\xa0",
    "in bytes": cbor2.dumps(cbor2.dumps(HEADERS, canonical=True)),
}


@pytest.mark.parametrize("case", NOT_CANONICAL)
def test_protected_headers_are_a_map_in_canonical_cbor(case: str) -> None:
    with pytest.raises(Unreadable):
        read_cose(sign_cose(SIGNER, ARTIFACT, raw_protected=NOT_CANONICAL[case]))


def test_the_same_headers_in_canonical_cbor_are_read() -> None:
    raw = cbor2.dumps(HEADERS, canonical=True)
    check_signature(read_cose(sign_cose(SIGNER, ARTIFACT, raw_protected=raw)))


@pytest.mark.parametrize(
    "extra", [{(1, 2): 1}, {b"x": 1}, {None: 1}, {True: 1}, {"x": 1.5}, {"x": {b"y": 1}}, {"x": "\ud800"}]
)
def test_keys_are_labels_and_values_are_plain(extra: dict[Any, Any]) -> None:
    headers = {name: value for name, value in HEADERS.items() if name != 1} | extra
    try:
        raw = cbor2.dumps({1: -7, **headers})
    except UnicodeEncodeError:
        raw = cbor2.dumps({1: -7, **headers, "x": "?"}).replace(b"\x61x\x61?", b"\x61x\x61\xff")
    with pytest.raises(Unreadable, match="CBOR"):
        read_cose(sign_cose(SIGNER, ARTIFACT, raw_protected=raw))


@pytest.mark.parametrize(
    "time",
    [
        NOW // 1_000_000,
        "2026-11-21T12:00:00Z",
        cbor2.CBORTag(0, "2026-11-21T12:00:00Z"),
        cbor2.CBORTag(1, "1795262400"),
        cbor2.CBORTag(1, -1),
        cbor2.CBORTag(1, True),
        cbor2.CBORTag(1, 253_402_300_800),
        cbor2.CBORTag(1, cbor2.CBORTag(1, 1)),
        cbor2.CBORTag(100, 1),
    ],
    ids=str,
)
def test_a_time_is_whole_seconds_in_its_tag(time: object) -> None:
    changes = {2: [SCHEME, EXPIRY], EXPIRY: time}
    with pytest.raises(Unreadable, match="expiry"):
        read_cose(sign_cose(SIGNER, ARTIFACT, protected=changes))


def test_a_time_with_a_fraction_is_refused() -> None:
    changes = {2: [SCHEME, EXPIRY], EXPIRY: cbor2.CBORTag(1, 1.5)}
    with pytest.raises(Unreadable, match="fraction"):
        read_cose(sign_cose(SIGNER, ARTIFACT, protected=changes))


@pytest.mark.parametrize("critical", [[SCHEME, 1], [SCHEME, 99], [SCHEME, b"x"], [SCHEME, True], {1: 2}])
def test_labels_that_are_not_known_may_not_be_critical(critical: object) -> None:
    with pytest.raises(Unreadable, match=r"is not known|array of labels"):
        read_cose(sign_cose(SIGNER, ARTIFACT, protected={2: critical, 99: 1}))


@pytest.mark.parametrize("chain", [DROP, None, SIGNER.der, ["text"], [7], [[SIGNER.der]], [b"\x30\0"]])
def test_certificates_are_an_array_of_der(chain: object) -> None:
    with pytest.raises(Unreadable):
        read_cose(sign_cose(SIGNER, ARTIFACT, header={33: chain}))


@pytest.mark.parametrize("token", [b"", "text", 7, None, [b"x"]])
def test_a_timestamp_is_a_byte_string(token: object) -> None:
    with pytest.raises(Unreadable, match="not a timestamp token"):
        read_cose(sign_cose(SIGNER, ARTIFACT, header={f"{NAME}timestampSignature": token}))


def test_an_unprotected_key_twice_is_refused() -> None:
    protected, _, payload, signature = cbor2.loads(CONTENT).value
    twice = b"\xa2" + 2 * (b"\x18\x21" + cbor2.dumps([SIGNER.der]))
    content = b"\xd2\x84" + cbor2.dumps(protected) + twice + cbor2.dumps(payload) + cbor2.dumps(signature)
    with pytest.raises(Unreadable, match="occurs twice"):
        read_cose(content)


@pytest.mark.parametrize("nest", [b"\x81", b"\xc1", b"\xa1\x01"])
def test_nesting_has_a_limit(nest: bytes) -> None:
    with pytest.raises(Unreadable, match="nested deeper"):
        read_item(nest * 100_000)


@pytest.mark.parametrize("head", [b"\x9b", b"\xbb", b"\x5b", b"\x7b"])
def test_a_length_beyond_the_bytes_takes_no_memory(head: bytes) -> None:
    with pytest.raises(Unreadable, match="cut off"):
        read_item(head + b"\xff" * 8)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**64), 2**64 - 1)
        | st.text(max_size=30)
        | st.binary(max_size=300),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(-300, 300), inner)
        ),
        max_leaves=3,
    )
)
def test_items_are_read_as_the_other_decoder_reads_them(value: object) -> None:
    content = cbor2.dumps(value, canonical=True)
    assert read_item(content) == value == cbor2.loads(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_one_item_in_one_spelling_or_unreadable(content: bytes) -> None:
    try:
        value = read_item(content)
    except Unreadable:
        return
    assert len(cbor2.dumps(value)) == len(content)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: CONTENT[:100] + tail))
def test_any_bytes_are_unreadable_and_nothing_worse(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_cose(content)


def test_an_envelope_of_the_other_format_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_cose(sign_jws(SIGNER, ARTIFACT))


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
        envelope = read_cose(bytes(mutant))
        check_signature(envelope)
    except (Unreadable, NotationInvalid):
        return
    original = read_cose(CONTENT)
    assert (envelope.signed_bytes, envelope.payload) == (original.signed_bytes, original.payload)
    assert (envelope.expiry, envelope.scheme) == (original.expiry, original.scheme)
    assert envelope.chain[0].public_key() == original.chain[0].public_key()


def test_what_is_read_here_is_an_envelope_to_the_room_s_walk_too() -> None:
    assert is_cose_sign1(CONTENT)


def _tagged(parts: list[Any]) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, parts), canonical=True)
