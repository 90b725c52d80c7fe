"""Certificates and identities: whose word counts, by which root, when."""

from typing import Final

import pytest
from cryptography import x509
from tests.authorities import (
    CODE_SIGNING,
    ISSUER,
    NOW,
    START,
    TIME_STAMPING,
    Authority,
    CtLog,
    fact,
    leaf_extensions,
    raw_fact,
)
from tests.keyless import LATER, NAME, Sigstore, ask, failing, someone

from pratique.clock import DAY, HOUR, MINUTE, SECOND, Moment
from pratique.trust import TrustSet
from pratique.trust.roots import Thresholds

AUTHORITIES: Final = "a chain leads to an authority of the root"
WITHIN: Final = "each time of signing is within the certificate's validity"


def test_a_time_outside_the_certificates_validity_is_refused(sigstore: Sigstore) -> None:
    for at in (NOW - SECOND, NOW + 10 * MINUTE + SECOND):
        for v2 in (False, True):
            record = ask(sigstore.signing(at=at, v2=v2).bundle(), sigstore.trust())
            assert record.code == "CHAIN_INVALID"
            assert list(failing(record)) == [WITHIN]
    for at in (NOW, NOW + 10 * MINUTE):
        assert ask(sigstore.signing(at=at).bundle(), sigstore.trust()).verified


