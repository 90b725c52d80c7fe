"""What CT logs promised (RFC 6962): every promise of a known log must hold."""

import contextlib
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, Authority, CtLog, Holder, fulcio_leaf, leaf_extensions, sct_list

from pratique.clock import DAY, SECOND, Moment
from pratique.trust.certificates import SctInvalid, count_scts, der, read_certificate
from pratique.trust.certificates.anatomy import anatomy_of
from pratique.trust.certificates.sct_list import read_list
from pratique.trust.roots import TransparencyLog
from pratique.trust.strict import Unreadable

ROOT = Authority.new()
FULCIO = ROOT.issue_authority("fulcio")
ONE, TWO = CtLog(), CtLog()
SCT_LIST = ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS


def count(leaf: Holder, *logs: TransparencyLog, issuer: x509.Certificate = FULCIO.certificate) -> int:
    return count_scts(read_certificate(leaf.der), issuer, logs)


def promised(*scts: bytes) -> Holder:
    return fulcio_leaf(FULCIO, scts=scts)


def tbs_of(leaf: Holder) -> bytes:
    return anatomy_of(leaf.certificate).without_extension(SCT_LIST)


def test_each_log_counts() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE, TWO])
    assert count(leaf, ONE.trusted(), TWO.trusted()) == 2


def test_unknown_logs_do_not_count() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE, TWO])
    assert count(leaf, TWO.trusted()) == 1
    assert count(leaf, CtLog().trusted()) == 0
    assert count(leaf) == 0


def test_a_certificate_without_promises_has_none() -> None:
    assert count(fulcio_leaf(FULCIO), ONE.trusted()) == 0
    assert count(ROOT.issue(extensions=[]), ONE.trusted()) == 0


def test_two_of_one_log_count_once() -> None:
    assert count(fulcio_leaf(FULCIO, logs=[ONE, ONE]), ONE.trusted()) == 1


def test_the_extensions_of_a_promise_are_signed_with_it() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE], sct_extensions=b"\x00\x00\x05\x00\x00\x00\x00\x07")
    assert count(leaf, ONE.trusted()) == 1


def test_logs_sign_with_rsa_too() -> None:
    log = CtLog(rsa.generate_private_key(65_537, 2_048))
    assert count(fulcio_leaf(FULCIO, logs=[log]), log.trusted()) == 1


def test_the_certificate_without_promises_is_what_cryptography_makes_of_it() -> None:
    """A second opinion about the bytes that were signed."""
    leaf = fulcio_leaf(FULCIO, logs=[ONE, TWO], facts={9: "https://example.com", 21: "x" * 300})
    assert tbs_of(leaf) == leaf.certificate.tbs_precertificate_bytes


@pytest.mark.parametrize(
    "leaf",
    [
        fulcio_leaf(Authority.new("another"), logs=[ONE]),
        promised(ONE.promise(tbs_of(fulcio_leaf(FULCIO)), FULCIO.certificate)),
    ],
    ids=["another issuer", "another certificate"],
)
def test_a_promise_for_something_else_is_none(leaf: Holder) -> None:
    with pytest.raises(SctInvalid, match=r"SCT of the log https://ct\.example does not verify"):
        count(leaf, ONE.trusted())


@pytest.mark.parametrize("position", [0, 33, 40, 41, 43, 44, 60])
def test_a_promise_that_was_changed_is_refused(position: int) -> None:
    """Version, time, extensions' length, algorithm and signature, byte by byte; the log's name makes it unknown."""
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    sct = bytearray(only_sct(leaf))
    sct[position] ^= 1
    changed = _with_scts(leaf, bytes(sct))
    with pytest.raises((SctInvalid, Unreadable)):
        count(changed, ONE.trusted())


def test_one_bad_promise_of_a_known_log_spoils_the_good_ones() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    forged = TWO.promise(b"something else", FULCIO.certificate)
    both = _with_scts(leaf, only_sct(leaf), forged)
    assert count(both, ONE.trusted()) == 1
    with pytest.raises(SctInvalid):
        count(both, ONE.trusted(), TWO.trusted())


