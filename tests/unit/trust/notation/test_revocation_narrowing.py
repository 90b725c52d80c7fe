"""Which certificates count less by a newer list, and whose word a list is."""

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from tests.authorities import NOW, Authority, Holder
from tests.revoking import crl, crl_place, entry, ocsp_answer, signer_of

from pratique.clock import DAY, HOUR
from pratique.trust import marks
from pratique.trust.notation.revocations import read_crl, read_ocsp
from pratique.trust.notation.revocations.narrowing import Narrowed, by_answer, by_list
from pratique.trust.notation.revocations.scope import scope_of_crl, scope_of_ocsp
from pratique.trust.revocation_lists import read_either
from pratique.trust.strict import Unreadable

ROOT, OTHER = Authority.new("root"), Authority.new("other")
ONE, TWO = signer_of(ROOT, crl_place()), signer_of(ROOT, crl_place())


def touched(narrowed: Narrowed) -> list[Holder]:
    return [one for one in (ONE, TWO) if narrowed.touches(mark_of(one))]


def mark_of(holder: Holder) -> str:
    certificate = holder.certificate
    return marks.of_certificate(certificate.serial_number, certificate.issuer.rfc4514_string())


def test_new_entries_touch_their_certificates() -> None:
    before = read_crl(crl(ROOT, entry(ONE)))
    after = read_crl(crl(ROOT, entry(ONE), entry(TWO)))
    assert touched(by_list(after, before)) == [TWO]
    assert by_list(after, before).revoked == 1
    assert touched(by_list(after, None)) == [ONE, TWO]
    assert by_list(after, after).is_nothing
    assert by_list(before, after).is_nothing, "an entry that goes takes nothing away"


def test_an_earlier_date_of_an_entry_touches_it() -> None:
    before = read_crl(crl(ROOT, entry(ONE, invalid_from=NOW - HOUR)))
    after = read_crl(crl(ROOT, entry(ONE)))
    assert touched(by_list(after, before)) == [ONE]


def test_taking_an_entry_back_touches_nothing() -> None:
    after = read_crl(crl(ROOT, entry(ONE, reason=x509.ReasonFlags.remove_from_crl)))
    assert by_list(after, None).is_nothing


def test_less_knowledge_touches_everything_of_the_issuer() -> None:
    long, short = read_crl(crl(ROOT, end=NOW + 2 * DAY)), read_crl(crl(ROOT, end=NOW + DAY))
    assert touched(by_list(None, long)) == [ONE, TWO]
    assert touched(by_list(short, long)) == [ONE, TWO]
    assert by_list(long, short).is_nothing
    assert not by_list(None, read_crl(crl(OTHER))).touches(mark_of(ONE))
    assert by_list(None, None).is_nothing


def test_a_response_touches_its_certificate() -> None:
    good, longer = read_ocsp(ocsp_answer(ROOT, ONE)), read_ocsp(ocsp_answer(ROOT, ONE, end=NOW + 2 * DAY))
    revoked = read_ocsp(ocsp_answer(ROOT, ONE, ocsp.OCSPCertStatus.REVOKED))
    endless = read_ocsp(ocsp_answer(ROOT, ONE, end=None))
    assert by_answer(good, None).is_nothing
    assert by_answer(longer, good).is_nothing
    for after, before in ((good, longer), (endless, good), (revoked, good), (revoked, None), (None, good)):
        assert touched(by_answer(after, before)) == [ONE]
    assert by_answer(revoked, good).revoked == 1
    assert by_answer(None, None).is_nothing


@pytest.mark.parametrize("mark", ["key:7", "certificate:", "certificate:ff", "digest:sha256:00", ""])
def test_other_marks_are_never_touched(mark: str) -> None:
    assert not Narrowed(None, None).touches(mark)


def test_lists_of_other_kinds_and_keys_have_scopes_of_their_own() -> None:
    def point(**words: bool) -> x509.IssuingDistributionPoint:
        asked = {"only_contains_user_certs": False, "only_contains_ca_certs": False, **words}
        return x509.IssuingDistributionPoint(
            full_name=None,
            relative_name=None,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
            **asked,
        )

    key = x509.AuthorityKeyIdentifier(b"\1" * 20, None, None)
    lists = [
        crl(ROOT),
        crl(OTHER),
        crl(ROOT, extensions=[(point(only_contains_user_certs=True), True)]),
        crl(ROOT, extensions=[(point(only_contains_ca_certs=True), True)]),
        crl(ROOT, extensions=[(x509.DeltaCRLIndicator(1), True)]),
        crl(ROOT, extensions=[(key, False)]),
    ]
    scopes = {scope_of_crl(read_crl(one).crl) for one in lists}
    assert len(scopes) == len(lists)
    assert scope_of_crl(read_crl(crl(ROOT, entry(ONE))).crl) in scopes
    named = [scope_of_ocsp(read_ocsp(ocsp_answer(ROOT, one)).response) for one in (ONE, TWO)]
    assert named[0] != named[1]


def test_a_long_scope_is_cut_and_goes_on_to_differ() -> None:
    urls = ("http://a.test/" + "x" * 500, "http://a.test/" + "x" * 501)
    scopes = []
    for url in urls:
        point = x509.IssuingDistributionPoint(
            [x509.UniformResourceIdentifier(url)], None, False, False, None, False, False
        )
        scopes.append(scope_of_crl(read_crl(crl(ROOT, extensions=[(point, True)])).crl))
    assert scopes[0] != scopes[1]
    assert max(map(len, scopes)) < 500


@pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x82", b"\x30\x03\x0a\x01\x00", b"\x30\x84\0\0\0\0"])
def test_fragments_are_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_either(content)
