"""Paths to an anchor: who leads to whom, and at which time (RFC 5280, section 6)."""

import math

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from tests.authorities import (
    CODE_SIGNING,
    NOW,
    START,
    TIME_STAMPING,
    Authority,
    Holder,
)
from tests.unit.trust.certificates.paths import path_of, refused, signed_with_sha1

from pratique.clock import DAY, SECOND
from pratique.trust.certificates import (
    has_path,
    is_self_signed,
    validate_chain,
)
from pratique.trust.certificates.strength import is_slow

PREDATES = START - DAY


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.new(start=PREDATES)


@pytest.fixture(scope="module")
def issuing(root: Authority) -> Authority:
    return root.issue_authority("issuing", eku=CODE_SIGNING)


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
    limited = root.issue_authority("issuing", private=expired.private, eku=TIME_STAMPING)
    pool = [expired.certificate, limited.certificate]
    leaf = expired.issue()
    assert "'CN=issuing,O=example' was not valid at" in refused(leaf, [root.certificate], pool)
    assert "is limited to other uses" in refused(leaf, [root.certificate], pool[::-1])


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


def test_signatures_are_not_tried_without_end(root: Authority) -> None:
    twins = [root.issue_authority("twin") for _ in range(33)]
    pool = [each.certificate for each in twins]
    leaf = twins[30].issue()
    assert validate_chain(leaf.certificate, pool, [root.certificate], NOW, eku=CODE_SIGNING) == leaf.chain
    assert "within 32 signatures" in refused(twins[32].issue(), [root.certificate], pool)
    leaf = root.issue()
    assert validate_chain(leaf.certificate, pool[:1] * 64, [root.certificate], NOW, eku=CODE_SIGNING)


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
    assert is_self_signed(signed_with_sha1(Authority.new(), of=Authority.new()).certificate)
    assert not is_self_signed(signed_with_sha1(root, of=old).certificate)


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


def test_issuers_whose_keys_are_slow_are_not_tried(root: Authority) -> None:
    """The key of the very authority that issued it, with an exponent that gives the same signatures and takes long."""
    private = rsa.generate_private_key(65537, 2048)
    issuing = root.issue_authority("issuing", private=private)
    assert has_path(issuing.issue().certificate, [issuing.certificate], [root.certificate])
    numbers = private.private_numbers()
    exponent = numbers.public_numbers.e + math.lcm(numbers.p - 1, numbers.q - 1)
    slow = rsa.RSAPublicNumbers(exponent, numbers.public_numbers.n).public_key()
    signature = private.sign(b"content", padding.PKCS1v15(), hashes.SHA256())
    slow.verify(signature, b"content", padding.PKCS1v15(), hashes.SHA256())
    assert is_slow(slow)
    assert not is_slow(private.public_key())
    found = issuing.certificate
    builder = x509.CertificateBuilder(root.certificate.subject, found.subject, slow, found.serial_number)
    builder = builder.not_valid_before(found.not_valid_before_utc).not_valid_after(found.not_valid_after_utc)
    for each in found.extensions:
        builder = builder.add_extension(each.value, critical=each.critical)
    assert isinstance(root.private, ec.EllipticCurvePrivateKey)
    again = builder.sign(root.private, hashes.SHA256())
    again.verify_directly_issued_by(root.certificate)
    assert not has_path(issuing.issue().certificate, [again], [root.certificate])
