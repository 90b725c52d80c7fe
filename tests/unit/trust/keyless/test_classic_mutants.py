"""Mutants of real classic attestations: the envelope in its layer, certificate and log entry in annotations.

As in `test_mutants`: what passes says what the original said, to whoever reads it.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trust.keyless.test_images import FOLDER, LAYOUTS, ask, attestation, generator
from tests.unit.trust.mutations import (
    base64_changed,
    bytes_changed,
    decoded,
    lenient,
    mutating,
    said_twice,
    values_changed,
)

from pratique.oci.digest import Digest
from pratique.trust import Item
from pratique.trust.annotated import BUNDLE, CERTIFICATE, CHAIN

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the images are not here")

OLDER, NEWER = 0, -1
"""Of the nine images: the first has another kind of log entry than the last."""
each_image = pytest.mark.parametrize("image", [OLDER, NEWER])
Annotations = Mapping[str, str]
_LENT: Final = (BUNDLE, CERTIFICATE, CHAIN)


@cache
def original(image: int) -> tuple[Item, Digest]:
    return attestation(LAYOUTS[image])


def used_content(content: bytes, *, first: bool) -> Any:
    document = lenient(content, first=first)
    signatures = [decoded(one["sig"]) for one in document["signatures"]]
    return document["payloadtype"], decoded(document["payload"]), signatures


def used_annotations(annotations: Annotations, *, first: bool) -> Any:
    """The chain is nobody's word: the root has its own."""
    entry = lenient(annotations[BUNDLE].encode(), first=first)
    payload = entry["payload"]
    leaf = x509.load_pem_x509_certificate(annotations[CERTIFICATE].encode())
    return (
        leaf.public_bytes(Encoding.DER),
        decoded(entry["signedentrytimestamp"]),
        decoded(payload["body"]),
        (payload["integratedtime"], payload["logindex"], payload["logid"]),
    )


def check(image: int, content: bytes, annotations: Annotations) -> bool:
    """Whether it passes; where it does, every reader sees what was signed, and logged."""
    item, subject = original(image)
    record = ask(Item(item.media_type, content, item.digest, annotations), subject, generator(LAYOUTS[image]))
    if not record.verified:
        assert record.message
        return False
    for first in (False, True):
        assert used_content(content, first=first) == used_content(item.content, first=True)
        assert used_annotations(annotations, first=first) == used_annotations(item.annotations, first=True)
    return True


def mutants(value: Any, others: list[Any]) -> st.SearchStrategy[bytes]:
    """Of a document in JSON."""
    written = json.dumps(value).encode()
    return st.one_of(
        bytes_changed(written),
        values_changed(value, others).map(lambda changed: json.dumps(changed).encode()),
        base64_changed(value).map(lambda changed: json.dumps(changed).encode()),
    )


@each_image
def test_the_originals_pass(image: int) -> None:
    item, _ = original(image)
    assert check(image, item.content, item.annotations)


@each_image
@mutating(100)
@given(st.data())
def test_a_mutant_of_its_envelope_passes_only_if_it_says_the_same(image: int, data: st.DataObject) -> None:
    item, _ = original(image)
    other, _ = original(OLDER if image == NEWER else NEWER)
    content = data.draw(mutants(json.loads(item.content), [json.loads(other.content)]))
    check(image, content, item.annotations)


@each_image
@mutating(150)
@given(st.data())
def test_a_mutant_of_its_log_entry_passes_only_if_it_says_the_same(image: int, data: st.DataObject) -> None:
    item, _ = original(image)
    other, _ = original(OLDER if image == NEWER else NEWER)
    entry = json.loads(item.annotations[BUNDLE])
    mutant = data.draw(mutants(entry, [json.loads(other.annotations[BUNDLE])]))
    try:
        text = mutant.decode()
    except UnicodeDecodeError:
        return
    check(image, item.content, {**item.annotations, BUNDLE: text})


@each_image
@mutating(60)
@given(st.data())
def test_a_mutant_that_says_a_member_twice_never_passes(image: int, data: st.DataObject) -> None:
    item, _ = original(image)
    entry = data.draw(said_twice(json.loads(item.annotations[BUNDLE]))).decode()
    assert not check(image, item.content, {**item.annotations, BUNDLE: entry})
    envelope = data.draw(said_twice(json.loads(item.content)))
    assert not check(image, envelope, item.annotations)


@each_image
@mutating(60)
@given(st.data())
def test_a_mutant_with_annotations_lent_or_changed_passes_only_if_it_says_the_same(
    image: int, data: st.DataObject
) -> None:
    item, _ = original(image)
    other, _ = original(OLDER if image == NEWER else NEWER)
    name = data.draw(st.sampled_from(_LENT))
    text = item.annotations[name]
    changed = data.draw(bytes_changed(text.encode())).decode(errors="replace")
    value = data.draw(st.sampled_from([other.annotations[name], "", text + text, changed]))
    check(image, item.content, {**item.annotations, name: value})
