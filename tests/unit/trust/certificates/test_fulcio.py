"""Whom a certificate is for, and whether somebody trusts them."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509 import ObjectIdentifier as Oid
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import (
    FULCIO,
    ISSUER,
    Authority,
    Extension,
    Holder,
    fact,
    fulcio_leaf,
    leaf_extensions,
    raw_fact,
    username,
)

from pratique.errors import BadRequest
from pratique.trust.certificates import (
    check_extensions,
    check_pattern,
    matches,
    read_certificate,
    read_identity,
)
from pratique.trust.certificates.fulcio import FACT_NAMES, CertificateIdentity
from pratique.trust.certificates.fulcio.identity import FACTS
from pratique.trust.parties import IdentityParty
from pratique.trust.strict import Unreadable

ROOT = Authority.new()
WORKFLOW = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1"
EMAIL = x509.RFC822Name("someone@example.com")
PARTY = IdentityParty("identity:1", ISSUER, WORKFLOW, None)
WHO = CertificateIdentity(ISSUER, WORKFLOW, "uri", {"issuer": ISSUER, "runner_environment": "github-hosted"})


def identity_of(leaf: Holder) -> CertificateIdentity:
    return read_identity(read_certificate(leaf.der))


def made(*extensions: Extension, names: list[x509.GeneralName] | None = None) -> Holder:
    alternative = (x509.SubjectAlternativeName([EMAIL] if names is None else names), True)
    return ROOT.issue(x509.Name([]), extensions=[*leaf_extensions(), alternative, *extensions])


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("san", "san_type", "name"),
    [
        (EMAIL, "email", "someone@example.com"),
        (x509.UniformResourceIdentifier(WORKFLOW), "uri", WORKFLOW),
        (x509.UniformResourceIdentifier("spiffe://example.com/a"), "uri", "spiffe://example.com/a"),
        (username("jörg!example.com"), "other", "jörg!example.com"),
    ],
)
def test_the_name_is_of_one_of_three_types(san: x509.GeneralName, san_type: str, name: str) -> None:
    who = identity_of(fulcio_leaf(ROOT, san))
    assert (who.san_type, who.name, who.issuer) == (san_type, name, ISSUER)


def test_every_extension_of_the_directory_is_a_fact() -> None:
    extensions = [
        (raw_fact(arc, f"value {arc}") if arc < 7 else fact(arc, f"value {arc}"), False)
        for arc in FACTS
        if arc not in {1, 8}
    ]
    who = identity_of(made(*extensions, (fact(8, ISSUER), False)))
    expected = {name: f"value {arc}" for arc, name in FACTS.items() if name != "issuer"}
    assert who.extensions == {**expected, "issuer": ISSUER}
    assert len(FACT_NAMES) == 22


def test_a_fact_may_be_long() -> None:
    assert identity_of(made((fact(9, "a" * 4_096), False))).extensions["build_signer_uri"] == "a" * 4_096


def test_facts_that_came_later_are_called_by_their_identifier() -> None:
    who = identity_of(made((fact(99, "new"), False), (fact(9, "known"), False)))
    assert who.extensions == {f"{FULCIO}.99": "new", "build_signer_uri": "known"}


def test_what_is_elsewhere_is_no_fact() -> None:
    others = [
        x509.UnrecognizedExtension(Oid(f"{FULCIO}.9.1"), b"x"),
        x509.UnrecognizedExtension(Oid("1.3.6.1.4.1.57264.2"), b"x"),
        x509.UnrecognizedExtension(Oid(f"{FULCIO}.7"), b"x"),
    ]
    assert identity_of(made(*((each, False) for each in others))).extensions == {}


@pytest.mark.parametrize("arc", [1, 8])
def test_one_name_of_the_issuer_is_enough(arc: int) -> None:
    issuer = raw_fact(1, ISSUER) if arc == 1 else fact(8, ISSUER)
    assert identity_of(made((issuer, False))).issuer == ISSUER


def test_without_an_issuer_nobody_is_matched() -> None:
    who = identity_of(made())
    assert who.issuer == ""
    assert matches(replace(PARTY, issuer=""), replace(who, name=WORKFLOW)) == "its issuer is '', not ''"


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        (made((raw_fact(1, ISSUER), False), (fact(8, "https://other.example"), False)), "names two issuers"),
        (made((raw_fact(8, ISSUER), False)), "DER tag|ends within|not DER"),
        (made((fact(1, ISSUER), False)), "control characters"),
        (
            made((x509.UnrecognizedExtension(Oid(f"{FULCIO}.9"), b"\x16\x01a"), False)),
            "tag 0x16 is there instead of 0x0c",
        ),
        (made((x509.UnrecognizedExtension(Oid(f"{FULCIO}.9"), b"\x0c\x01a\x00"), False)), "trailing bytes"),
        (made((x509.UnrecognizedExtension(Oid(f"{FULCIO}.2"), b"\xff"), False)), "not UTF-8"),
        (made((fact(9, "a\x00b"), False)), "control characters"),
        (made((fact(9, "a\u202eb"), False)), "control characters"),
        (made((fact(9, "a" * 4_097), False)), "more than 4096 bytes"),
        (made(names=[EMAIL, EMAIL]), "2 subject alternative names"),
        (made(names=[EMAIL, x509.UniformResourceIdentifier(WORKFLOW)]), "2 subject alternative names"),
        (made(names=[x509.DNSName("example.com")]), "is no email address"),
        (made(names=[x509.OtherName(Oid("1.2.3"), b"\x0c\x01a")]), "is no email address"),
        (made(names=[x509.OtherName(Oid(f"{FULCIO}.7"), b"\x16\x01a")]), "tag 0x16"),
        (ROOT.issue(), "0 subject alternative names"),
    ],
)
def test_an_identity_is_one(leaf: Holder, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        identity_of(leaf)


@given(st.binary(max_size=40), st.sampled_from([1, 2, 8, 9, 21, 40]))
def test_whatever_an_extension_holds_is_read_or_refused(value: bytes, arc: int) -> None:
    leaf = made((x509.UnrecognizedExtension(Oid(f"{FULCIO}.{arc}"), value), False))
    facts: Mapping[str, str] = {}
    with contextlib.suppress(Unreadable):
        facts = identity_of(leaf).extensions
    assert all(text.isprintable() for text in facts.values())


# --- matching -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "party",
    [
        PARTY,
        replace(PARTY, san_type="uri"),
        replace(PARTY, extensions={"runner_environment": "github-hosted"}),
        replace(PARTY, identity=None, pattern=r"https://github\.com/acme/.*"),
        replace(PARTY, identity=None, pattern=r"^https://github\.com/acme/app/.*@refs/tags/v\d+$"),
    ],
)
def test_who_is_meant_is_matched(party: IdentityParty) -> None:
    assert matches(party, WHO) is None


@pytest.mark.parametrize(
    ("party", "reason"),
    [
        (replace(PARTY, issuer=ISSUER + "/"), "its issuer is 'https://issuer.example', not"),
        (replace(PARTY, san_type="email"), "its name is of the type uri, not email"),
        (replace(PARTY, identity=WORKFLOW.upper()), "its name 'https://github.com/acme/app"),
        (replace(PARTY, identity=""), "its name"),
        (replace(PARTY, identity=None), "is not None"),
        (replace(PARTY, pattern=".*"), "its name"),
        (replace(PARTY, identity=None, pattern="github\\.com/acme/app"), "its name"),
        (replace(PARTY, identity=None, pattern="https://a\\.b/"), r"is not 'https://a\\.b/'"),
        (replace(PARTY, identity=None, pattern="("), "its name"),
        (replace(PARTY, extensions={"runner_environment": "self-hosted"}), "is 'github-hosted', not"),
        (replace(PARTY, extensions={"source_repository_uri": "x"}), "it has no source_repository_uri"),
        (replace(PARTY, extensions={"runner_environment": ""}), "is 'github-hosted', not ''"),
    ],
)
def test_who_is_not_meant_is_told_why(party: IdentityParty, reason: str) -> None:
    assert reason in (matches(party, WHO) or "")


def test_nobody_has_no_name() -> None:
    assert matches(replace(PARTY, identity=""), replace(WHO, name=""))


def test_a_pattern_is_about_the_whole_name() -> None:
    """Those of cosign are found anywhere: `https://github.com/acme` would trust acme-evil."""
    party = replace(PARTY, identity=None, pattern=r"https://github\.com/acme")
    assert matches(party, replace(WHO, name="https://github.com/acme-evil"))
    assert matches(party, replace(WHO, name="x https://github.com/acme"))
    assert matches(party, replace(WHO, name="https://github.com/acme\n"))
    assert matches(party, replace(WHO, name="https://github.com/acme")) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"https://github\.com/acme/.*",
        r"[^@]+@example\.com",
        r"(?i).*@EXAMPLE\.com",
        r"\Qa.b@example.com\E",
        r"(alice|carol)@example\.org",
        "a" * 1_000,
    ],
)
def test_patterns_that_say_something_are_taken(pattern: str) -> None:
    check_pattern(pattern)
    assert matches(replace(PARTY, identity=None, pattern=pattern), replace(WHO, name="nobody"))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "1 to 1000 characters"),
        ("a" * 1_001, "1 to 1000 characters"),
        ("(", "not RE2: missing"),
        (r"(?=x)acme", "not RE2"),
        (r"(a)\1", "not RE2"),
        (".*", "matches an empty name"),
        ("(acme)?", "matches an empty name"),
        ("acme|", "matches an empty name"),
        ("^$", "matches an empty name"),
        (".+", "no literal part"),
        ("[a-z]+", "no literal part"),
        (r"\w+", "no literal part"),
        (".+@.+", "no literal part"),
        (r"[^@]+@[^@]+\.[a-z]+", "no literal part"),
        (".+://.+", "no literal part"),
        ("https://acme/.+|.+", "no literal part"),
        (".+(acme)?", "no literal part"),
    ],
)
def test_patterns_that_say_nothing_are_refused(pattern: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        check_pattern(pattern)


@given(st.text(max_size=60))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    taken = False
    with contextlib.suppress(BadRequest):
        check_pattern(text)
        taken = True
    assert not taken or matches(replace(PARTY, identity=None, pattern=text), replace(WHO, name=""))


def test_extensions_that_are_asked_for_exist() -> None:
    check_extensions(["source_repository_uri", "token_subject"])
    for name in ("issuer", "source_repo", f"{FULCIO}.9"):
        with pytest.raises(BadRequest, match="there is no extension"):
            check_extensions([name])
