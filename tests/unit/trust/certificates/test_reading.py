"""Certificates read strictly, and the DER beneath them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID
from hypothesis import example, given
from hypothesis import strategies as st
from tests.authorities import Authority, Holder, fulcio_leaf, leaf_extensions

from pratique.trust.certificates import read_certificate, read_pem_certificates
from pratique.trust.certificates.anatomy import anatomy_of, dissect
from pratique.trust.certificates.der import (
    DEPTH_LIMIT,
    ELEMENT_LIMIT,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    VISIBLE_STRING,
    check_structure,
    read_element,
    write_element,
)
from pratique.trust.certificates.sequences import Sequence, encoded_oid, only_child, read_integer, read_oid
from pratique.trust.strict import Unreadable

ROOT = Authority.new()
PRINTABLE_STRING = 0x13
LEAF = fulcio_leaf(ROOT)


def pem(*holders: Holder) -> str:
    return "".join(holder.certificate.public_bytes(Encoding.PEM).decode() for holder in holders)


def test_a_certificate_is_read() -> None:
    assert read_certificate(LEAF.der) == LEAF.certificate


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends within an element"),
        (LEAF.der + b"\x00", "trailing bytes"),
        (LEAF.der[:-1], "ends within an element"),
        (LEAF.der + LEAF.der, "trailing bytes"),
        (b"\x30\x80" + LEAF.der[4:] + b"\x00\x00", "length that is not DER's"),
        (b"\x30\x83\x00" + LEAF.der[2:], "length that is not DER's"),
        (write_element(SEQUENCE, b""), "ends early"),
        (b"\x30\x82\x40\x01" + bytes(16_385), "more than 16384 bytes"),
    ],
)
def test_what_is_not_one_certificate_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_certificate(content)


@pytest.mark.parametrize("serial", [b"\x02\x01\x00", b"\x02\x01\x85", b"\x02\x00"])
def test_serial_numbers_are_positive(serial: bytes) -> None:
    old = anatomy_of(LEAF.certificate).serial.encoded
    with pytest.raises(Unreadable, match="serial number that is not positive"):
        read_certificate(_rebuilt(LEAF.der, old, serial))


@pytest.mark.parametrize("serial", ["820100", "820180", "8200"])
def test_the_serial_number_of_an_issuer_is_positive_too(serial: str) -> None:
    value = write_element(SEQUENCE, b"\xa1\x02\xa4\x00" + bytes.fromhex(serial))
    named = x509.UnrecognizedExtension(ExtensionOID.AUTHORITY_KEY_IDENTIFIER, value)
    with pytest.raises(Unreadable, match="serial number that is not positive"):
        read_certificate(ROOT.issue(extensions=[(named, False)]).der)


def test_both_names_of_the_algorithm_agree() -> None:
    """RFC 5280, section 4.1.1.2: the one within is signed, the other is what is used."""
    at = LEAF.der.rindex(bytes.fromhex("2a8648ce3d040302"))
    with pytest.raises(Unreadable, match="two different signature algorithms"):
        read_certificate(LEAF.der[:at] + bytes.fromhex("2a8648ce3d040303") + LEAF.der[at + 8 :])


def test_ecdsa_takes_no_parameters() -> None:
    algorithm = anatomy_of(LEAF.certificate).outer_algorithm.encoded
    changed = write_element(SEQUENCE, read_element(algorithm, "").content + b"\x05\x00")
    with pytest.raises(Unreadable, match="has parameters"):
        read_certificate(_rebuilt(LEAF.der, algorithm, changed))


@pytest.mark.parametrize(
    "value",
    [
        x509.UnrecognizedExtension(ExtensionOID.KEY_USAGE, b"\x05\x00"),
        x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x02\x83\x00"),
        x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, b""),
    ],
)
def test_every_extension_that_is_known_is_read(value: x509.UnrecognizedExtension) -> None:
    broken = ROOT.issue(extensions=[(value, False)])
    with pytest.raises(Unreadable, match="can't be read"):
        read_certificate(broken.der)


def test_an_extension_is_there_once() -> None:
    encoded = anatomy_of(LEAF.certificate).extensions[0].encoded
    with pytest.raises(Unreadable, match="can't be read"):
        read_certificate(_rebuilt(LEAF.der, encoded, encoded * 2))


@pytest.mark.parametrize(
    ("oid", "value"),
    [(NameOID.COMMON_NAME, b"x" * 65), (NameOID.COMMON_NAME, b""), (NameOID.COUNTRY_NAME, b"USA")],
)
@pytest.mark.parametrize("of_subject", [True, False])
def test_names_keep_their_bounds(oid: x509.ObjectIdentifier, value: bytes, *, of_subject: bool) -> None:
    """What cryptography only warns of must not reach the log, wherever a name stands."""
    attribute = write_element(SEQUENCE, encoded_oid(oid) + write_element(PRINTABLE_STRING, value))
    name = write_element(SEQUENCE, write_element(SET, attribute))
    names = write_element(SEQUENCE, write_element(0xA4, name))
    alternative = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, names)
    leaf = ROOT.issue("plain", extensions=[] if of_subject else [(alternative, False)])
    old = leaf.certificate.subject.public_bytes()
    with pytest.raises(Unreadable, match="common name or country"):
        read_certificate(_rebuilt(leaf.der, old, name) if of_subject else leaf.der)


@pytest.mark.parametrize("text", ["ä".encode(), b"\x07", b"\x7f"])
def test_visible_strings_are_visible(text: bytes) -> None:
    notice = write_element(SEQUENCE, write_element(VISIBLE_STRING, text))
    qualifier = write_element(SEQUENCE, bytes.fromhex("06082b06010505070202") + notice)
    policy = write_element(SEQUENCE, b"\x06\x01\x2a" + write_element(SEQUENCE, qualifier))
    value = write_element(SEQUENCE, policy)
    policies = x509.UnrecognizedExtension(ExtensionOID.CERTIFICATE_POLICIES, value)
    with pytest.raises(Unreadable, match="VisibleString"):
        read_certificate(ROOT.issue(extensions=[(policies, False)]).der)


def test_no_extension_is_empty() -> None:
    encoded = anatomy_of(LEAF.certificate).extensions[0].encoded
    with pytest.raises(Unreadable, match="empty extension"):
        read_certificate(_rebuilt(LEAF.der, encoded, b"\x30\x00"))


def test_pem_holds_certificates_and_nothing_else() -> None:
    assert read_pem_certificates(pem(LEAF, ROOT), 2) == (LEAF.certificate, ROOT.certificate)
    assert read_pem_certificates("\n" + pem(LEAF).replace("\n", "\r\n"), 1) == (LEAF.certificate,)
    assert read_pem_certificates(pem(LEAF).encode(), 1) == (LEAF.certificate,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no certificate"),
        (pem(LEAF, ROOT, ROOT), "1 to 2 PEM blocks"),
        ("subject=x\n" + pem(LEAF), "nothing else"),
        (pem(LEAF) + "x", "nothing else"),
        (pem(LEAF).replace("CERTIFICATE", "PRIVATE KEY"), "nothing else"),
        ("-----BEGIN CERTIFICATE-----\nMII=A\n-----END CERTIFICATE-----", "base64"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "not DER's"),
        (b"\xff", "not PEM"),
        ("A" * 600_000, "characters"),
    ],
)
def test_other_texts_are_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_pem_certificates(text, 2)


def test_a_certificate_is_taken_apart_as_it_is_written() -> None:
    key_usage = ExtensionOID.KEY_USAGE
    parts = anatomy_of(LEAF.certificate)
    extension = LEAF.certificate.extensions.get_extension_for_oid(key_usage)
    assert parts.extension(key_usage) == extension.value.public_bytes()
    assert parts.extension(ExtensionOID.NAME_CONSTRAINTS) is None
    assert parts.without_extension(ExtensionOID.NAME_CONSTRAINTS) == LEAF.certificate.tbs_certificate_bytes
    assert int.from_bytes(parts.serial.content) == LEAF.certificate.serial_number
    assert parts.issuer.encoded == LEAF.certificate.issuer.public_bytes()


def test_without_its_last_extension_a_certificate_has_none() -> None:
    single = ROOT.issue(extensions=leaf_extensions(None))
    bare = ROOT.issue(extensions=[])
    tbs = anatomy_of(single.certificate).without_extension(ExtensionOID.KEY_USAGE)
    assert anatomy_of(bare.certificate).extensions == ()
    assert (
        anatomy_of(bare.certificate).without_extension(ExtensionOID.KEY_USAGE)
        == bare.certificate.tbs_certificate_bytes
    )
    assert b"\x55\x1d\x0f" not in tbs


# --- DER ----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
@example(bytes(0x7F))
@example(bytes(0x80))
@example(bytes(0x100))
def test_whatever_is_written_is_read_again(content: bytes) -> None:
    assert read_element(write_element(OCTET_STRING, content), "").content == content


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 40), max_size=6))
def test_identifiers_are_written_as_they_are_read(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))
    encoded = encoded_oid(x509.ObjectIdentifier(dotted))
    assert read_oid(read_element(encoded, ""), "") == dotted


@given(st.integers(-(1 << 200), 1 << 200))
@example(-128)
@example(-129)
def test_integers_are_read(number: int) -> None:
    # -128 takes one octet, as 127 does, and 128 two.
    content = number.to_bytes(max(number, ~number).bit_length() // 8 + 1, signed=True)
    assert read_integer(read_element(write_element(INTEGER, content), ""), "") == number


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xff\xff", bytes([1] * 33)])
def test_integers_are_short(content: bytes) -> None:
    with pytest.raises(Unreadable, match="integer"):
        read_integer(read_element(write_element(INTEGER, content), ""), "")


@pytest.mark.parametrize("content", [b"", b"\x2a\x80\x01", b"\x2a\x86"])
def test_identifiers_are_in_their_shortest_form(content: bytes) -> None:
    with pytest.raises(Unreadable, match="identifier"):
        read_oid(read_element(write_element(OBJECT_IDENTIFIER, content), ""), "")


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        (b"\x1f\x81\x01\x00", "tag of several bytes"),
        (b"\x30", "ends within"),
        (b"\x30\x81\x01\x00", "length that is not DER's"),
        (b"\x30\x85\x01\x00\x00\x00\x00", "length that is not DER's"),
        (b"\x30\x82\x01", "length that is not DER's"),
        (b"\x24\x04\x04\x02ab", "string in pieces"),
        (write_element(SEQUENCE, b"\x01\x01\xff" * (ELEMENT_LIMIT + 1)), "too many parts"),
    ],
)
def test_structures_are_well_formed(encoded: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        check_structure(encoded, "it")


def test_structures_are_not_deep() -> None:
    nested = b"\x05\x00"
    for _ in range(DEPTH_LIMIT):
        nested = write_element(SEQUENCE, nested)
    with pytest.raises(Unreadable, match="levels"):
        check_structure(nested, "it")
    check_structure(read_element(nested, "").content, "it")


def test_fields_are_taken_in_order() -> None:
    fields = Sequence(read_element(b"\x30\x06\x02\x01\x05\x04\x01a", ""), "it")
    assert fields.maybe(OCTET_STRING) is None
    assert Sequence(read_element(b"\x30\x00", ""), "it").maybe(OCTET_STRING) is None
    assert fields.take(INTEGER).content == b"\x05"
    with pytest.raises(Unreadable, match="unexpected field"):
        fields.end()
    with pytest.raises(Unreadable, match="tag 0x04 is there instead of 0x02"):
        fields.take(INTEGER)
    with pytest.raises(Unreadable, match="2 elements instead of one"):
        only_child(read_element(b"\x30\x06\x02\x01\x05\x04\x01a", ""), INTEGER, "it")


@given(st.data())
def test_mutants_are_read_or_refused(data: st.DataObject) -> None:
    """Whatever is done to a certificate: Unreadable, or a certificate of exactly these bytes."""
    mutant = bytearray(LEAF.der)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(mutant) - 1))
        mutant[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        certificate = read_certificate(bytes(mutant))
    except Unreadable:
        return
    assert certificate.public_bytes(Encoding.DER) == bytes(mutant)
    assert dissect(bytes(mutant)) == anatomy_of(certificate)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    for read in (read_certificate, dissect):
        with pytest.raises(Unreadable):
            read(noise)


def _rebuilt(certificate: bytes, old: bytes, new: bytes) -> bytes:
    """A certificate in which a part is another one, with the lengths around it made right."""
    whole = read_element(certificate, "")
    tbs, *rest = Sequence(whole, "").rest()
    fields = [each.encoded for each in Sequence(tbs, "").rest()]
    extensions = fields[-1]
    if old in extensions:
        inner = read_element(read_element(extensions, "").content, "").content.replace(old, new, 1)
        fields[-1] = write_element(0xA3, write_element(SEQUENCE, inner))
    fields = [new if field == old else field for field in fields]
    tail = [new if each.encoded == old else each.encoded for each in rest]
    return write_element(SEQUENCE, b"".join((write_element(SEQUENCE, b"".join(fields)), *tail)))


def test_keys_of_algorithms_that_nobody_uses_are_no_matter_for_reading() -> None:
    """A chain refuses them with the reason; here they are only read."""
    key = ed448.Ed448PrivateKey.generate()
    leaf = ROOT.issue(private=key)
    assert read_certificate(leaf.der) == leaf.certificate
