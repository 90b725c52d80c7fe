"""What each certificate of a path must be: every rule of RFC 5280 kept once and broken once."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from tests.authorities import (
    CODE_SIGNING,
    NOW,
    TIME_STAMPING,
    Authority,
    Extension,
    PrivateKey,
    authority_extensions,
    key_usage,
    leaf_extensions,
)
from tests.unit.trust.certificates.paths import path_of, refused, signed_with_sha1

from pratique.trust.certificates import (
    validate_chain,
)

ANY_USE = x509.ObjectIdentifier("2.5.29.37.0")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.new()


# --- authorities --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([(key_usage("key_cert_sign"), True)], "is not a certificate authority"),
        ([(x509.BasicConstraints(ca=False, path_length=None), True)], "is not a certificate authority"),
        (
            [(x509.BasicConstraints(ca=True, path_length=None), True), (key_usage("crl_sign"), True)],
            "may not sign certificates",
        ),
        (authority_extensions(eku=TIME_STAMPING), "is limited to other uses than codeSigning"),
        ([*authority_extensions(), (UNKNOWN, True)], "critical extension 1.2.3.4"),
        (
            [
                *authority_extensions(),
                (x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None), True),
            ],
            "critical extension 2.5.29.36",
        ),
    ],
)
@pytest.mark.parametrize("is_anchor", [False, True])
def test_an_authority_must_be_one(extensions: list[Extension], reason: str, *, is_anchor: bool) -> None:
    root = Authority.new("root", extensions=extensions if is_anchor else None)
    issuing = root.issue_authority("issuing", extensions=None if is_anchor else extensions)
    assert reason in refused(issuing.issue(), [root.certificate])


@pytest.mark.parametrize(
    "extensions",
    [
        [(x509.BasicConstraints(ca=True, path_length=None), False)],
        authority_extensions(eku=CODE_SIGNING),
        authority_extensions(eku=ANY_USE),
        [*authority_extensions(), (UNKNOWN, False)],
    ],
)
def test_an_authority_may_be_less_and_more_limited(root: Authority, extensions: list[Extension]) -> None:
    leaf = root.issue_authority("issuing", extensions=extensions).issue()
    assert path_of(leaf, root) == leaf.chain


def test_the_length_of_a_path_is_limited_by_those_in_it() -> None:
    root = Authority.new(extensions=authority_extensions(path_length=1))
    first = root.issue_authority("first", path_length=0)
    assert len(path_of(first.issue(), root)) == 3
    second = first.issue_authority("second")
    assert "'CN=first,O=example' allows 0 authorities below it, there are 1" in refused(
        second.issue(), [root.certificate]
    )
    third = root.issue_authority("open").issue_authority("third").issue()
    assert "'CN=root,O=example' allows 1 authorities below it, there are 2" in refused(
        third, [root.certificate]
    )


def test_an_authority_that_renews_its_own_key_is_not_counted() -> None:
    root = Authority.new(extensions=authority_extensions(path_length=0))
    renewed = root.issue_authority("root")
    assert len(path_of(renewed.issue(), root)) == 3


# --- the leaf -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([], "is not for codeSigning"),
        (leaf_extensions(TIME_STAMPING), "is not for codeSigning"),
        (leaf_extensions(ANY_USE), "is not for codeSigning"),
        ([(key_usage("key_agreement"), True), *leaf_extensions()[1:]], "may not make signatures"),
        ([(key_usage("content_commitment"), True), *leaf_extensions()[1:]], "may not make signatures"),
        (
            [(x509.BasicConstraints(ca=True, path_length=None), True), *leaf_extensions()],
            "is a certificate authority",
        ),
        ([*leaf_extensions(), (UNKNOWN, True)], "critical extension 1.2.3.4"),
        ([*leaf_extensions(), (x509.PrecertPoison(), True)], "critical extension 1.3.6.1.4.1.11129.2.4.3"),
        (
            [*leaf_extensions(), (x509.NameConstraints([x509.DNSName("example.com")], None), True)],
            "critical extension 2.5.29.30",
        ),
    ],
)
def test_a_leaf_must_be_for_signing_code(root: Authority, extensions: list[Extension], reason: str) -> None:
    assert reason in refused(root.issue(extensions=extensions), [root.certificate])


def test_without_a_use_in_question_none_is_asked_for(root: Authority) -> None:
    leaf = root.issue(extensions=[])
    assert validate_chain(leaf.certificate, (), [root.certificate], NOW, eku=None) == leaf.chain


def test_a_leaf_for_timestamps_may_be_for_commitments_only(root: Authority) -> None:
    extensions = [(key_usage("content_commitment"), True), *leaf_extensions(TIME_STAMPING)[1:]]
    leaf = root.issue(extensions=extensions)
    assert validate_chain(leaf.certificate, (), [root.certificate], NOW, eku=TIME_STAMPING) == leaf.chain


# --- keys and hashes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("private", "weakness"),
    [
        (rsa.generate_private_key(65_537, 1_024), "an RSA key of 1024 bits"),  # noqa: S505 - to be refused
        (ec.generate_private_key(ec.SECP256K1()), "a key on the curve secp256k1"),
        (ec.generate_private_key(ec.SECP224R1()), "a key on the curve secp224r1"),
        (ed448.Ed448PrivateKey.generate(), "a key of an algorithm that is not taken"),
    ],
)
def test_weak_keys_are_refused_wherever_they_are(root: Authority, private: PrivateKey, weakness: str) -> None:
    assert weakness in refused(root.issue(private=private), [root.certificate])
    weak = root.issue_authority("weak", private=private)
    assert weakness in refused(weak.issue(), [root.certificate])
    anchor = Authority.new(private=private)
    assert weakness in refused(anchor.issue(), [anchor.certificate])


@pytest.mark.parametrize(
    "private",
    [
        rsa.generate_private_key(65_537, 2_048),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
)
def test_strong_keys_sign(private: PrivateKey) -> None:
    root = Authority.new(private=private)
    leaf = root.issue(private=private)
    assert path_of(leaf, root) == leaf.chain


@pytest.mark.parametrize(
    ("hashed", "name"),
    [
        (hashes.SHA224(), "SHA224"),
        (hashes.SHA3_256(), "SHA3-256"),
    ],
)
def test_certificates_signed_with_other_hashes_are_refused(
    root: Authority, hashed: hashes.HashAlgorithm, name: str
) -> None:
    assert f"a signature with {name}" in refused(root.issue(hashed=hashed), [root.certificate])


def test_certificatessigned_with_sha1_are_refused(root: Authority) -> None:
    old = signed_with_sha1(root)
    assert "a signature with SHA1" in refused(old, [root.certificate])


def test_the_signature_of_an_anchor_is_of_no_matter() -> None:
    root = Authority.new(hashed=hashes.SHA224())
    leaf = root.issue()
    assert path_of(leaf, root) == leaf.chain


def test_a_forged_signature_leads_nowhere(root: Authority) -> None:
    forger = Authority.new()
    leaf = forger.issue(issuer=root.certificate.subject)
    assert "no chain leads" in refused(leaf, [root.certificate], ())


def test_names_and_signature_must_both_fit(root: Authority) -> None:
    leaf = root.issue(issuer=x509.Name([]))
    assert "no chain leads" in refused(leaf, [root.certificate], ())
