"""Paths to an anchor: every rule of RFC 5280 that is checked, kept once and broken once."""

from collections.abc import Sequence

import pytest
from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from tests.authorities import (
    CODE_SIGNING,
    NOW,
    START,
    TIME_STAMPING,
    Authority,
    Extension,
    Holder,
    PrivateKey,
    authority_extensions,
    key_usage,
    leaf_extensions,
)

from pratique.clock import DAY, SECOND, Moment
from pratique.trust.certificates import (
    ChainInvalid,
    has_path,
    is_self_signed,
    read_certificate,
    validate_chain,
)

ANY_USE = x509.ObjectIdentifier("2.5.29.37.0")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
PREDATES = START - DAY


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.new(start=PREDATES)


@pytest.fixture(scope="module")
def issuing(root: Authority) -> Authority:
    return root.issue_authority("issuing", eku=CODE_SIGNING)


def refused(
    leaf: Holder,
    anchors: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate] | None = None,
    *,
    at: int = NOW,
) -> str:
    """The reason why a leaf's chain (the certificates above it unless others are given) is no path."""
    given = leaf.above[:-1] if intermediates is None else intermediates
    with pytest.raises(ChainInvalid) as caught:
        validate_chain(leaf.certificate, given, anchors, Moment(at), eku=CODE_SIGNING)
    return str(caught.value)


def path_of(leaf: Holder, root: Authority, *, at: int = NOW) -> tuple[x509.Certificate, ...]:
    return validate_chain(leaf.certificate, leaf.above[:-1], [root.certificate], Moment(at), eku=CODE_SIGNING)


# --- who leads to whom --------------------------------------------------------------------------------------------


def test_a_path_goes_from_the_leaf_to_the_anchor(root: Authority, issuing: Authority) -> None:
    leaf = issuing.issue()
    assert path_of(leaf, root) == leaf.chain


def test_an_authority_given_as_a_chain_helps_itself(issuing: Authority) -> None:
    leaf = issuing.issue()
    path = validate_chain(leaf.certificate, (), [issuing.chain], NOW, eku=CODE_SIGNING)
    assert path == leaf.chain


def test_an_intermediate_may_be_the_anchor(issuing: Authority) -> None:
    leaf = issuing.issue()
    path = validate_chain(leaf.certificate, (), [issuing.certificate], NOW, eku=CODE_SIGNING)
    assert path == leaf.chain[:2]


def test_a_root_that_comes_along_is_never_trusted(root: Authority, issuing: Authority) -> None:
    leaf = issuing.issue()
    other = Authority.new("another root").certificate
    assert "no chain leads from its issuer" in refused(leaf, [other], leaf.above)
    assert "no chain leads" in refused(leaf, [], [*leaf.above, root.certificate])


def test_a_root_of_the_same_name_with_another_key_is_another(issuing: Authority) -> None:
    assert "no chain leads" in refused(issuing.issue(), [Authority.new().certificate])


def test_a_missing_intermediate_is_missed(root: Authority, issuing: Authority) -> None:
    assert "no chain leads from its issuer 'CN=issuing,O=example'" in refused(
        issuing.issue(), [root.certificate], ()
    )


def test_the_leaf_is_not_its_own_anchor(root: Authority) -> None:
    leaf = root.issue()
    assert "no chain leads" in refused(leaf, [leaf.certificate], ())
    assert "no chain leads" in refused(Holder(root.certificate, root.private), [root.certificate], ())


def test_of_several_issuers_of_one_name_the_one_that_signed_is_found(root: Authority) -> None:
    twins = [root.issue_authority("twin") for _ in range(4)]
    leaf = twins[2].issue()
    path = validate_chain(
        leaf.certificate, [each.certificate for each in twins], [root.certificate], NOW, eku=CODE_SIGNING
    )
    assert path == leaf.chain


def test_of_several_certificates_of_one_issuer_the_valid_one_is_found(root: Authority) -> None:
    expired = root.issue_authority("issuing", end=NOW - DAY)
    renewed = root.issue_authority("issuing", private=expired.private)
    leaf = renewed.issue()
    pool = [expired.certificate, renewed.certificate]
    for order in (pool, pool[::-1]):
        path = validate_chain(leaf.certificate, order, [root.certificate], NOW, eku=CODE_SIGNING)
        assert path == leaf.chain


