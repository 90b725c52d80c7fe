"""Paths below /v2/: what they mean, and every trick that must not mean anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import (
    DigestInvalid,
    ManifestUnknown,
    NameInvalid,
    PratiqueError,
    TagInvalid,
    Unsupported,
    UploadUnknown,
)
from pratique.http.v2 import paths
from pratique.http.v2.paths import (
    BasePath,
    BlobPath,
    CatalogPath,
    ManifestPath,
    ReferrersPath,
    TagsPath,
    UploadPath,
    UploadsPath,
    parse_path,
)
from pratique.oci.digest import Digest
from pratique.oci.references import Reference

DIGEST = Digest("sha256:" + "a" * 64)


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("/v2", BasePath()),
        ("/v2/", BasePath()),
        ("/v2/_catalog", CatalogPath()),
        ("/v2/a/b/manifests/1.0", ManifestPath("a/b", Reference("1.0", None))),
        (f"/v2/a/b/manifests/{DIGEST}", ManifestPath("a/b", Reference(None, DIGEST))),
        (f"/v2/a/b/manifests/{DIGEST.replace(':', '%3A')}", ManifestPath("a/b", Reference(None, DIGEST))),
        (f"/v2/a/b/blobs/{DIGEST}", BlobPath("a/b", DIGEST)),
        ("/v2/a/b/blobs/uploads/", UploadsPath("a/b")),
        ("/v2/a/b/blobs/uploads", UploadsPath("a/b")),
        ("/v2/a/b/blobs/uploads/6f-1", UploadPath("a/b", "6f-1")),
        ("/v2/a/b/tags/list", TagsPath("a/b")),
        (f"/v2/a/b/referrers/{DIGEST}", ReferrersPath("a/b", DIGEST)),
        ("/v2/a/blobs/uploads/manifests/x", ManifestPath("a/blobs/uploads", Reference("x", None))),
        ("/v2/a/manifests/b/tags/list", TagsPath("a/manifests/b")),
    ],
)
def test_meaning(raw: str, meant: paths.Path) -> None:
    assert parse_path(raw.encode()) == meant


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        ("/v2/a/../b/manifests/1", NameInvalid),
        ("/v2/a/%2e%2e/b/manifests/1", NameInvalid),
        ("/v2/a%2fb/manifests/1", NameInvalid),
        ("/v2/a//b/manifests/1", NameInvalid),
        ("/v2//manifests/1", NameInvalid),
        ("/v2/a/b%00/manifests/1", NameInvalid),
        ("/v2/A/b/manifests/1", NameInvalid),
        ("/v2/a/%ff/manifests/1", NameInvalid),
        ("/v2/a/%zz/manifests/1", NameInvalid),
        ("/v2/a/%252e/manifests/1", NameInvalid),
        ("/v2/" + "a/" * 200 + "b/manifests/1", NameInvalid),
        ("/v2/a/manifests/sha256:bad", DigestInvalid),
        ("/v2/a/blobs/sha256:bad", DigestInvalid),
        ("/v2/a/referrers/latest", DigestInvalid),
        ("/v2/a/manifests/.hidden", ManifestUnknown),
        ("/v2/a/manifests/" + "t" * 129, ManifestUnknown),
        ("/v2/a/blobs/uploads/..", UploadUnknown),
        ("/v2/a/blobs/uploads/%2e%2e%2f", NameInvalid),
        ("/v2/a/b", Unsupported),
        ("/v2/a/tags", Unsupported),
        ("/v3/", Unsupported),
        ("/%762/", Unsupported),
    ],
)
def test_refusals(raw: str, refusal: type[PratiqueError]) -> None:
    with pytest.raises(refusal):
        parse_path(raw.encode())


def test_a_malformed_tag_is_invalid_where_it_is_written() -> None:
    with pytest.raises(TagInvalid):
        parse_path(b"/v2/a/manifests/.hidden", writes=True)


@given(st.binary(max_size=200))
def test_anything_is_a_path_or_a_refusal(raw: bytes) -> None:
    try:
        found = parse_path(b"/v2/" + raw)
    except PratiqueError:
        return
    assert not isinstance(found, ManifestPath) or ".." not in found.name.split("/")


@given(
    st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}", fullmatch=True),
    st.from_regex(r"\w[\w.-]{0,20}", fullmatch=True),
)
def test_what_is_written_is_read(name: str, tag: str) -> None:
    if not tag.isascii():
        return
    assert parse_path(paths.manifest_path(name, tag).encode()) == ManifestPath(name, Reference(tag, None))


def test_query_of_a_link_is_quoted() -> None:
    assert (
        paths.with_query("/v2/_catalog", n=2, last="a/b&n=9", none=None)
        == "/v2/_catalog?n=2&last=a%2Fb%26n%3D9"
    )
