"""The referrers index: what it says, and that it says it in the same bytes every time."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.oci.documents import BUNDLE, empty, image, index, referrer, written

from pratique.oci import media
from pratique.oci.descriptor import Descriptor, parse_descriptor
from pratique.oci.digest import digest_of
from pratique.oci.manifest import parse_manifest
from pratique.oci.referrers import CONTENT_TYPE, referrer_descriptor, referrers_page

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
DESCRIPTORS = st.builds(
    Descriptor,
    media_type=st.sampled_from(sorted(media.MANIFESTS)),
    digest=st.binary().map(digest_of),
    size=st.integers(0, 2**63 - 1),
    artifact_type=st.none() | st.just(BUNDLE),
    annotations=st.dictionaries(TEXTS, TEXTS, max_size=4),
)


def test_no_referrers_are_an_empty_index() -> None:
    page = referrers_page([])
    assert json.loads(page.content) == {"schemaVersion": 2, "mediaType": CONTENT_TYPE, "manifests": []}
    assert page.taken == 0
    assert parse_manifest(page.content, CONTENT_TYPE).children() == ()


def test_a_referrer_is_described_with_its_artifact_type_and_annotations() -> None:
    described = []
    for document in (
        referrer(annotations={"b": "2", "a": "1"}),
        image(config=empty(), artifactType=BUNDLE),
        index(),
    ):
        content = written(document)
        described.append(referrer_descriptor(parse_manifest(content), digest_of(content), len(content)))
    answer = json.loads(referrers_page(described).content)["manifests"]
    assert [entry.get("artifactType") for entry in answer] == [media.EMPTY, BUNDLE, None]
    assert list(answer[0]["annotations"]) == ["a", "b"]
    assert "annotations" not in answer[1]


@given(st.lists(DESCRIPTORS, max_size=6))
def test_what_is_written_is_read(descriptors: list[Descriptor]) -> None:
    page = referrers_page(descriptors)
    entries = json.loads(page.content)["manifests"]
    assert [parse_descriptor(entry, "entry") for entry in entries] == descriptors
    assert page.taken == len(descriptors)


@given(st.lists(DESCRIPTORS, min_size=1, max_size=6), st.integers(0, 2_000))
def test_pages_hold_what_fits_and_at_least_one(descriptors: list[Descriptor], limit: int) -> None:
    page = referrers_page(descriptors, limit)
    assert 1 <= page.taken <= len(descriptors)
    assert len(page.content) <= limit or page.taken == 1
    assert len(json.loads(page.content)["manifests"]) == page.taken


def test_the_order_of_annotations_does_not_change_the_bytes() -> None:
    one = Descriptor(media.OCI_IMAGE, digest_of(b""), 0, annotations={"a": "1", "b": "2"})
    other = replace(one, annotations={"b": "2", "a": "1"})
    assert referrers_page([one]).content == referrers_page([other]).content
