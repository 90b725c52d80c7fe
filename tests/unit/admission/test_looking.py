"""What an artifact is told by: its bytes, never what it claims to be."""

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest
from tests.images import DEBIAN, dpkg, file, image, layer

from pratique.admission.looking import HELM_CHART, HELM_CONFIG, HELM_PROVENANCE, Looking
from pratique.errors import BlobUnknown
from pratique.inventory import Contents, CouldNotBeExamined, InProcess
from pratique.oci import media
from pratique.oci.manifest import parse_manifest

TAR = "application/vnd.oci.image.layer.v1.tar"
CHART = layer(file("app/Chart.yaml", "name: app\nversion: 1.0.0\n"), file("app/values.yaml", "a: 1\n"))
STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
).encode()
SPDX = b'{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app"}'
OLD = image([file("etc/os-release", DEBIAN), file("var/lib/dpkg/status", dpkg(("zlib1g", "1.2")))])


def looked(
    *layers: tuple[bytes, str], config: bytes = b"{}", kind: str = media.EMPTY, **more: Any
) -> Contents:
    """What is seen of a manifest with these layers. `more` goes into its first layer's descriptor."""
    blobs = {f"sha256:{hashlib.sha256(one).hexdigest()}": one for one, _ in (*layers, (config, kind))}

    @contextmanager
    def opened(digest: str) -> Iterator[BinaryIO]:
        if digest not in blobs:
            raise BlobUnknown(f"there is no blob {digest}")
        yield io.BytesIO(blobs[digest])

    described = [_descriptor(content, of) for content, of in layers]
    if described:
        described[0] = {**described[0], **more}
    manifest = {
        "schemaVersion": 2,
        "mediaType": media.OCI_IMAGE,
        "config": _descriptor(config, kind),
        "layers": described,
    }
    return Looking(opened, InProcess(opened))(parse_manifest(json.dumps(manifest).encode()))


def _descriptor(content: bytes, of: str) -> dict[str, Any]:
    return {
        "mediaType": of,
        "size": len(content),
        "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


def names(contents: Contents) -> list[str]:
    return [located.package.name for located in contents.packages]


@pytest.mark.parametrize(
    "kind", [media.OCI_CONFIG, media.DOCKER_CONFIG, media.EMPTY, HELM_CONFIG, "application/vnd.example+json"]
)
def test_what_names_diff_ids_is_an_image_whatever_it_claims(kind: str) -> None:
    as_chart = HELM_CHART if kind == HELM_CONFIG else TAR
    found = looked((OLD.layers[0], as_chart), config=OLD.configuration, kind=kind)
    assert names(found) == ["zlib1g"]


def test_names_of_fields_that_differ_in_case_are_the_same_to_go() -> None:
    hidden = OLD.configuration.replace(b'"rootfs"', '"RootF\u017f"'.encode())
    with pytest.raises(CouldNotBeExamined, match="not that of an image"):
        looked((OLD.layers[0], HELM_CHART), config=hidden, kind=HELM_CONFIG)


@pytest.mark.parametrize(
    ("content", "of"),
    [
        (STATEMENT, "application/vnd.in-toto+json"),
        (SPDX, "application/spdx+json"),
        (SPDX, "Text/SPDX+json"),
        (b"{}", media.EMPTY),
        (b"\0asm\x01\0\0\0", "application/wasm"),
    ],
)
def test_documents_and_modules_have_nothing_inside(content: bytes, of: str) -> None:
    assert looked((content, of)).packages == ()
    # BuildKit's attestations have a configuration of an image.
    if of != "application/wasm":
        assert looked((content, of), config=OLD.configuration, kind=media.OCI_CONFIG).packages == ()


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
@pytest.mark.parametrize("of", ["application/spdx+json", "application/wasm", "application/cose", "x/y"])
def test_an_archive_is_no_document(packed: Any, of: str) -> None:
    with pytest.raises(CouldNotBeExamined, match="none whose contents are known"):
        looked((packed(OLD.layers[0]), of))


def test_a_chart_is_looked_into() -> None:
    provenance = (b"-----BEGIN PGP SIGNED MESSAGE-----\n", HELM_PROVENANCE)
    assert looked((gzip.compress(CHART), HELM_CHART), provenance, kind=HELM_CONFIG).packages == ()
    smuggled = layer(
        file("app/package.json", "{}"),
        file("etc/os-release", DEBIAN),
        file("var/lib/dpkg/status", dpkg(("zlib1g", "1.2"))),
    )
    assert names(looked((smuggled, HELM_CHART), kind=HELM_CONFIG)) == ["zlib1g"]
    with pytest.raises(CouldNotBeExamined, match="none whose contents are known"):
        looked((CHART, HELM_CHART), (OLD.layers[0], HELM_PROVENANCE), kind=HELM_CONFIG)


def test_what_cannot_be_looked_into_is_said() -> None:
    with pytest.raises(CouldNotBeExamined, match="urls"):
        looked(
            (OLD.layers[0], TAR),
            config=OLD.configuration,
            kind=media.OCI_CONFIG,
            urls=["https://example.test/layer"],
        )
    with pytest.raises(CouldNotBeExamined, match="encrypted"):
        looked((b"x", f"{TAR}+encrypted"), config=OLD.configuration, kind=media.OCI_CONFIG)
    with pytest.raises(CouldNotBeExamined, match="not here"):
        looked(
            (OLD.layers[0], TAR),
            config=OLD.configuration,
            kind=media.OCI_CONFIG,
            digest=f"sha256:{'1' * 64}",
        )
    windows = image([file("Files/x")], os="windows")
    with pytest.raises(CouldNotBeExamined, match="images for windows"):
        looked((windows.layers[0], TAR), config=windows.configuration, kind=media.OCI_CONFIG)
