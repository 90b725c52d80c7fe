"""Classic signatures beside others': what stays as it was, and what is ours."""

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import SigningKey, sign_classic

from pratique.oci import media
from pratique.oci.digest import Digest
from pratique.trust.signing import Named, SealedKeys, SealingKey, classic
from pratique.trust.signing.classic import Layer

NAMED = Named("registry.example.test", "team/app", Digest("sha256:" + "ab" * 32), media.OCI_IMAGE, 500)


def layer(reference: str = NAMED.resource) -> Layer:
    keys = SealedKeys(SealingKey(os.urandom(32)))
    return classic.signed_layer(keys.signer(keys.make("")), classic.payload(NAMED, reference))


def layers(manifest: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(manifest)["layers"]
    return found


def test_references_are_every_tag_and_the_name_alone() -> None:
    names = classic.references(NAMED, ["b", "a", "b"])
    assert names == (NAMED.resource, f"{NAMED.resource}:a", f"{NAMED.resource}:b")


@pytest.mark.parametrize(("tags", "count"), [(100, 101), (101, 1)])
def test_more_than_a_hundred_tags_are_none(tags: int, count: int) -> None:
    assert len(classic.references(NAMED, [f"t{number}" for number in range(tags)])) == count


def test_others_layers_stay_before_ours() -> None:
    there, _ = sign_classic(SigningKey(), SigningKey(), subject=NAMED.digest)
    ours = layer()
    made = classic.merged(there, without=(), added=[ours])
    assert made is not None
    assert layers(made.manifest)[:2] == layers(there)
    assert classic.holds(made.manifest, [ours])
    assert classic.others(made.manifest, [ours]) == classic.others(there, [ours])


def test_the_same_again_is_the_same_bytes() -> None:
    there, _ = sign_classic(SigningKey(), subject=NAMED.digest)
    ours = layer()
    once = classic.merged(there, without=(), added=[ours])
    assert once is not None
    again = classic.merged(once.manifest, without=(), added=[ours])
    assert again is not None
    assert again.manifest == once.manifest
    assert again.blobs == {}


def test_only_our_layer_is_taken_out() -> None:
    there, _ = sign_classic(SigningKey(), subject=NAMED.digest)
    ours = layer()
    made = classic.merged(there, without=(), added=[ours])
    assert made is not None
    back = classic.merged(made.manifest, without=[ours], added=[])
    assert back is not None
    assert layers(back.manifest) == layers(there)
    alone = classic.merged(None, without=(), added=[ours])
    assert alone is not None
    assert classic.merged(alone.manifest, without=[ours], added=[]) is None


def test_somebody_elses_signature_over_our_payload_is_not_ours() -> None:
    ours, theirs = layer(), layer()
    assert ours.payload == theirs.payload
    made = classic.merged(None, without=(), added=[theirs])
    assert made is not None
    assert not classic.holds(made.manifest, [ours])
    kept = classic.merged(made.manifest, without=[ours], added=[])
    assert kept is not None
    assert kept.manifest == made.manifest


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True), st.data())
def test_whatever_comes_and_goes_others_stay(names: list[str], data: st.DataObject) -> None:
    there, _ = sign_classic(SigningKey(), subject=NAMED.digest)
    all_ours = {name: Layer(classic.payload(NAMED, name), f"signature {name}") for name in "abcd"}
    made = classic.merged(there, without=(), added=[all_ours[name] for name in names])
    assert made is not None
    going = data.draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True))
    left = classic.merged(made.manifest, without=[all_ours[name] for name in going], added=[])
    assert left is not None
    assert layers(left.manifest)[0] == layers(there)[0]
    assert [name for name in "abcd" if classic.holds(left.manifest, [all_ours[name]])] == sorted(
        set(names) - set(going)
    )
