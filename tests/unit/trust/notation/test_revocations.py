"""Revoked certificates: what CRLs and OCSP responses say, whose word counts, and until when."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus
from tests.authorities import NOW, Authority, Holder, authority_extensions, key_usage
from tests.revoking import crl, crl_place, entry, ocsp_answer, ocsp_place, responder_of, signer_of

from pratique.clock import DAY, Moment
from pratique.trust.notation.revocations import (
    NO_REVOCATIONS,
    Status,
    places_of,
    read_crl,
    read_ocsp,
    status_of,
    store_of,
)
from pratique.trust.strict import Unreadable

ROOT = Authority.new()
SIGNER = signer_of(ROOT, crl_place())
ASKED = signer_of(ROOT, ocsp_place())
AT = Moment(NOW)
TOMORROW = Moment(NOW + DAY)


def standing(
    *lists: bytes, holder: Holder = SIGNER, answers: tuple[bytes, ...] = (), trusted: int | None = None
) -> Status:
    store = store_of([read_crl(one) for one in lists], [read_ocsp(one) for one in answers])
    by = None if trusted is None else Moment(trusted)
    return status_of(store, holder.certificate, holder.above[0], AT, by)


# --- who names no place --------------------------------------------------------------------------------------------


def test_a_certificate_that_names_neither_passes() -> None:
    quiet = signer_of(ROOT)
    assert status_of(NO_REVOCATIONS, quiet.certificate, ROOT.certificate, AT) == Status("good")
    # A list that is here says nothing of it, so no date of the list ends anything.
    assert standing(crl(ROOT), holder=quiet) == Status("good")


def test_what_a_list_names_is_revoked_all_the_same() -> None:
    quiet = signer_of(ROOT)
    assert standing(crl(ROOT, entry(quiet)), holder=quiet).state == "revoked"


def test_offline_and_unknown_is_unavailable() -> None:
    for holder in (SIGNER, ASKED):
        found = status_of(NO_REVOCATIONS, holder.certificate, ROOT.certificate, AT)
        assert (found.state, found.until) == ("unavailable", None)
        assert found.reason.startswith("revocation unavailable: ")


def test_places() -> None:
    both = signer_of(ROOT, crl_place(), ocsp_place())
    assert places_of(both.certificate) == (("ocsp", "http://ocsp.test/"), ("crl", "http://crl.test/root.crl"))


# --- lists ---------------------------------------------------------------------------------------------------------


def test_a_list_without_it() -> None:
    assert standing(crl(ROOT)) == Status("good", "", TOMORROW)


def test_a_list_with_it() -> None:
    found = standing(crl(ROOT, entry(SIGNER)))
    assert found.state == "revoked"
    assert f"{SIGNER.certificate.serial_number:x}" in found.reason


def test_pem_is_read_too() -> None:
    pem = x509.load_der_x509_crl(crl(ROOT, entry(SIGNER))).public_bytes(Encoding.PEM)
    assert standing(pem).state == "revoked"


def test_an_expired_list_is_unavailable_unless_it_names_the_certificate() -> None:
    assert standing(crl(ROOT, end=NOW)).state == "unavailable"
    assert standing(crl(ROOT, entry(SIGNER), end=NOW)).state == "revoked"
    assert standing(crl(ROOT, end=NOW), crl(ROOT, number=2)).state == "good"


def test_a_list_of_the_future_says_nothing() -> None:
    assert standing(crl(ROOT, entry(SIGNER), start=NOW + 1_000_000)).state == "unavailable"


@pytest.mark.parametrize(
    ("invalid_from", "trusted", "state"),
    [
        (NOW - DAY, NOW - 2 * DAY, "good"),
        (NOW - DAY, NOW - DAY, "revoked"),
        (NOW - DAY, None, "revoked"),
        # The date of revocation alone says nothing of when the key was lost.
        (None, NOW - 2 * DAY, "revoked"),
    ],
)
def test_what_was_signed_before_the_invalidity_date(
    invalid_from: int | None, trusted: int | None, state: str
) -> None:
    assert standing(crl(ROOT, entry(SIGNER, invalid_from=invalid_from)), trusted=trusted).state == state


def test_somebody_elses_list() -> None:
    other = Authority.new()  # of the same name, with another key
    assert other.certificate.subject == ROOT.certificate.subject
    assert standing(crl(other)).state == "unavailable"
    assert standing(crl(other, entry(SIGNER)), crl(ROOT)).state == "good"
    assert standing(crl(Authority.new("another"), entry(SIGNER))).state == "unavailable"


def test_an_issuer_that_may_not_sign_lists() -> None:
    extensions = [authority_extensions()[0], (key_usage("key_cert_sign"), True)]
    silent = Authority.new("silent", extensions=extensions)
    assert standing(crl(silent), holder=signer_of(silent, crl_place())).state == "unavailable"


def test_a_hold_that_was_lifted() -> None:
    hold = entry(SIGNER, reason=x509.ReasonFlags.certificate_hold)
    assert standing(crl(ROOT, hold)).state == "revoked"
    lifted = entry(SIGNER, when=NOW - 1_000_000, reason=x509.ReasonFlags.remove_from_crl)
    delta = crl(ROOT, lifted, number=2, extensions=[(x509.DeltaCRLIndicator(1), True)])
    assert standing(crl(ROOT, hold), delta).state == "good"
    # Whatever comes later, a key that was lost stays lost.
    lost = entry(SIGNER, reason=x509.ReasonFlags.key_compromise)
    assert standing(crl(ROOT, lost), delta).state == "revoked"


def test_a_delta_alone_or_upon_an_older_list_says_nothing() -> None:
    delta = crl(ROOT, entry(SIGNER), number=6, extensions=[(x509.DeltaCRLIndicator(5), True)])
    assert standing(delta).state == "unavailable"
    assert standing(crl(ROOT, number=4), delta).state == "good"
    assert standing(crl(ROOT, number=5), delta).state == "revoked"


def point(**told: object) -> x509.IssuingDistributionPoint:
    said: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**said, **told})  # type: ignore[arg-type]  # by name


def test_lists_for_authorities_say_nothing_of_signers() -> None:
    assert standing(crl(ROOT, extensions=[(point(only_contains_ca_certs=True), True)])).state == "unavailable"
    assert standing(crl(ROOT, extensions=[(point(only_contains_user_certs=True), True)])).state == "good"


def test_a_list_of_another_place() -> None:
    here = x509.UniformResourceIdentifier("http://crl.test/root.crl")
    there = x509.UniformResourceIdentifier("http://crl.test/other.crl")
    assert standing(crl(ROOT, extensions=[(point(full_name=[here]), True)])).state == "good"
    assert standing(crl(ROOT, extensions=[(point(full_name=[there]), True)])).state == "unavailable"


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        (point(indirect_crl=True), "other issuers"),
        (point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})), "some reasons"),
        (point(only_contains_attribute_certs=True), "attribute certificates"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), "1.2.3.4"),
    ],
)
def test_lists_that_are_not_understood(extension: x509.ExtensionType, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_crl(crl(ROOT, extensions=[(extension, True)]))


# --- OCSP ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["issuer", "responder"])
@pytest.mark.parametrize("sha1", [False, True])
def test_the_issuer_or_its_responder_answers(by: str, sha1: bool) -> None:
    responder = responder_of(ROOT) if by == "responder" else None
    for status, state in ((OCSPCertStatus.GOOD, "good"), (OCSPCertStatus.REVOKED, "revoked")):
        answer = ocsp_answer(ROOT, ASKED, status, responder=responder, extra={"sha1": sha1})
        assert standing(holder=ASKED, answers=(answer,)).state == state


def test_the_answer_ends() -> None:
    assert standing(holder=ASKED, answers=(ocsp_answer(ROOT, ASKED),)) == Status("good", "", TOMORROW)
    for answer in (
        ocsp_answer(ROOT, ASKED, end=NOW),
        ocsp_answer(ROOT, ASKED, end=None),
        ocsp_answer(ROOT, ASKED, start=NOW + 1_000_000),
        ocsp_answer(ROOT, ASKED, OCSPCertStatus.UNKNOWN),
    ):
        assert standing(holder=ASKED, answers=(answer,)).state == "unavailable"


def test_an_expired_answer_that_it_is_revoked() -> None:
    answer = ocsp_answer(ROOT, ASKED, OCSPCertStatus.REVOKED, end=NOW)
    assert standing(holder=ASKED, answers=(answer,)).state == "revoked"


@pytest.mark.parametrize(
    "responder",
    [
        responder_of(ROOT, eku=False),
        responder_of(ROOT, nocheck=False),
        responder_of(Authority.new()),
    ],
    ids=["no purpose", "could be revoked itself", "of another authority"],
)
def test_responders_that_nobody_appointed(responder: Holder) -> None:
    answer = ocsp_answer(ROOT, ASKED, responder=responder)
    assert standing(holder=ASKED, answers=(answer,)).state == "unavailable"


def test_an_answer_about_somebody_else() -> None:
    other = signer_of(ROOT, ocsp_place())
    assert standing(holder=ASKED, answers=(ocsp_answer(ROOT, other),)).state == "unavailable"


def test_either_may_revoke() -> None:
    both = signer_of(ROOT, crl_place(), ocsp_place())
    good = ocsp_answer(ROOT, both)
    assert standing(crl(ROOT, entry(both)), holder=both, answers=(good,)).state == "revoked"
    assert standing(crl(ROOT), holder=both).state == "good"
    unknown = ocsp_answer(ROOT, both, OCSPCertStatus.UNKNOWN)
    assert standing(crl(ROOT), holder=both, answers=(unknown,)).state == "good"


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\x30\x00", b"-----BEGIN X509 CRL-----\n", b"\x30" + bytes(2**20)])
def test_what_is_no_list_or_response(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_crl(content)
    with pytest.raises(Unreadable):
        read_ocsp(content)


def test_a_refusal_is_no_answer() -> None:
    with pytest.raises(Unreadable, match="gave no answer"):
        read_ocsp(bytes.fromhex("30030a0106"))


def test_the_digest_follows_the_contents_and_not_their_order() -> None:
    one, two = read_crl(crl(ROOT)), read_crl(crl(ROOT, entry(SIGNER)))
    assert store_of([one, two]).digest == store_of([two, one]).digest
    assert len({store_of([one]).digest, store_of([two]).digest, store_of([one, two]).digest, ""}) == 4