def test_every_time_must_be_within(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    signing.stamps.append(sigstore.stamper.token(signing.signature, NOW + 11 * MINUTE))
    record = ask(signing.bundle(), sigstore.trust())
    assert list(failing(record)) == [WITHIN]


def test_a_certificate_outlives_its_dates_where_a_time_is_trusted(sigstore: Sigstore) -> None:
    record = ask(sigstore.signing().bundle(), sigstore.trust(), Moment(NOW + 9_000 * DAY))
    assert record.verified
    assert record.valid_until is None


def test_an_authority_counts_within_its_validity_ends_included(sigstore: Sigstore) -> None:
    bundle = sigstore.signing().bundle()
    fulcio = sigstore.fulcio
    for start, end in ((NOW, NOW), (START, NOW)):
        assert ask(bundle, sigstore.trust(certificate_authorities=(fulcio.trusted(start, end),))).verified
    for other in (fulcio.trusted(NOW + 1), fulcio.trusted(START, NOW - 1)):
        trust = sigstore.trust(certificate_authorities=(other,))
        assert "no certificate authority of the root counts" in failing(ask(bundle, trust))[AUTHORITIES]


def test_a_certificate_of_another_instance_is_refused(sigstore: Sigstore) -> None:
    stranger = Authority.new("stranger").issue_authority("fulcio", eku=CODE_SIGNING)
    trust = sigstore.trust(certificate_authorities=(stranger.trusted(),))
    assert ask(sigstore.signing().bundle(), trust).code == "CHAIN_INVALID"
    record = ask(Sigstore.new().signing().bundle(), sigstore.trust())
    assert list(failing(record)) == ["the certificate is of this root"]


def test_a_certificate_for_something_else_is_refused(sigstore: Sigstore) -> None:
    names = (x509.SubjectAlternativeName([x509.RFC822Name(NAME)]), True)
    signing = sigstore.signing(extensions=[*leaf_extensions(TIME_STAMPING), names])
    record = ask(signing.bundle(), sigstore.trust())
    assert list(failing(record)) == [AUTHORITIES]


def test_transparency_of_the_certificate(sigstore: Sigstore) -> None:
    unpromised = sigstore.signing(logs=[]).bundle()
    assert ask(unpromised, sigstore.trust()).code == "CHAIN_INVALID"
    assert ask(sigstore.signing(logs=[CtLog()]).bundle(), sigstore.trust()).code == "CHAIN_INVALID"
    assert ask(sigstore.signing(logs=[CtLog(), sigstore.ctlog]).bundle(), sigstore.trust()).verified
    none = sigstore.trust(ctlogs=(), thresholds=Thresholds(sct=0))
    assert ask(unpromised, none).verified
    twice = sigstore.signing(logs=[sigstore.ctlog, sigstore.ctlog]).bundle()
    assert ask(twice, sigstore.trust(thresholds=Thresholds(sct=2))).code == "CHAIN_INVALID"


def test_a_bundle_with_a_root_certificate_is_refused(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    signing.chain = signing.holder.chain[:2]
    assert ask(signing.bundle(), sigstore.trust()).verified
    signing.chain = signing.holder.chain
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "SIGNATURE_MALFORMED"
    assert "contains a root certificate" in record.message


def test_a_root_in_the_bundle_is_trusted_by_nobody(sigstore: Sigstore) -> None:
    other = Sigstore.new()
    signing = other.signing()
    signing.chain = signing.holder.chain[:2]
    trust = other.trust(certificate_authorities=sigstore.root().certificate_authorities)
    assert ask(signing.bundle(), trust).code == "CHAIN_INVALID"


def test_the_public_instance_writes_no_chain_in_v03(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    assert ask(signing.bundle(), sigstore.trust(name="public-good")).verified
    signing.chain = signing.holder.chain[:1]
    record = ask(signing.bundle(), sigstore.trust(name="public-good"))
    assert list(failing(record)) == ["the bundle has the one certificate and no chain"]
    signing.media_type = "application/vnd.dev.sigstore.bundle+json;version=0.2"
    assert ask(signing.bundle(), sigstore.trust(name="public-good")).verified


def test_an_identity_counts_only_with_the_root_that_it_names(sigstore: Sigstore) -> None:
    other = Sigstore.new()
    roots = {"private": sigstore.root(), "other": other.root(name="other")}
    bundle = sigstore.signing().bundle()
    ours, theirs = someone(id="identity:1"), someone(id="identity:2", trusted_root="other")
    assert ask(bundle, TrustSet("1", identities=(theirs,), roots=roots)).code == "CHAIN_INVALID"
    both = ask(bundle, TrustSet("1", identities=(theirs, ours), roots=roots))
    assert both.parties == {"identity:1"}
    assert both.signer is not None
    assert both.signer.root == "private"
    nowhere = someone(trusted_root="nowhere")
    assert ask(bundle, TrustSet("1", identities=(nowhere,), roots=roots)).code == "CHAIN_INVALID"


def test_all_who_match_vouch(sigstore: Sigstore) -> None:
    parties = (
        someone(),
        someone(id="identity:2", identity=None, pattern=r".*@example\.com", san_type="email"),
        someone(id="identity:3", identity="nobody@example.com"),
    )
    record = ask(sigstore.signing().bundle(), sigstore.trust(*parties))
    assert record.parties == {"identity:1", "identity:2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": "someone@example.org"},
        {"issuer": f"{ISSUER}/"},
        {"san_type": "uri"},
        {"identity": None, "pattern": "example"},
        {"extensions": {"source_repository_uri": "https://git.example/app"}},
    ],
)
def test_somebody_else_is_told_so(sigstore: Sigstore, changes: dict[str, object]) -> None:
    record = ask(sigstore.signing().bundle(), sigstore.trust(someone(**changes)))
    assert record.code == "IDENTITY_MISMATCH"
    assert not record.parties
    assert record.signer is not None
    assert record.signer.name == NAME


def test_facts_of_the_build_are_the_signers(sigstore: Sigstore) -> None:
    uri = "https://git.example/app"
    signing = sigstore.signing(facts={12: uri, 14: "refs/heads/main"})
    party = someone(extensions={"source_repository_uri": uri})
    record = ask(signing.bundle(), sigstore.trust(party))
    assert record.verified
    assert record.signer is not None
    assert record.signer.extensions["source_repository_ref"] == "refs/heads/main"


def test_two_issuers_in_one_certificate_are_refused(sigstore: Sigstore) -> None:
    names = (x509.SubjectAlternativeName([x509.RFC822Name(NAME)]), True)
    said = [(raw_fact(1, ISSUER), False), (fact(8, "https://other.example"), False)]
    signing = sigstore.signing(issuer=None, extensions=[*leaf_extensions(), names, *said])
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "SIGNATURE_MALFORMED"
    assert "two issuers" in record.message


def test_nobody_is_configured(sigstore: Sigstore) -> None:
    record = ask(sigstore.signing().bundle(), TrustSet("1"))
    assert record.code == "IDENTITY_NOT_CONFIGURED"


def test_another_signature_is_refused(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    signing.signature, signing.entries = sigstore.signing().signature, []
    bare = sigstore.trust(tlogs=(), timestamp_authorities=(), thresholds=Thresholds(0, 1, 0))
    record = ask(signing.bundle(), bare, NOW)
    assert record.code == "SIGNATURE_INVALID"
    # All the rest holds, and proves nothing about who signed.
    assert len(failing(record)) == 1
    assert record.signer is None


def test_an_identity_that_two_roots_prove(sigstore: Sigstore) -> None:
    roots = {"private": sigstore.root(), "again": sigstore.root(name="again")}
    parties = (someone(), someone(id="identity:2", trusted_root="again"))
    record = ask(sigstore.signing().bundle(), TrustSet("1", identities=parties, roots=roots))
    assert record.parties == {"identity:1", "identity:2"}
    assert record.times == (NOW,)


def test_each_thing_that_it_rests_on_can_be_denied(sigstore: Sigstore) -> None:
    bundle, trust = sigstore.signing().bundle(), sigstore.trust()
    marks = ask(bundle, trust).marks
    kinds = [mark.partition(":")[0] for mark in marks]
    # Leaf, Fulcio and root; the entry, by the number it says and that of its proof; the leaf's key; whom it names;
    # subject and evidence.
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "certificate": 3,
        "log": 2,
        "fingerprint": 1,
        "identity": 1,
        "digest": 2,
    }
    for mark in marks:
        denying = TrustSet("2", identities=trust.identities, roots=trust.roots, denied=frozenset({mark}))
        assert ask(bundle, denying).code == "DENIED"


def test_without_any_witness_a_certificate_counts_while_it_is_valid(sigstore: Sigstore) -> None:
    """As with a certificate authority of one's own, and nothing else."""
    signing = sigstore.signing(logs=[], end=NOW + DAY)
    signing.entries = []
    bare = sigstore.trust(tlogs=(), ctlogs=(), timestamp_authorities=(), thresholds=Thresholds(0, 0, 0))
    record = ask(signing.bundle(), bare, LATER)
    assert record.verified
    assert record.times == ()
    assert record.valid_until == NOW + DAY + SECOND
    assert ask(signing.bundle(), bare, Moment(NOW + DAY)).verified
    assert ask(signing.bundle(), bare, Moment(NOW + DAY + SECOND)).code == "CHAIN_INVALID"
    closing = sigstore.trust(
        tlogs=(),
        ctlogs=(),
        timestamp_authorities=(),
        thresholds=Thresholds(0, 0, 0),
        certificate_authorities=(sigstore.fulcio.trusted(START, NOW + 2 * HOUR),),
    )
    assert ask(signing.bundle(), closing, LATER).valid_until == NOW + 2 * HOUR + 1
