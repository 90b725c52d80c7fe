"""What one manifest may cost: counted in signatures that are tried, never in time."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests import keyless
from tests.signing import BUNDLE, SIGNATURE, SIMPLE_SIGNING, SigningKey, bundle, simple_signing, statement
from tests.unit.trust.asking import NOW, SUBJECT, ask_bundle, trusting

from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet, verify
from pratique.trust.material import ENTRIES_LIMIT, TIMESTAMPS_LIMIT
from pratique.trust.sitting import LAYER_WORK, WORK_LIMIT, Sitting

ED25519 = [SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in range(1, 101)]
STRANGER = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(b"s" * 32))


def layers(*keys: SigningKey) -> list[Item]:
    """The layers of a `.sig` manifest that each of the keys has signed once."""
    found = []
    for number, key in enumerate(keys):
        payload = simple_signing(SUBJECT, f"registry.example/app:{number}")
        manifest = {SIGNATURE: keyless._b64(key.sign(payload))}
        found.append(Item(SIMPLE_SIGNING, payload, digest_of(b"the .sig manifest"), manifest))
    return found


def sit(items: list[Item], trust: TrustSet, limit: int = WORK_LIMIT) -> list[EvidenceRecord]:
    sitting = Sitting(verify, Subject(SUBJECT), trust, limit)
    records = [sitting.verify(item, NOW) for item in items]
    return [record for record in records if record is not None]


def test_a_thousand_layers_of_a_stranger_and_a_hundred_keys_end_in_a_reason() -> None:
    """The most that a manifest and a project may have; Ed25519 is the dearest to try."""
    records = sit(layers(*[STRANGER] * 1_000), trusting(*ED25519))
    looked_at = [record for record in records if record.work]
    assert len(looked_at) == -(-WORK_LIMIT // (100 + LAYER_WORK))
    assert {record.work for record in looked_at} == {100}
    assert records[: len(looked_at)] == looked_at
    assert {record.message for record in records[len(looked_at) :]} == {
        "it was not looked at: the layers before it took all of the 20,000 signatures that are tried for one manifest"
    }
    assert {record.code for record in records} == {Code.SIGNATURE_NOT_TRUSTED}


def test_what_is_there_before_the_work_ends_counts() -> None:
    good, *others = layers(ED25519[0], *[STRANGER] * 20)
    first = sit([good, *others], trusting(*ED25519), limit=500)
    last = sit([*others, good], trusting(*ED25519), limit=500)
    assert first[0].verified
    assert not any(record.verified for record in last)
    assert "not looked at" in last[-1].message


def test_it_says_so_of_every_kind_of_signature_and_leaves_documents_alone() -> None:
    kinds = {
        BUNDLE: "cosign-bundle",
        SIMPLE_SIGNING: "cosign-simplesigning",
        "application/vnd.dsse.envelope.v1+json": "cosign-attestation",
        "application/jose+json": "notation-jws",
        "application/cose": "notation-cose",
    }
    items = [Item(kind, b"{}", digest_of(b"{}"), {}) for kind in kinds]
    records = sit(items, trusting(STRANGER), limit=0)
    assert [record.scheme for record in records] == [*kinds.values()]
    assert {len(record.checks) for record in records} == {1}
    (document,) = sit([Item("application/spdx+json", b"{}", digest_of(b"{}"), {})], TrustSet("1"), limit=0)
    assert document.code == Code.UNSIGNED


def test_a_signature_is_tried_only_with_keys_that_make_such_ones() -> None:
    """By its size, before anything is computed."""
    p256, p384 = SigningKey(), SigningKey(ec.generate_private_key(ec.SECP384R1()))
    rsa_key = SigningKey(rsa.generate_private_key(65537, 2048))
    trust = trusting(*ED25519[:10], p256, p384, rsa_key)
    others = {
        "ed25519": SigningKey(STRANGER.private),
        "ecdsa": SigningKey(),
        "rsa-2048": SigningKey(rsa.generate_private_key(65537, 2048)),
        "rsa-3072": SigningKey(rsa.generate_private_key(65537, 3072)),
    }
    tried = {name: sit(layers(key), trust)[0].work for name, key in others.items()}
    # A signature of P-256 fits P-384, were its integers short.
    assert tried == {"ed25519": 10, "ecdsa": 2, "rsa-2048": 1, "rsa-3072": 0}
    assert all(sit(layers(key), trust)[0].verified for key in (p256, p384, rsa_key))
    # In an envelope 64 bytes may be two integers of P-256 too.
    assert ask_bundle(bundle(STRANGER, statement(SUBJECT)), trust).work == 11


def test_the_hint_says_which_key_to_try_first() -> None:
    trust = trusting(*ED25519)
    for key in (ED25519[0], ED25519[-1]):
        record = ask_bundle(bundle(key, statement(SUBJECT)), trust)
        assert (record.verified, record.work) == (True, 1)


@pytest.mark.parametrize("roots", [1, 50])
def test_what_a_certificate_brings_along_is_counted_for_each_root(roots: int) -> None:
    """Sixteen entries and timestamps, all good, before fifty roots: more than a second, and a quarter of the limit."""
    store = keyless.Sigstore.new()
    signing = store.signing(v2=True)
    signing.entries *= ENTRIES_LIMIT
    signing.stamps *= TIMESTAMPS_LIMIT
    names = [f"root {number}" for number in range(roots)]
    parties = tuple(keyless.someone(id=f"identity:{name}", trusted_root=name) for name in names)
    known = {name: replace(store.root(), name=name) for name in names}
    item = Item(BUNDLE, signing.bundle(), digest_of(b"a bundle"), {})
    trust = TrustSet("1", identities=parties, roots=known)
    sitting = Sitting(verify, Subject(SUBJECT), trust)
    records = [sitting.verify(item, keyless.LATER) for _ in range(2)]
    assert [record.work for record in records if record] == [roots * (8 + 2 * 16 + 4 * 16)] * 2
    assert 2 * (records[0].work if records[0] else 0) < WORK_LIMIT
