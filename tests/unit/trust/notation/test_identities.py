"""Trusted identities: how they are written, and whose certificate they match."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority

from pratique.errors import BadRequest
from pratique.trust.notation.identities import check_apart, matches_subject, read_subject

ROOT = Authority.new()
COUNTRY, STATE, ORGANIZATION, UNIT, NAME = "2.5.4.6", "2.5.4.8", "2.5.4.10", "2.5.4.11", "2.5.4.3"


def subject(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Certificate:
    named = [x509.NameAttribute(kind, value) for kind, value in attributes]
    return ROOT.issue(x509.Name(named)).certificate


ACME = (
    (NameOID.COUNTRY_NAME, "US"),
    (NameOID.STATE_OR_PROVINCE_NAME, "WA"),
    (NameOID.ORGANIZATION_NAME, "acme, inc."),
    (NameOID.COMMON_NAME, "release"),
)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (r"x509.subject: C=US, ST=WA, O=acme\, inc.", ORGANIZATION, "acme, inc."),
        (r"x509.subject:C=US,ST=WA,O=acme", ORGANIZATION, "acme"),
        (r"x509.subject: C=US; S=WA; O=acme", STATE, "WA"),
        (r"x509.subject: c=US, st=WA, o=acme", COUNTRY, "US"),
        (r"x509.subject: C=US, ST=WA, O=acme, 2.5.4.3=release", NAME, "release"),
        (r"x509.subject: C=US, ST=WA, O=\ acme\ ", ORGANIZATION, " acme "),
        (r"x509.subject: C=US, ST=WA, O=acme\\\ , CN=x", ORGANIZATION, "acme\\ "),
        (r"x509.subject: C=US, ST=WA, O=acme\\ , CN=x", ORGANIZATION, "acme\\"),
        (r"x509.subject: C=US, ST=WA, O=caf\C3\A9", ORGANIZATION, "café"),
        (r"x509.subject: C=US, ST=WA, O=a=b", ORGANIZATION, "a=b"),
        (r"x509.subject: C=US, ST=WA, O=\#1", ORGANIZATION, "#1"),
    ],
)
def test_a_name_is_read_as_it_is_meant(text: str, kind: str, value: str) -> None:
    assert read_subject(text)[kind] == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x509.subject: ST=WA, O=acme", "has no C"),
        ("x509.subject: C=US, O=acme", "has no ST"),
        ("x509.subject: C=US, ST=WA", "has no O"),
        ("x509.subject: C=US, ST=WA, O=acme, O=other", "twice"),
        ("x509.subject: C=US, ST=WA, S=WA, O=acme", "twice"),
        ("x509.subject: C=US+ST=WA, O=acme", "several attributes"),
        ('x509.subject: C=US, ST=WA, O="acme"', "escaped"),
        ("x509.subject: C=US, ST=WA, O=#0401", "hexadecimal"),
        ("x509.subject: C=US, ST=WA, O=", "empty"),
        ("x509.subject: C=US, ST=WA, O=acme,", "not a distinguished name"),
        ("x509.subject: ", "not a distinguished name"),
        ("x509.subject: C=US, ST=WA, O=acme, HOUSE=1", "known type"),
        ("x509.subject: C=US, ST=WA, O=acme, CN", "known type"),
        (r"x509.subject: C=US, ST=WA, O=\FF", "UTF-8"),
        ("x509.subject: C=US, ST=WA, O=acme\\", "escaped"),
        ("CN=release", "start with"),
        ("*", "start with"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        read_subject(text)


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (r"C=US, ST=WA, O=acme\, inc.", True),
        (r"C=US, ST=WA, O=acme\, inc., CN=release", True),
        (r"CN=release, O=acme\, inc., ST=WA, C=US", True),
        (r"C=US, ST=WA, O=Acme\, inc.", False),
        (r"C=US, ST=WA, O=acme\, inc., CN=release2", False),
        (r"C=US, ST=WA, O=acme\, inc., OU=anything", False),
        (r"C=US, ST=OR, O=acme\, inc.", False),
    ],
)
def test_each_attribute_that_is_named_must_be_the_same(wanted: str, matches: bool) -> None:
    assert matches_subject(read_subject(f"x509.subject: {wanted}"), subject(*ACME)) is matches


def test_an_attribute_that_a_certificate_has_twice_matches_nothing() -> None:
    twice = subject(
        *ACME, (NameOID.ORGANIZATIONAL_UNIT_NAME, "one"), (NameOID.ORGANIZATIONAL_UNIT_NAME, "two")
    )
    base = r"x509.subject: C=US, ST=WA, O=acme\, inc."
    assert matches_subject(read_subject(base), twice)
    assert not matches_subject(read_subject(f"{base}, OU=one"), twice)
    assert not matches_subject(read_subject(f"{base}, OU=two"), twice)


def test_one_name_is_not_a_part_of_another() -> None:
    wide, narrow, other = (
        read_subject(f"x509.subject: C=US, ST=WA, {more}") for more in ("O=a", "O=a, CN=b", "O=c")
    )
    check_apart([wide, other])
    check_apart([narrow, other])
    for pair in ([wide, narrow], [narrow, wide], [wide, wide]):
        with pytest.raises(BadRequest, match="overlap"):
            check_apart(pair)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        found = read_subject(f"x509.subject: C=US, ST=WA, {text}")
    except BadRequest:
        return
    assert {COUNTRY, STATE, ORGANIZATION} <= found.keys()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20))
def test_a_value_that_is_escaped_is_itself(value: str) -> None:
    escaped = "".join(f"\\{byte:02x}" for byte in value.encode())
    assert read_subject(f"x509.subject: C=US, ST=WA, O={escaped}")[ORGANIZATION] == value
