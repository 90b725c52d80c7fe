"""distribution-spec, "Content Management", "Error Codes", "Endpoints"."""

import pytest
from tests.conformance.conftest import Oci
from tests.doors import errors_of

from pratique.http.v2.errors import CODES
from pratique.oci.digest import digest_of

ABSENT = "sha256:" + "2" * 64


def test_deleting_tags(oci: Oci) -> None:
    content = oci.tags(["1.0", "2.0"])
    assert oci.ask("DELETE", "manifests/1.0").status_code == 202
    assert oci.ask("GET", "manifests/1.0").status_code == 404
    assert oci.ask("GET", "manifests/2.0").content == content
    assert oci.ask("GET", f"manifests/{digest_of(content)}").content == content
    assert oci.ask("DELETE", "manifests/1.0").status_code == 404


def test_deleting_manifests_takes_their_tags(oci: Oci) -> None:
    content = oci.tags(["1.0", "2.0"])
    assert oci.ask("DELETE", f"manifests/{digest_of(content)}").status_code == 202
    for reference in ("1.0", "2.0", digest_of(content)):
        assert oci.ask("HEAD", f"manifests/{reference}").status_code == 404
    assert oci.ask("GET", "tags/list").json()["tags"] == []
    assert oci.ask("DELETE", f"manifests/{digest_of(content)}").status_code == 404


@pytest.mark.parametrize("rest", ["manifests/1.0", f"manifests/{ABSENT}", f"blobs/{ABSENT}"])
def test_deleting_in_an_unknown_repository_is_404(oci: Oci, rest: str) -> None:
    assert oci.ask("DELETE", rest).status_code == 404


def test_deleting_blobs(oci: Oci) -> None:
    digest = oci.blob(b"short-lived")
    assert oci.ask("DELETE", f"blobs/{digest}").status_code == 202
    for method in ("HEAD", "GET", "DELETE"):
        assert oci.ask(method, f"blobs/{digest}").status_code == 404


def test_deleting_a_blob_here_leaves_it_elsewhere(oci: Oci) -> None:
    digest = oci.blob(b"in two places")
    oci.client.blob("spec/second-place", b"in two places", oci.who)
    assert oci.ask("DELETE", f"blobs/{digest}").status_code == 202
    assert oci.client.get(f"/v2/spec/second-place/blobs/{digest}", oci.who).status_code == 200


def test_deleting_a_blob_that_a_manifest_names_is_denied(oci: Oci) -> None:
    layer = oci.image("1.0") and digest_of(b"layer one")
    answer = oci.ask("DELETE", f"blobs/{layer}")
    assert (answer.status_code, errors_of(answer)) == (403, ["DENIED"])


REFUSED = (
    ("GET", "manifests/none", "NAME_UNKNOWN"),
    ("GET", f"blobs/{ABSENT}", "NAME_UNKNOWN"),
    ("GET", "manifests/sha256:bad", "DIGEST_INVALID"),
    ("GET", "blobs/uploads/none", "BLOB_UPLOAD_UNKNOWN"),
    ("POST", "manifests/1.0", "UNSUPPORTED"),
    ("PUT", "tags/list", "UNSUPPORTED"),
    ("GET", "nothing/here", "UNSUPPORTED"),
    ("GET", "UPPER/tags/list", "NAME_INVALID"),
)


@pytest.mark.parametrize(("method", "rest", "code"), REFUSED)
def test_error_bodies_and_codes(oci: Oci, method: str, rest: str, code: str) -> None:
    answer = oci.ask(method, rest)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["errors"][0]
    assert set(error) == {"code", "message", "detail"}
    assert error["code"] == code
    assert code in CODES


def test_within_a_repository_unknown_is_said_of_what_it_is(oci: Oci) -> None:
    oci.image("1.0")
    assert errors_of(oci.ask("GET", "manifests/none")) == ["MANIFEST_UNKNOWN"]
    assert errors_of(oci.ask("GET", f"blobs/{ABSENT}")) == ["BLOB_UNKNOWN"]


def test_methods_that_are_not_there_are_405_and_say_which_are(oci: Oci) -> None:
    answer = oci.ask("POST", "tags/list")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("rest", ["manifests/none", f"blobs/{ABSENT}", "tags/list"])
def test_head_has_the_headers_of_get_and_no_body(oci: Oci, rest: str) -> None:
    get, head = oci.ask("GET", rest), oci.ask("HEAD", rest)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]
