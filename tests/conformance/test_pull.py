"""distribution-spec, "Determining Support" and "Pull"."""

import json

import pytest
from tests.conformance.conftest import INDEX, Oci
from tests.doors import IMAGE

from pratique.oci.digest import digest_of

ABSENT = "sha256:" + "0" * 64


def test_determining_support_get_v2_is_200(oci: Oci) -> None:
    assert oci.client.get("/v2/", oci.who).status_code == 200


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_pulling_manifests_the_expected_manifest(oci: Oci, by: str) -> None:
    content = oci.image("1.0")
    answer = oci.ask("GET", f"manifests/{'1.0' if by == 'tag' else digest_of(content)}")
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["docker-content-digest"] == digest_of(content)


@pytest.mark.parametrize("sent", [IMAGE, f"{IMAGE}; charset=utf-8"])
def test_pulling_manifests_content_type_as_pushed_without_parameters(oci: Oci, sent: str) -> None:
    content = oci.image("1.0")
    assert oci.put("2.0", content, sent).status_code == 201
    assert oci.ask("GET", "manifests/2.0").headers["content-type"] == IMAGE


def test_pulling_manifests_whatever_is_accepted(oci: Oci) -> None:
    content = oci.image("1.0")
    for accepted in ("application/json", "*/*", f"{INDEX};q=0.9"):
        assert oci.ask("GET", "manifests/1.0", headers={"accept": accepted}).content == content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pulling_manifests_not_found_is_404(oci: Oci, method: str) -> None:
    assert oci.ask(method, "manifests/none").status_code == 404
    oci.image("1.0")
    for reference in ("none", ABSENT, "." + "x" * 10, "t" * 129):
        assert oci.ask(method, f"manifests/{reference}").status_code == 404


def test_pulling_blobs_the_expected_blob(oci: Oci) -> None:
    content = b"the bytes of a blob"
    answer = oci.ask("GET", f"blobs/{oci.blob(content)}")
    assert answer.status_code == 200
    assert answer.content == content
    assert answer.headers["docker-content-digest"] == digest_of(content)
    assert answer.headers["content-type"] == "application/octet-stream"


def test_pulling_blobs_of_sha512(oci: Oci) -> None:
    digest = oci.client.blob(oci.name, b"strong", oci.who, "sha512")
    for method in ("GET", "HEAD"):
        answer = oci.ask(method, f"blobs/{digest}")
        assert (answer.status_code, answer.headers["docker-content-digest"]) == (200, digest)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pulling_blobs_not_found_is_404(oci: Oci, method: str) -> None:
    assert oci.ask(method, f"blobs/{ABSENT}").status_code == 404
    oci.image("1.0")
    assert oci.ask(method, f"blobs/{ABSENT}").status_code == 404


def test_pulling_blobs_of_another_repository_is_404(oci: Oci) -> None:
    digest = oci.blob(b"somewhere else")
    assert oci.client.get(f"/v2/spec/other/blobs/{digest}", oci.who).status_code == 404


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("500-1499", 500, 1499),
        ("500-", 500, 1999),
        ("-500", 1500, 1999),
        ("1500-5000", 1500, 1999),
        ("0-0", 0, 0),
    ],
)
def test_pulling_blobs_range(oci: Oci, asked: str, first: int, last: int) -> None:
    content = bytes(n % 251 for n in range(2_000))
    answer = oci.ask("GET", f"blobs/{oci.blob(content)}", headers={"range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == content[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/2000"
    assert answer.headers["content-length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["500-0", "2000-", "5000-10000"])
def test_pulling_blobs_range_that_is_not_there_is_416(oci: Oci, asked: str) -> None:
    digest = oci.blob(bytes(2_000))
    answer = oci.ask("GET", f"blobs/{digest}", headers={"range": f"bytes={asked}"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */2000"


def test_checking_if_content_exists_of_manifests(oci: Oci) -> None:
    content = oci.image("1.0")
    for reference in ("1.0", digest_of(content)):
        answer = oci.ask("HEAD", f"manifests/{reference}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(content))
        assert answer.headers["docker-content-digest"] == digest_of(content)
        assert answer.headers["content-type"] == IMAGE


def test_checking_if_content_exists_of_blobs(oci: Oci) -> None:
    digest = oci.blob(b"x" * 1_234)
    answer = oci.ask("HEAD", f"blobs/{digest}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "1234"
    assert answer.headers["docker-content-digest"] == digest


@pytest.mark.parametrize("reference", ["sha256:baddigeststring", "md5:" + "0" * 32])
def test_malformed_digests_are_400(oci: Oci, reference: str) -> None:
    for method in ("GET", "HEAD"):
        assert oci.ask(method, f"manifests/{reference}").status_code == 400
        assert oci.ask(method, f"blobs/{reference}").status_code == 400


def test_registry_proxying_ns_is_accepted(oci: Oci) -> None:
    content = oci.image("1.0")
    assert oci.ask("GET", "manifests/1.0", params={"ns": "docker.io"}).content == content
    layer = json.loads(content)["layers"][0]["digest"]
    assert oci.ask("GET", f"blobs/{layer}", params={"ns": "docker.io"}).status_code == 200