def test_when_no_way_is_valid_the_reason_of_the_first_is_told(root: Authority) -> None:
    expired = root.issue_authority("issuing", end=NOW - DAY)
    assert "'CN=issuing,O=example' was not valid at" in refused(expired.issue(), [root.certificate])


def test_authorities_that_issue_each_other_lead_nowhere() -> None:
    one, two = Authority.new("one"), Authority.new("two")
    across = [
        two.issue_authority("one", private=one.private).certificate,
        one.issue_authority("two", private=two.private).certificate,
    ]
    assert "no chain leads" in refused(one.issue(), [Authority.new().certificate], across)


def test_a_crowd_of_issuers_ends_in_a_reason() -> None:
    crowd = [Authority.new("crowd") for _ in range(40)]
    pool = [each.certificate for each in crowd]
    anchor = Authority.new().certificate
    assert "within 32 signatures" in refused(crowd[39].issue(), [anchor], pool)
    assert "more than 64 certificates" in refused(crowd[0].issue(), [anchor], pool * 2)


def test_any_number_of_anchors_may_be_configured(root: Authority) -> None:
    leaf = root.issue()
    others = [Authority.new(f"root {number}").certificate for number in range(100)]
    anchors = [*others, root.certificate]
    assert validate_chain(leaf.certificate, (), anchors, NOW, eku=CODE_SIGNING) == leaf.chain


def test_a_path_has_at_most_eight_certificates() -> None:
    root = Authority.new()
    authority = root
    for number in range(6):
        authority = authority.issue_authority(f"level {number}")
    assert len(path_of(authority.issue(), root)) == 8
    deeper = authority.issue_authority("one more")
    assert "at most 8 certificates" in refused(deeper.issue(), [root.certificate])


def test_a_path_may_be_had_without_its_dates(issuing: Authority, root: Authority) -> None:
    leaf = issuing.issue(start=PREDATES, end=PREDATES + DAY)
    assert has_path(leaf.certificate, [issuing.certificate], [root.certificate])
    assert not has_path(leaf.certificate, [], [root.certificate])


def test_roots_are_told_from_others(root: Authority, issuing: Authority) -> None:
    assert is_self_signed(root.certificate)
    assert not is_self_signed(issuing.certificate)
    assert not is_self_signed(Authority.new().issue_authority("root").certificate)
    old = root.issue_authority("old", private=root.private)
    assert is_self_signed(_signed_with_sha1(Authority.new(), of=Authority.new()).certificate)
    assert not is_self_signed(_signed_with_sha1(root, of=old).certificate)


# --- dates --------------------------------------------------------------------------------------------------------


def test_both_ends_of_a_validity_are_within_it(root: Authority) -> None:
    leaf = root.issue(start=NOW, end=NOW + DAY)
    assert path_of(leaf, root, at=NOW)
    assert path_of(leaf, root, at=NOW + DAY)
    assert "was not valid at 2026-11-21T11:59:59.999Z" in refused(leaf, [root.certificate], at=NOW - 1)
    assert "was not valid" in refused(leaf, [root.certificate], at=NOW + DAY + SECOND)


def test_the_time_is_the_one_that_is_given(root: Authority) -> None:
    """The hybrid model: what has expired since is as good as it was."""
    leaf = root.issue(start=START, end=START + DAY)
    assert path_of(leaf, root, at=START + SECOND)
    assert "was not valid" in refused(leaf, [root.certificate])


def test_the_anchor_too_has_dates() -> None:
    root = Authority.new(end=NOW - DAY)
    assert "'CN=root,O=example' was not valid" in refused(root.issue(), [root.certificate])


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


def _signed_with_sha1(root: Authority, of: Holder | None = None) -> Holder:
    """Taken apart and signed anew: no library signs certificates with SHA-1 any more."""
    leaf = of or root.issue()
    old = asn1_x509.Certificate.load(leaf.der)
    old["tbs_certificate"]["signature"] = old["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    assert isinstance(root.private, ec.EllipticCurvePrivateKey)
    tbs = old["tbs_certificate"].dump(force=True)
    old["signature_value"] = root.private.sign(tbs, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - to be refused
    return Holder(read_certificate(old.dump(force=True)), leaf.private, leaf.above)


def test_certificates_signed_with_sha1_are_refused(root: Authority) -> None:
    old = _signed_with_sha1(root)
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
