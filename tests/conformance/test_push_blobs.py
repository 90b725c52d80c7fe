"""distribution-spec, "Pushing blobs", "Cancel a blob upload", "Mounting a blob from another repository"."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from tests.conformance.conftest import Oci
from tests.doors import errors_of

from pratique.oci.digest import digest_of

CONTENT = bytes(n % 253 for n in range(3_000))
DIGEST = digest_of(CONTENT)
OTHER = digest_of(b"other")


def patch(oci: Oci, location: str, start: int, stop: int, content: bytes = CONTENT) -> tuple[int, str, str]:
    answer = oci.follow(
        "PATCH",
        location,
        content=content[start:stop],
        headers={"content-range": f"{start}-{stop - 1}", "content-type": "application/octet-stream"},
    )
    return answer.status_code, answer.headers.get("location", ""), answer.headers.get("range", "")


def is_pullable(oci: Oci, location: str, content: bytes = CONTENT) -> bool:
    answer = oci.follow("GET", location)
    return bool(answer.status_code == 200 and answer.content == content)


def test_post_then_put(oci: Oci) -> None:
    answer = oci.ask("POST", "blobs/uploads/")
    assert answer.status_code == 202
    location = answer.headers["location"]
    session = urlsplit(location).path.rpartition("/")[2]
    assert str(uuid.UUID(session)) == session
    put = oci.follow("PUT", location, params={"digest": DIGEST}, content=CONTENT)
    assert put.status_code == 201
    assert put.headers["docker-content-digest"] == DIGEST
    assert is_pullable(oci, put.headers["location"])


def test_post_then_put_of_nothing(oci: Oci) -> None:
    put = oci.follow("PUT", oci.begin(), params={"digest": digest_of(b"")})
    assert put.status_code == 201
    assert is_pullable(oci, put.headers["location"], b"")


def test_single_post(oci: Oci) -> None:
    answer = oci.ask("POST", "blobs/uploads/", params={"digest": DIGEST}, content=CONTENT)
    assert answer.status_code == 201
    assert is_pullable(oci, answer.headers["location"])


@pytest.mark.parametrize("digest", [OTHER, "sha256:bad", "md5:" + "0" * 32, "nonsense"])
def test_an_invalid_or_unsupported_digest_is_400_in_every_form(oci: Oci, digest: str) -> None:
    single = oci.ask("POST", "blobs/uploads/", params={"digest": digest}, content=CONTENT)
    put = oci.follow("PUT", oci.begin(), params={"digest": digest}, content=CONTENT)
    location = oci.begin()
    assert patch(oci, location, 0, 3_000)[0] == 202
    closing = oci.follow("PUT", location, params={"digest": digest})
    for answer in (single, put, closing):
        assert answer.status_code == 400
        assert errors_of(answer) == ["DIGEST_INVALID"]


def test_closing_without_a_digest_is_400(oci: Oci) -> None:
    assert oci.follow("PUT", oci.begin(), content=CONTENT).status_code == 400


@pytest.mark.parametrize("last", ["put", "patch"])
def test_in_chunks(oci: Oci, last: str) -> None:
    location = oci.begin()
    for start, stop in ((0, 1_000), (1_000, 2_000)):
        status, location, reached = patch(oci, location, start, stop)
        assert (status, reached) == (202, f"0-{stop - 1}")
    headers = {"content-range": "2000-2999"}
    if last == "patch":
        status, location, reached = patch(oci, location, 2_000, 3_000)
        assert (status, reached) == (202, "0-2999")
        put = oci.follow("PUT", location, params={"digest": DIGEST})
    else:
        put = oci.follow("PUT", location, params={"digest": DIGEST}, content=CONTENT[2_000:], headers=headers)
    assert put.status_code == 201
    assert is_pullable(oci, put.headers["location"])


def test_a_stream_without_content_range(oci: Oci) -> None:
    location = oci.begin()
    answer = oci.follow("PATCH", location, content=(CONTENT[n : n + 100] for n in range(0, 3_000, 100)))
    assert (answer.status_code, answer.headers["range"]) == (202, "0-2999")
    put = oci.follow("PUT", answer.headers["location"], params={"digest": DIGEST})
    assert put.status_code == 201


@pytest.mark.parametrize(("start", "stop"), [(1, 1_000), (2_000, 3_000)])
def test_a_first_chunk_that_does_not_begin_with_0_is_416(oci: Oci, start: int, stop: int) -> None:
    status, _, reached = patch(oci, oci.begin(), start, stop)
    assert (status, reached) == (416, "0-0")


def test_chunks_out_of_order_are_416_and_the_status_says_where_to_go_on(oci: Oci) -> None:
    location = oci.begin()
    assert patch(oci, location, 0, 1_000)[0] == 202
    for start, stop in ((2_000, 3_000), (0, 1_000), (500, 1_500)):
        status, where, reached = patch(oci, location, start, stop)
        assert (status, where, reached) == (416, location, "0-999")
    late = oci.follow(
        "PUT",
        location,
        params={"digest": DIGEST},
        content=CONTENT[2_000:],
        headers={"content-range": "2000-2999"},
    )
    assert late.status_code == 416
    status = oci.follow("GET", location)
    assert (status.status_code, status.headers["range"]) == (204, "0-999")
    assert patch(oci, status.headers["location"], 1_000, 3_000)[0] == 202
    assert oci.follow("PUT", location, params={"digest": DIGEST}).status_code == 201


@pytest.mark.parametrize("given", ["bytes 0-2999/3000", "0-", "a-b", "2999-0", "0-2999/3000"])
def test_a_content_range_has_its_form(oci: Oci, given: str) -> None:
    answer = oci.follow("PATCH", oci.begin(), content=CONTENT, headers={"content-range": given})
    assert answer.status_code == 400
    assert re.fullmatch("[0-9]+-[0-9]+", given) is None or given == "2999-0"


def test_a_chunk_has_the_length_of_its_range(oci: Oci) -> None:
    answer = oci.follow("PATCH", oci.begin(), content=CONTENT, headers={"content-range": "0-99"})
    assert (answer.status_code, errors_of(answer)) == (400, ["SIZE_INVALID"])


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_digest_algorithm(oci: Oci, algorithm: str) -> None:
    answer = oci.ask("POST", "blobs/uploads/", params={"digest-algorithm": algorithm})
    assert answer.status_code == 202
    location = answer.headers["location"]
    assert patch(oci, location, 0, 3_000)[0] == 202
    digest = digest_of(CONTENT, algorithm)
    put = oci.follow("PUT", location, params={"digest": digest})
    assert (put.status_code, put.headers["docker-content-digest"]) == (201, digest)
    assert oci.ask("POST", "blobs/uploads/", params={"digest-algorithm": "md5"}).status_code == 400


def test_cancelling(oci: Oci) -> None:
    location = oci.begin()
    assert oci.follow("DELETE", location).status_code == 204
    for method in ("GET", "DELETE", "PATCH"):
        answer = oci.follow(method, location)
        assert answer.status_code == 404
        assert errors_of(answer) == ["BLOB_UPLOAD_UNKNOWN"]


@pytest.mark.parametrize("source", ["named", "anonymous"])
def test_mounting(oci: Oci, source: str) -> None:
    digest = oci.blob(f"to be mounted, {source}".encode())
    target = f"/v2/spec/target-of-{source}/blobs/uploads/"
    query = {"mount": digest} if source == "anonymous" else {"mount": digest, "from": oci.name}
    answer = oci.client.post(target, oci.who, params=query)
    assert answer.status_code == 201
    assert answer.headers["docker-content-digest"] == digest
    assert oci.follow("GET", answer.headers["location"]).status_code == 200


def test_mounting_what_is_not_there_begins_an_upload(oci: Oci) -> None:
    for query in (
        {"mount": OTHER, "from": oci.name},
        {"mount": OTHER},
        {"mount": OTHER, "from": "Not/A/Name"},
    ):
        answer = oci.ask("POST", "blobs/uploads/", params=query)
        assert answer.status_code == 202
        put = oci.follow("PUT", answer.headers["location"], params={"digest": DIGEST}, content=CONTENT)
        assert put.status_code == 201


def test_unknown_uploads_are_404(oci: Oci) -> None:
    location = oci.begin()
    assert oci.follow("GET", location.replace(oci.name, "spec/elsewhere")).status_code == 404
    assert oci.ask("GET", f"blobs/uploads/{uuid.UUID(int=7)}").status_code == 404
