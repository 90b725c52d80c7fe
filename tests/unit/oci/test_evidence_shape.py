"""The closed list of gate.md, section 2: what has the shape of evidence, and the attacks that must not."""

from typing import Any

import pytest
from tests.unit.oci.documents import (
    BUNDLE,
    LAYER,
    SIMPLE_SIGNING,
    SUBJECT,
    described,
    empty,
    image,
    index,
    referrer,
    written,
)

from pratique.oci import media
from pratique.oci.digest import digest_of
from pratique.oci.evidence_shape import (
    CONFIG_SIZE_LIMIT,
    LAYER_COUNT_LIMIT,
    LAYER_SIZE_LIMIT,
    NOTATION_CONFIG,
    SCHEMES,
    EvidenceLimits,
    EvidenceShape,
    Scheme,
    evidence_index,
    evidence_shape,
    scheme_of,
)
from pratique.oci.manifest import parse_manifest

HEX = SUBJECT.partition(":")[2]
OTHER = digest_of(b"another")
SIGNATURE = described(b'{"critical":{}}', SIMPLE_SIGNING)


def shape(document: dict[str, Any], tag: str | None = None) -> EvidenceShape | None:
    return evidence_shape(parse_manifest(written(document)), tag)


@pytest.mark.parametrize("media_type", [kind for kind in SCHEMES if kind != media.EMPTY])
def test_each_media_type_of_the_list_makes_evidence_of_the_subject(media_type: str) -> None:
    found = shape(referrer(described(b"evidence", media_type)))
    assert found is not None
    assert (found.subject, found.layers[0].scheme) == (SUBJECT, SCHEMES[media_type])
    assert [blob.digest for blob in found.blobs()] == [media.EMPTY_DIGEST, digest_of(b"evidence")]


@pytest.mark.parametrize("suffix", ["sig", "att", "sbom"])
def test_cosigns_classic_tags_need_no_subject(suffix: str) -> None:
    found = shape(image(layers=[SIGNATURE]), f"sha256-{HEX}.{suffix}")
    assert found is not None
    assert (found.subject, found.layers[0].scheme) == (SUBJECT, Scheme.COSIGN_SIMPLESIGNING)


@pytest.mark.parametrize(
    "config", [empty(), described(b"{}", BUNDLE), described(b"{}", NOTATION_CONFIG, "sha512")]
)
def test_an_empty_config_may_have_any_name(config: dict[str, Any]) -> None:
    assert shape(referrer(config=config)) is not None


def test_a_layer_that_is_empty_is_evidence_of_nothing_but_annotations() -> None:
    found = shape(referrer(empty()))
    assert found is not None
    assert found.layers[0].scheme is Scheme.EMPTY


@pytest.mark.parametrize(
    ("document", "tag"),
    [
        pytest.param(referrer(described(b"tar")), None, id="image whose subject is an admitted digest"),
        pytest.param(referrer(SIGNATURE, described(b"tar")), None, id="one layer is cargo"),
        pytest.param(image(), f"sha256-{HEX}.sig", id="sig tag on an image"),
        pytest.param(image(layers=[]), f"sha256-{HEX}.sig", id="no layers"),
        pytest.param(image(layers=[SIGNATURE]), None, id="no subject"),
        pytest.param(image(layers=[SIGNATURE]), "latest", id="ordinary tag"),
        pytest.param(image(layers=[SIGNATURE]), f"sha256-{HEX}", id="image at the referrers tag"),
        pytest.param(image(layers=[SIGNATURE]), f"sha256-{HEX}.SIG", id="misspelled suffix"),
        pytest.param(referrer(), f"sha256-{OTHER.partition(':')[2]}.sig", id="tag of another subject"),
        pytest.param(referrer(described(b"not it", media.EMPTY)), None, id="empty by name only"),
        pytest.param(referrer(config=described(b"tar", media.EMPTY)), None, id="config empty by name only"),
        pytest.param(referrer(config=described(b"any", "application/json")), None, id="other config"),
        pytest.param(referrer(config=described(b"any", media.DOCKER_CONFIG)), None, id="docker config"),
        pytest.param(
            referrer(config={**described(b"c", media.OCI_CONFIG), "size": CONFIG_SIZE_LIMIT + 1}),
            None,
            id="config size",
        ),
        pytest.param(referrer({**SIGNATURE, "size": LAYER_SIZE_LIMIT + 1}), None, id="layer size"),
        pytest.param(referrer(*[SIGNATURE] * (LAYER_COUNT_LIMIT + 1)), None, id="layer count"),
        pytest.param(referrer(described(b"x", "application/json")), None, id="any json"),
        pytest.param(index(subject={**SIGNATURE, "digest": SUBJECT}), None, id="index with a subject"),
    ],
)
def test_anything_else_is_an_artifact(document: dict[str, Any], tag: str | None) -> None:
    assert shape(document, tag) is None


