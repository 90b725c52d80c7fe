"""Manifests: what must be accepted, what must not, and what is read from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.oci.documents import LAYER, SUBJECT, described, empty, image, index, referrer, written

from pratique.errors import ManifestInvalid, PratiqueError, TooLarge
from pratique.oci import media
from pratique.oci.digest import digest_of
from pratique.oci.manifest import MANIFEST_LIMIT, Kind, parse_manifest

FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
EXAMPLE = "application/vnd.example.oci.conformance.v1"


def test_an_image_is_read() -> None:
    manifest = parse_manifest(written(image(annotations={"a": "b"})), media.OCI_IMAGE)
    assert (manifest.kind, manifest.media_type) == (Kind.IMAGE, media.OCI_IMAGE)
    assert manifest.artifact_type == media.OCI_CONFIG
    assert [blob.digest for blob in manifest.blobs()] == [
        digest_of(b'{"os":"linux"}'),
        digest_of(b"layer one"),
        digest_of(b"layer two"),
    ]
    assert (manifest.children(), manifest.subject, manifest.annotations) == ((), None, {"a": "b"})


def test_an_index_is_read() -> None:
    manifest = parse_manifest(written(index()), media.OCI_INDEX)
    assert (manifest.kind, manifest.artifact_type, manifest.blobs()) == (Kind.INDEX, None, ())
    platforms = [child.platform for child in manifest.children()]
    assert [platform and platform.architecture for platform in platforms] == ["amd64", "arm64"]


@pytest.mark.parametrize(
    "document",
    [
        image(layers=[]),
        image(layers=[described(b"tar", "application/vnd.oci.image.layer.v1.tar")]),
        image(annotations={f"large-annotation-{number}": "A" * 10_000 for number in range(390)}),
        image(**{"org.XYZ": "custom", "config": described(b"c", media.OCI_CONFIG)}),
        image(artifactType=EXAMPLE, config=empty(), layers=[described(b"blob", EXAMPLE)]),
        image(artifactType=EXAMPLE, config=empty(), layers=[empty()]),
        image(config=described(b"c", media.OCI_CONFIG, data="Yw=="), layers=[described(b"l", data="bA==")]),
        image(config=described(b"c", "sha-less/type", "sha512"), layers=[described(b"l", LAYER, "sha512")]),
        image(subject={"mediaType": media.OCI_IMAGE, "digest": SUBJECT, "size": 123}),
        index(manifests=[]),
        index(artifactType=EXAMPLE),
        index(manifests=[described(b"nested", media.OCI_INDEX)], annotations={"a": "b"}),
        index(subject={"mediaType": media.OCI_INDEX, "digest": SUBJECT, "size": 123}, artifactType=EXAMPLE),
        index(**{"org.XYZ": "custom"}),
        image() | {"layers": None},
        index() | {"manifests": None},
        image(mediaType=media.DOCKER_IMAGE),
        index(mediaType=media.DOCKER_LIST),
        image(config=described(b"{}", EXAMPLE), layers=[described(b"l", "text/whatever; charset=utf-8")]),
    ],
    ids=lambda document: ",".join(sorted(document))[:60],
)
def test_what_the_conformance_suite_and_clients_push_is_accepted(document: dict[str, Any]) -> None:
    manifest = parse_manifest(written(document), document["mediaType"])
    assert manifest.media_type == document["mediaType"]
    assert manifest.annotations == document.get("annotations", {})


def test_artifact_type_falls_back_to_the_config_of_an_image_only() -> None:
    assert parse_manifest(written(image(artifactType=EXAMPLE))).artifact_type == EXAMPLE
    assert parse_manifest(written(image(artifactType=""))).artifact_type == media.OCI_CONFIG
    assert parse_manifest(written(index(artifactType=""))).artifact_type is None


@pytest.mark.parametrize(
    ("document", "content_type", "expected"),
    [
        (image(), None, media.OCI_IMAGE),
        (image(mediaType=None), None, media.OCI_IMAGE),
        (index(mediaType=None), None, media.OCI_INDEX),
        (index(mediaType=None, manifests=[]), None, media.OCI_INDEX),
        (image(mediaType=None), media.DOCKER_IMAGE, media.DOCKER_IMAGE),
        (index(mediaType=None), media.DOCKER_LIST, media.DOCKER_LIST),
        (image(), f"{media.OCI_IMAGE.upper()} ; charset=utf-8", media.OCI_IMAGE),
    ],
)
def test_the_media_type_is_agreed_on(
    document: dict[str, Any], content_type: str | None, expected: str
) -> None:
    assert parse_manifest(written(document), content_type).media_type == expected


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        (image(), media.OCI_INDEX),
        (image(), media.DOCKER_IMAGE),
        (image(mediaType=None), media.OCI_INDEX),
        (index(mediaType=None), media.OCI_IMAGE),
        (image(mediaType="application/json"), None),
        (image(mediaType=None), "application/json"),
        (image(mediaType="application/vnd.oci.artifact.manifest.v1+json"), None),
    ],
)
def test_media_types_that_disagree_or_are_unknown_are_refused(
    document: dict[str, Any], content_type: str | None
) -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(written(document), content_type)


def test_layers_with_urls_are_optional_only_when_nondistributable() -> None:
    urls = ["https://store.example.com/blob"]
    layers = [
        described(b"foreign", FOREIGN, urls=urls),
        described(b"foreign, nowhere", FOREIGN),
        described(b"ordinary", LAYER, urls=urls),
    ]
    manifest = parse_manifest(written(image(layers=layers)))
    assert [blob.digest for blob in manifest.optional_blobs()] == [digest_of(b"foreign")]
    assert [blob.digest for blob in manifest.blobs()[1:]] == [
        digest_of(b"foreign, nowhere"),
        digest_of(b"ordinary"),
    ]


def test_a_layer_named_both_ways_is_needed() -> None:
    layers = [described(b"same", FOREIGN, urls=["https://a.example"]), described(b"same")]
    manifest = parse_manifest(written(image(layers=layers)))
    assert manifest.optional_blobs() == ()
    assert digest_of(b"same") in {blob.digest for blob in manifest.blobs()}


def test_an_index_of_layers_is_buildkits_cache() -> None:
    cache = [
        described(b"layer", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
        described(b"{}", "application/vnd.buildkit.cacheconfig.v0"),
    ]
    manifest = parse_manifest(written(index(manifests=cache)))
    assert manifest.children() == ()
    assert [blob.digest for blob in manifest.blobs()] == [digest_of(b"layer"), digest_of(b"{}")]


def test_attestation_children_are_no_platform_unless_also_listed_as_one() -> None:
    marked = {"vnd.docker.reference.type": "attestation-manifest"}
    attestation = described(b"attestation", media.OCI_IMAGE, annotations=marked)
    hidden = described(b"hidden", media.OCI_IMAGE)
    children = [attestation, hidden | {"annotations": marked}, hidden]
    manifest = parse_manifest(written(index(manifests=children)))
    assert len(manifest.children()) == 2
    assert [child.digest for child in manifest.platform_children()] == [digest_of(b"hidden")]


def test_a_manifest_may_be_as_large_as_the_limit_and_no_larger() -> None:
    padding = MANIFEST_LIMIT - len(written(image(annotations={"a": ""})))
    largest = written(image(annotations={"a": "x" * padding}))
    assert len(largest) == MANIFEST_LIMIT
    assert parse_manifest(largest).kind is Kind.IMAGE
    with pytest.raises(TooLarge):
        parse_manifest(largest + b" ")
    assert parse_manifest(largest + b" ", limit=MANIFEST_LIMIT + 1).kind is Kind.IMAGE


@given(st.binary(), st.none() | st.text(max_size=20))
def test_arbitrary_bytes_raise_nothing_but_our_errors(content: bytes, content_type: str | None) -> None:
    with pytest.raises(PratiqueError):
        parse_manifest(content, content_type)


_WEIRD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.sampled_from([SUBJECT, media.OCI_IMAGE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mediaType", "digest", "size", "urls", "data", "platform", "annotations", "os"]),
            inner,
        )
    ),
)


@given(
    st.sampled_from([image(), index(), referrer()]),
    st.dictionaries(
        st.sampled_from(
            [
                "schemaVersion",
                "mediaType",
                "config",
                "layers",
                "manifests",
                "subject",
                "annotations",
                "artifactType",
            ]
        ),
        _WEIRD,
        max_size=2,
    ),
)
def test_spoiled_manifests_raise_nothing_but_our_errors(good: dict[str, Any], spoils: dict[str, Any]) -> None:
    try:
        manifest = parse_manifest(written(good | spoils))
    except PratiqueError:
        return
    assert all(descriptor.size >= 0 for descriptor in (*manifest.blobs(), *manifest.children()))