def test_a_log_counts_within_its_validity_only() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    assert count(leaf, ONE.trusted(start=NOW, end=NOW)) == 1
    for start, end in ((NOW + SECOND, None), (NOW - DAY, NOW - SECOND)):
        with pytest.raises(SctInvalid, match="at which its log does not count"):
            count(leaf, ONE.trusted(start, end))


def test_a_promise_is_not_of_a_time_to_come() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    logs = [ONE.trusted()]
    assert count_scts(leaf.certificate, FULCIO.certificate, logs, now=NOW) == 1
    with pytest.raises(SctInvalid, match="time to come"):
        count_scts(leaf.certificate, FULCIO.certificate, logs, now=Moment(NOW - SECOND))


def test_a_log_may_be_named_with_several_validities() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    assert count(leaf, ONE.trusted(end=NOW - DAY), ONE.trusted(start=NOW - DAY)) == 1


def test_the_key_of_the_log_verifies_and_no_other() -> None:
    leaf = fulcio_leaf(FULCIO, logs=[ONE])
    with pytest.raises(SctInvalid):
        count(leaf, replace(TWO.trusted(), log_id=ONE.log_id))


def test_the_algorithm_is_the_one_of_the_key() -> None:
    log = CtLog(ec.generate_private_key(ec.SECP256R1()))
    leaf = fulcio_leaf(FULCIO, logs=[log])
    sct = bytearray(only_sct(leaf))
    for algorithm in (b"\x04\x01", b"\x02\x03", b"\x05\x03"):
        sct[43:45] = algorithm
        with pytest.raises(SctInvalid):
            count(_with_scts(leaf, bytes(sct)), log.trusted())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x00",
        b"\x00\x00",
        b"\x00\x02\x00\x00",
        b"\x00\x03\x00\x01",
        b"\x00\x03\x00\x01\x00",
        b"\x00\x04\x00\x01\x01\x00",
        b"\x00\x03\x00\x01\x01\x00",
    ],
)
def test_lists_that_are_cut_are_refused(value: bytes) -> None:
    with pytest.raises(Unreadable):
        read_list(value)


def test_lists_are_short() -> None:
    with pytest.raises(Unreadable, match="1 to 16"):
        read_list((17 * 3).to_bytes(2) + b"\x00\x01\x01" * 17)


def test_promises_of_other_versions_are_not_read() -> None:
    with pytest.raises(Unreadable, match="another version"):
        read_list(b"\x00\x03\x00\x01\x01")


@given(st.binary(max_size=120))
def test_whatever_the_list_is_it_is_read_or_refused(content: bytes) -> None:
    leaf = ROOT.issue(
        extensions=[*leaf_extensions(), (x509.UnrecognizedExtension(SCT_LIST, b"\x04\x02" + content), False)]
    )
    found = 0
    with contextlib.suppress(Unreadable):
        found = count_scts(leaf.certificate, ROOT.certificate, [ONE.trusted()])
    assert found == 0


def only_sct(leaf: Holder) -> bytes:
    """The one SCT of a leaf, as it is serialized: behind the lengths of the OCTET STRING, the list and itself."""
    value = anatomy_of(leaf.certificate).extension(SCT_LIST) or b""
    return der.read_element(value, "").content[4:]


def _with_scts(leaf: Holder, *scts: bytes) -> Holder:
    """The same certificate, key and serial number, with other promises in it."""
    plain = tbs_of(leaf)
    certificate = leaf.certificate
    builder = x509.CertificateBuilder(
        issuer_name=certificate.issuer,
        subject_name=certificate.subject,
        public_key=certificate.public_key(),
        serial_number=certificate.serial_number,
        not_valid_before=certificate.not_valid_before_utc.replace(tzinfo=None),
        not_valid_after=certificate.not_valid_after_utc.replace(tzinfo=None),
        extensions=[each for each in certificate.extensions if each.oid != SCT_LIST],
    ).add_extension(sct_list(scts), critical=False)
    assert isinstance(FULCIO.private, ec.EllipticCurvePrivateKey)
    changed = Holder(builder.sign(FULCIO.private, hashes.SHA256()), leaf.private, leaf.above)
    assert tbs_of(changed) == plain
    return changed