def test_the_limits_themselves_are_within() -> None:
    config = {**described(b"c", media.OCI_CONFIG), "size": CONFIG_SIZE_LIMIT}
    layer = {**SIGNATURE, "size": LAYER_SIZE_LIMIT}
    found = shape(referrer(*[layer] * LAYER_COUNT_LIMIT, config=config))
    assert found is not None
    assert len(found.blobs()) == 2


@pytest.mark.parametrize(
    "limits",
    [EvidenceLimits(layer_size=11), EvidenceLimits(layer_count=1), EvidenceLimits(config_size=0)],
    ids=str,
)
def test_limits_may_be_lower(limits: EvidenceLimits) -> None:
    layers = [described(b'{"bundle":1}', BUNDLE), described(b'{"bundle":2}', BUNDLE)]
    document = referrer(*layers, config=described(b"c", media.OCI_CONFIG))
    manifest = parse_manifest(written(document))
    assert evidence_shape(manifest) is not None
    assert evidence_shape(manifest, None, limits) is None


def test_a_blob_must_parse_as_everything_it_is_called() -> None:
    found = shape(referrer(described(b"x", BUNDLE), described(b"x", SIMPLE_SIGNING), described(b"x", BUNDLE)))
    assert found is not None
    assert [blob.media_type for blob in found.blobs()] == [media.EMPTY, BUNDLE, SIMPLE_SIGNING]


def test_subject_and_classic_tag_may_agree() -> None:
    assert shape(referrer(), f"sha256-{HEX}.sig") == shape(referrer())


@pytest.mark.parametrize(
    "spelling",
    ["application/vnd.dev.sigstore.bundle+json; version=0.3", "Application/vnd.DSSE.envelope.v1+json"],
)
def test_spaces_and_case_of_a_media_type_do_not_matter(spelling: str) -> None:
    assert scheme_of(spelling) in {Scheme.COSIGN_BUNDLE, Scheme.DSSE}


def test_an_index_at_the_referrers_tag_speaks_of_its_subject() -> None:
    children = [described(b"one", media.OCI_IMAGE), described(b"two", media.OCI_IMAGE)]
    found = evidence_index(parse_manifest(written(index(manifests=children))), f"sha256-{HEX}")
    assert found is not None
    assert found.children == (digest_of(b"one"), digest_of(b"two"))
    assert found.subject == SUBJECT
    assert found.speaks_of(SUBJECT)
    assert not found.speaks_of(OTHER)


def test_a_cut_tag_speaks_of_its_subject_without_naming_it() -> None:
    subject = digest_of(b"the subject", "sha512")
    found = evidence_index(parse_manifest(written(index())), f"sha512-{subject.partition(':')[2][:64]}")
    assert found is not None
    assert found.subject is None
    assert found.speaks_of(subject)


@pytest.mark.parametrize(
    ("document", "tag"),
    [
        (index(), None),
        (index(), "latest"),
        (index(), f"sha256-{HEX}.sig"),
        (index(), f"sha256-{HEX[:-1]}"),
        (image(), f"sha256-{HEX}"),
        (index(manifests=[described(b"nested", media.OCI_INDEX)]), f"sha256-{HEX}"),
        (index(manifests=[described(b"layer", LAYER)]), f"sha256-{HEX}"),
        (index(subject={**SIGNATURE, "digest": SUBJECT}), f"sha256-{HEX}"),
    ],
)
def test_any_other_index_is_an_artifact(document: dict[str, Any], tag: str | None) -> None:
    assert evidence_index(parse_manifest(written(document)), tag) is None
