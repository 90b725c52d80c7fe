"""Which names an authority may certify (RFC 5280, section 4.2.1.10)."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.authorities import (
    CODE_SIGNING,
    FULCIO,
    NOW,
    Authority,
    Holder,
    authority_extensions,
    leaf_extensions,
    subject_of,
    username,
)

from pratique.trust.certificates import ChainInvalid, name_forms, read_certificate, validate_chain
from pratique.trust.certificates.der import SEQUENCE, write_element


def email(value: str) -> x509.GeneralName:
    return x509.RFC822Name(value)


def uri(value: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(value)


def dns(value: str) -> x509.GeneralName:
    return x509.DNSName(value)


def address(value: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(value))


def network(value: str) -> x509.GeneralName:
    return x509.IPAddress(ip_network(value))


def limited(
    permitted: Sequence[x509.GeneralName] | None, excluded: Sequence[x509.GeneralName] | None = None
) -> Authority:
    constraints = x509.NameConstraints(permitted or None, excluded or None)
    return Authority.new(extensions=[*authority_extensions(), (constraints, True)])


def problem(root: Authority, *names: x509.GeneralName, subject: x509.Name | None = None) -> str | None:
    """Why a leaf with these names is refused; None where it is not."""
    alternative = [(x509.SubjectAlternativeName(names), True)] if names else []
    leaf = root.issue(subject or x509.Name([]), extensions=[*leaf_extensions(), *alternative])
    return _problem(leaf, root)


def _problem(leaf: Holder, root: Authority) -> str | None:
    try:
        validate_chain(leaf.certificate, leaf.above[:-1], [root.certificate], NOW, eku=CODE_SIGNING)
    except ChainInvalid as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        (email("me@example.com"), email("me@EXAMPLE.com"), email("Me@example.com")),
        (email("example.com"), email("you@example.com"), email("you@sub.example.com")),
        (email(".example.com"), email("you@sub.example.com"), email("you@example.com")),
        (uri("example.com"), uri("https://example.com:8443/a?b"), uri("https://sub.example.com/")),
        (uri(".example.com"), uri("spiffe://sub.example.com/x"), uri("https://example.com/")),
        (uri("example.com"), uri("https://example.com/a"), uri("https://example.com.evil.test/a")),
        (uri("example.com"), uri("https://u@EXAMPLE.com"), uri("https://example.com@evil.test/")),
        (dns("example.com"), dns("a.b.example.com"), dns("badexample.com")),
        (dns("example.com"), dns("EXAMPLE.com"), dns("com")),
        (dns(".example.com"), dns("a.example.com"), dns("example.com")),
        (network("10.0.0.0/8"), address("10.1.2.3"), address("11.0.0.1")),
        (network("2001:db8::/32"), address("2001:db8::1"), address("2001:db9::1")),
        (network("10.0.0.0/8"), address("10.1.2.3"), address("2001:db8::1")),
    ],
)
def test_names_lie_within_or_without(
    constraint: x509.GeneralName, inside: x509.GeneralName, outside: x509.GeneralName
) -> None:
    permitting, excluding = limited([constraint]), limited(None, [constraint])
    assert problem(permitting, inside) is None
    assert "is not one that its authority may certify" in (problem(permitting, outside) or "")
    assert "is excluded" in (problem(excluding, inside) or "")
    assert problem(excluding, outside) is None


def test_every_name_must_be_permitted() -> None:
    root = limited([email("example.com"), email("example.org")])
    assert problem(root, email("a@example.com"), email("a@example.org")) is None
    assert problem(root, email("a@example.com"), email("a@example.net"))


def test_a_form_that_is_not_constrained_is_free() -> None:
    assert problem(limited([dns("example.com")]), email("a@example.net")) is None


def test_other_names_are_of_one_form_where_their_type_is_one() -> None:
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x01a")
    assert problem(limited([other]), username("a")) is None
    assert problem(limited([other]), email("a@example.com")) is None
    assert problem(limited([email("example.com")]), username("a")) is None


def test_an_empty_subject_is_no_name() -> None:
    organization = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "example")])
    assert problem(limited([x509.DirectoryName(organization)]), email("a@example.com")) is None


def test_an_exclusion_goes_before_a_permission() -> None:
    root = limited([email(".example.com"), email("example.com")], [email("evil.example.com")])
    assert problem(root, email("a@good.example.com")) is None
    assert "is excluded" in (problem(root, email("a@evil.example.com")) or "")


@pytest.mark.parametrize(
    ("constraint", "name"),
    [
        (uri("example.com"), uri("urn:example:com")),
        (uri("example.com"), uri("https://192.0.2.1/")),
        (uri("example.com"), uri("https://[2001:db8::1]/")),
        (uri("example.com"), uri("https://[broken/")),
        (uri("example.com"), uri("https://evil.test\\@example.com/")),
        (uri("example.com"), uri("https://exa mple.com/")),
        (email("example.com"), x509.RFC822Name._init_without_validation("example.com")),
        (email("example.com"), x509.RFC822Name._init_without_validation("a@evil.test@example.com")),
        (dns("example.com"), dns("*.example.com")),
        (x509.OtherName(x509.ObjectIdentifier(f"{FULCIO}.7"), b"\x0c\x01a"), username("a")),
        (
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        ),
    ],
)
def test_what_cant_be_compared_is_refused(constraint: x509.GeneralName, name: x509.GeneralName) -> None:
    assert "can't be compared" in (problem(limited([constraint]), name) or "")
    assert "can't be compared" in (problem(limited(None, [constraint]), name) or "")


def test_the_subject_is_a_name_too() -> None:
    root = limited(
        [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "example")]))]
    )
    assert problem(root, subject=subject_of("anybody")) is None
    elsewhere = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "elsewhere")])
    assert "may certify" in (problem(root, subject=elsewhere) or "")


def test_an_address_in_the_subject_counts_where_there_are_no_other_names() -> None:
    root = limited([email("example.com")])
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.net")])
    assert "may certify" in (problem(root, subject=subject) or "")
    assert problem(root, email("a@example.com"), subject=subject) is None


def test_constraints_hold_for_all_below() -> None:
    root = limited([email("example.com")])
    issuing = root.issue_authority("issuing", extensions=authority_extensions())
    names = x509.SubjectAlternativeName([email("a@example.net")])
    leaf = issuing.issue(extensions=[*leaf_extensions(), (names, True)])
    assert "may certify" in (_problem(leaf, root) or "")
    outside = root.issue_authority("issuing", extensions=[*authority_extensions(), (names, False)])
    assert "may certify" in (_problem(outside.issue(), root) or "")


def test_an_authority_that_renews_its_own_key_is_not_held_to_them() -> None:
    root = limited([email("example.com")])
    names = x509.SubjectAlternativeName([email("ca@example.net")])
    renewed = root.issue_authority("root", extensions=[*authority_extensions(), (names, False)])
    assert _problem(renewed.issue(), root) is None


def test_a_crowd_of_names_ends_in_a_reason() -> None:
    root = limited([email(f"{number}.example.com") for number in range(150)])
    names = [email(f"a@{number}.example.com") for number in range(100)]
    assert "too many names" in (problem(root, *names) or "")


def test_a_subtree_with_a_minimum_is_refused() -> None:
    """Written by hand: no library writes what the profile forbids."""
    base = b"\x82\x0bexample.com"
    subtree = write_element(SEQUENCE, base + b"\x80\x01\x02")
    value = write_element(SEQUENCE, write_element(0xA0, subtree))
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), value)
    root = Authority.new(extensions=[*authority_extensions(), (extension, True)])
    read = read_certificate(root.certificate.public_bytes(Encoding.DER))
    leaf = root.issue()
    with pytest.raises(ChainInvalid, match="minimum or maximum"):
        validate_chain(leaf.certificate, (), [read], NOW, eku=CODE_SIGNING)


@pytest.mark.parametrize(
    ("within", "name"),
    [
        (name_forms.email, "a@"),
        (name_forms.email, "@example.com"),
        (name_forms.email, "a@ex\u00e4mple.com"),
        (name_forms.uri, "https://exa\tmple.com/"),
        (name_forms.uri, "https://ex\u00e4mple.com/"),
        (name_forms.uri, "https:///path"),
        (name_forms.dns, "ex\u00e4mple.com"),
    ],
)
def test_names_that_parsers_disagree_about_are_not_compared(
    within: Callable[[str, str], bool], name: str
) -> None:
    with pytest.raises(name_forms.NotComparable):
        within(name, "example.com")


@pytest.mark.parametrize(
    ("within", "name"),
    [
        (name_forms.email, "a@b.example"),
        (name_forms.uri, "https://b.example/"),
        (name_forms.dns, "b.example"),
    ],
)
def test_an_empty_constraint_is_about_every_name(within: Callable[[str, str], bool], name: str) -> None:
    assert within(name, "")


def test_a_dot_at_the_end_of_a_host_is_no_difference() -> None:
    assert name_forms.dns("A.Example.COM.", "example.com")
    assert name_forms.uri("https://Example.COM./", "example.com")
