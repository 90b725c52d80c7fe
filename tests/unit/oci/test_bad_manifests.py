"""The corpus of manifests that must be refused, each with the place that is said."""

from typing import Any

import pytest
from tests.unit.oci.documents import SUBJECT, described, image, index, written

from pratique.errors import ManifestInvalid
from pratique.oci import media
from pratique.oci.manifest import parse_manifest

GOOD = described(b"x")
LONG_S, KELVIN = "\u017f", "\u212a"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the document is not an object"),
        ("text", "the document is not an object"),
        (image(schemaVersion=None), "schemaVersion is missing"),
        (image(schemaVersion="2"), "schemaVersion is not an integer"),
        (image(schemaVersion=2.0), "schemaVersion is not an integer"),
        (image(schemaVersion=True), "schema 1"),
        (image(schemaVersion=3), "schemaVersion is not 2"),
        (image(schemaVersion=1), "schema 1"),
        (image(fsLayers=[{"blobSum": SUBJECT}]), "schema 1"),
        (image(mediaType="application/vnd.docker.distribution.manifest.v1+prettyjws"), "schema 1"),
        (image(manifests=[GOOD]), "image and an index at once"),
        (image(manifests=[]), "image and an index at once"),
        (index(layers=[GOOD]), "image and an index at once"),
        (index(config=GOOD), "image and an index at once"),
        (index(layers=[]), "image and an index at once"),
        (image(mediaType=2), "mediaType is not a string"),
        (image(config=None), "config is not an object"),
        (image(layers=None), "layers is missing"),
        (index(manifests=None), "manifests is missing"),
        (image(layers={}), "layers is not an array"),
        (image(layers=[None]), "layers[0] is not an object"),
        (image(layers=[GOOD, {**GOOD, "digest": "sha256:abc"}]), "layers[1].digest is no good"),
        (image(layers=[{**GOOD, "digest": SUBJECT.upper()}]), "layers[0].digest is no good"),
        (image(layers=[{**GOOD, "digest": "blake3:" + "a" * 64}]), "layers[0].digest is no good"),
        (image(layers=[{**GOOD, "digest": None}]), "layers[0].digest is missing"),
        (image(layers=[{**GOOD, "mediaType": ""}]), "layers[0].mediaType is missing"),
        (image(layers=[{**GOOD, "mediaType": "a\nb"}]), "layers[0].mediaType is not a media type"),
        (image(layers=[{**GOOD, "mediaType": " a/b"}]), "layers[0].mediaType is not a media type"),
        (image(layers=[{**GOOD, "mediaType": "a/" + "b" * 254}]), "layers[0].mediaType is not a media type"),
        (image(layers=[{**GOOD, "size": -1}]), "layers[0].size is negative"),
        (image(layers=[{**GOOD, "size": 1.0}]), "layers[0].size is not an integer"),
        (image(layers=[{**GOOD, "size": "1"}]), "layers[0].size is not an integer"),
        (image(layers=[{**GOOD, "size": True}]), "layers[0].size is not an integer"),
        (image(layers=[{**GOOD, "size": 2**63}]), "does not fit 64 bits"),
        (image(layers=[{**GOOD, "size": None}]), "layers[0].size is missing"),
        (image(layers=[GOOD, {**GOOD, "size": 2}]), "two sizes"),
        (image(layers=[{**GOOD, "urls": "https://a.example"}]), "layers[0].urls is not an array"),
        (image(layers=[{**GOOD, "urls": [1]}]), "layers[0].urls is not an array of strings"),
        (image(layers=[{**GOOD, "data": "!"}]), "layers[0].data is not standard base64"),
        (image(layers=[{**GOOD, "data": "\u00e9"}]), "layers[0].data is not standard base64"),
        (image(layers=[{**GOOD, "data": "eQ=="}]), "layers[0].data is not what digest and size describe"),
        (image(layers=[{**GOOD, "data": ""}]), "layers[0].data is not what digest and size describe"),
        (image(layers=[{**GOOD, "annotations": {"a": 1}}]), "layers[0].annotations['a'] is not a string"),
        (image(annotations=[]), "annotations is not an object"),
        (image(annotations={"a": None}), "annotations['a'] is not a string"),
        (image(artifactType=1), "artifactType is not a string"),
        (image(artifactType="a/b\r\nSet-Cookie: c"), "artifactType is not a media type"),
        (image(subject=SUBJECT), "subject is not an object"),
        (image(subject={"mediaType": media.OCI_IMAGE, "size": 1}), "subject.digest is missing"),
        (image(subject={"digest": SUBJECT, "size": 1}), "subject.mediaType is missing"),
        (index(manifests=[{**GOOD, "platform": "linux/amd64"}]), "manifests[0].platform is not an object"),
        (index(manifests=[{**GOOD, "platform": {"os": 1}}]), "manifests[0].platform.os is not a string"),
        (
            index(manifests=[{**GOOD, "platform": {"OS": "linux"}}]),
            "manifests[0].platform.OS is spelled 'os'",
        ),
        (image(Layers=[GOOD]), "Layers is spelled 'layers'"),
        (image(**{f"layer{LONG_S}": [GOOD]}), "is spelled 'layers'"),
        (image(layers=[{**GOOD, "Digest": SUBJECT}]), "layers[0].Digest is spelled 'digest'"),
        (image(Subject={}), "Subject is spelled 'subject'"),
        (image(MediaType=media.OCI_INDEX), "MediaType is spelled 'mediaType'"),
    ],
    ids=str,
)
def test_a_bad_manifest_is_refused_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(ManifestInvalid) as refused:
        parse_manifest(written(document))
    assert said in refused.value.message
    assert len(refused.value.message) < 500


def test_a_key_that_no_known_field_folds_to_is_left_alone() -> None:
    assert parse_manifest(written(image(**{f"{KELVIN}ey": 1, "LAYER": []}))).media_type == media.OCI_IMAGE
