"""RFC 9110 on blobs and manifests: several ranges, If-Range, 304, and where the gate stands in it."""

import re

import pytest
from tests.doors import Client, robot
from tests.integration.conftest import Registry

from pratique.oci.digest import digest_of

CONTENT = bytes(n % 251 for n in range(700_000))
PATH = f"/v2/team/app/blobs/{digest_of(CONTENT)}"
ETAG = f'"{digest_of(CONTENT)}"'


@pytest.fixture
def client(registry: Registry) -> Client:
    registry.home.project("team")
    registry.home.blob("team/app", CONTENT)
    return registry.client


def parts_of(content_type: str, body: bytes) -> list[tuple[bytes, bytes]]:
    """(Content-Range, bytes) of every part."""
    found = re.fullmatch("multipart/byteranges; boundary=([0-9a-f]+)", content_type)
    assert found is not None
    _, *parts, end = body.split(b"\r\n--" + found[1].encode())
    assert end == b"--\r\n"
    taken = []
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        assert b"content-type: application/octet-stream" in head
        taken.append((head.split(b"content-range: ")[1], content))
    return taken


def test_several_ranges_in_the_order_asked_for(client: Client) -> None:
    answer = client.get(PATH, headers={"range": "bytes=600000-600009, 0-299999,-5"})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    assert parts_of(answer.headers["content-type"], answer.content) == [
        (b"bytes 600000-600009/700000", CONTENT[600_000:600_010]),
        (b"bytes 0-299999/700000", CONTENT[:300_000]),
        (b"bytes 699995-699999/700000", CONTENT[-5:]),
    ]


def test_a_thousand_ranges_as_zstd_chunked_asks_for(client: Client) -> None:
    asked = ",".join(f"{n * 600}-{n * 600 + 9}" for n in range(1_000))
    answer = client.get(PATH, headers={"range": f"bytes={asked}"})
    found = parts_of(answer.headers["content-type"], answer.content)
    assert [content for _, content in found] == [CONTENT[n * 600 : n * 600 + 10] for n in range(1_000)]


def test_ranges_that_make_sense_in_part_or_not_at_all(client: Client) -> None:
    answer = client.get(PATH, headers={"range": "bytes=5-9,900000-"})
    assert (answer.status_code, answer.content) == (206, CONTENT[5:10])
    assert answer.headers["content-range"] == "bytes 5-9/700000"
    for asked in ("bytes=a-b", "bytes=0-9,0-9,0-9,0-9,0-9", "bytes=700000-"):
        assert client.get(PATH, headers={"range": asked}).status_code == 416


def test_what_is_no_range_gets_the_whole(client: Client) -> None:
    for header in ({}, {"range": "lines=1-2"}, {"range": "bytes=0-9", "if-range": '"other"'}):
        answer = client.get(PATH, headers=header)
        assert (answer.status_code, answer.content) == (200, CONTENT)
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["cache-control"] == "private, no-cache"
    answer = client.get(PATH, headers={"range": "bytes=0-9", "if-range": ETAG})
    assert (answer.status_code, answer.content) == (206, CONTENT[:10])


def test_not_modified(client: Client) -> None:
    for method in ("GET", "HEAD"):
        answer = client.ask(method, PATH, headers={"if-none-match": f'W/"x", {ETAG}'})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == ETAG
        assert "content-length" not in answer.headers


def test_a_head_ignores_ranges(client: Client) -> None:
    answer = client.head(PATH, headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["content-length"]) == (200, "700000")


def test_304_of_a_manifest(client: Client, registry: Registry) -> None:
    content = registry.home.image("team/app")
    path = "/v2/team/app/manifests/1.0"
    etag = client.head(path).headers["etag"]
    assert etag == f'"{digest_of(content)}"'
    assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    assert client.get(path, headers={"if-none-match": '"other"'}).content == content


def test_no_header_leads_past_the_gate(registry: Registry) -> None:
    registry.home.project("gated", "signed")
    digest = registry.home.blob("gated/app", b"held back")
    who = robot(registry.home, "reader", "gated", "pull")
    for header in ({}, {"if-none-match": "*"}, {"range": "bytes=0-1"}, {"range": "bytes=0-1,3-4"}):
        for method in ("GET", "HEAD"):
            answer = registry.client.ask(method, f"/v2/gated/app/blobs/{digest}", who, headers=header)
            assert answer.status_code == 403


def test_a_head_takes_no_right_to_read_from_whoever_may_push(registry: Registry, client: Client) -> None:
    """gate.md 6: 200 for whoever may push here and the blob is linked here."""
    pusher = robot(registry.home, "pusher", "team", "push")
    scope = "repository:team/app:pull,push"
    answer = client.head(PATH, client.token(pusher, scope))
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(CONTENT)))
    assert client.head(PATH, pusher).status_code == 200
    absent = f"/v2/team/app/blobs/{digest_of(b'not there')}"
    assert client.head(absent, client.token(pusher, scope)).status_code == 404
    assert client.get(PATH, client.token(pusher, scope)).status_code == 403
    asked = client.head(PATH, client.token(pusher))
    assert asked.status_code == 401
    assert f'scope="{scope}"' in asked.headers["www-authenticate"]


def test_what_is_asked_of_nobody_for_a_head_is_to_read(client: Client) -> None:
    challenge = client.head(PATH, None).headers["www-authenticate"]
    assert 'scope="repository:team/app:pull"' in challenge
