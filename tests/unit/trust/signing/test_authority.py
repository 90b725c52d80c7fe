"""Certificates of notation keys: notation's own rules, and the years they live."""

import os

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from pratique.clock import DAY, SECOND, Moment
from pratique.trust.certificates import validate_chain
from pratique.trust.signing import SealedKeys, SealingKey
from pratique.trust.signing.authority import Chain, new_leaf, new_root

CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
NOW = Moment(1_800_000_000 * SECOND)


@pytest.fixture(scope="module")
def chain() -> Chain:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    authority, leaf = keys.make("authority"), keys.make("leaf")
    root = new_root(keys.signer(authority), "team", NOW)
    return Chain(new_leaf(keys.signer(authority), root, leaf.public_key, "team", NOW), root)


def test_the_leaf_is_what_notation_asks_of_one(chain: Chain) -> None:
    usage = chain.leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not any((usage.value.key_cert_sign, usage.value.crl_sign, usage.value.key_encipherment))
    assert not chain.leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert chain.leaf.subject.rfc4514_string() == "CN=team,O=Pratique,ST=Registry,C=ZZ"


def test_the_root_is_an_authority(chain: Chain) -> None:
    constraints = chain.root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    assert chain.root.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    chain.root.verify_directly_issued_by(chain.root)


def test_the_chain_is_valid_by_our_own_rules(chain: Chain) -> None:
    chain.leaf.verify_directly_issued_by(chain.root)
    assert validate_chain(chain.leaf, (), [chain.root], NOW, eku=CODE_SIGNING)[-1] == chain.root


def test_ten_years_and_one_and_a_new_leaf_sixty_days_before(chain: Chain) -> None:
    lives = chain.root.not_valid_after_utc - chain.root.not_valid_before_utc
    assert 3_650 <= lives.days <= 3_653
    assert chain.ends == NOW + 365 * DAY
    assert not chain.is_due(Moment(NOW + 304 * DAY))
    assert chain.is_due(Moment(NOW + 305 * DAY))


def test_it_is_read_as_it_was_written(chain: Chain) -> None:
    assert Chain.parse(chain.pem) == chain


def test_a_long_name_is_cut_to_what_a_certificate_takes() -> None:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    made = keys.make("authority")
    root = new_root(keys.signer(made), "p" * 200, NOW)
    assert new_leaf(keys.signer(made), root, made.public_key, "p" * 200, NOW).subject.rfc4514_string()
