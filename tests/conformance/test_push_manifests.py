"""distribution-spec, "Pushing Manifests", "Pushing Manifests with Subject"."""

import json

import pytest
from tests.conformance.conftest import CONFIG, INDEX, LAYER, Oci
from tests.doors import IMAGE, errors_of
from tests.signing import descriptor_of

from pratique.oci.digest import digest_of

ABSENT = {"mediaType": LAYER, "digest": "sha256:" + "0" * 64, "size": 3}
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(b"{}"), "size": 2}


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_created_with_a_pullable_location(oci: Oci, by: str) -> None:
    content = oci.image(seed=by)
    answer = oci.put("1.0" if by == "tag" else digest_of(content), content)
    assert answer.status_code == 201
    assert answer.headers["docker-content-digest"] == digest_of(content)
    assert oci.follow("GET", answer.headers["location"]).content == content


def test_stored_in_the_exact_bytes(oci: Oci) -> None:
    fields = json.loads(oci.image())
    content = (
        json.dumps({**fields, "unknown": {"é": [1.50, None]}}, indent=5, ensure_ascii=False).encode() + b" \n"
    )
    assert oci.put("1.0", content).status_code == 201
    assert oci.ask("GET", "manifests/1.0").content == content


def test_a_manifest_by_sha512(oci: Oci) -> None:
    content = oci.image()
    digest = digest_of(content, "sha512")
    assert oci.put(digest, content).headers["docker-content-digest"] == digest
    answer = oci.ask("HEAD", f"manifests/{digest}")
    assert (answer.status_code, answer.headers["docker-content-digest"]) == (200, digest)


def test_the_list_of_blobs_may_be_empty(oci: Oci) -> None:
    oci.blob(b"{}")
    oci.document("none", {"artifactType": "application/x.thing", "config": EMPTY, "layers": []})
    oci.document("empty", {"manifests": []}, INDEX)
    assert oci.ask("GET", "manifests/empty").headers["content-type"] == INDEX


def test_what_is_not_in_the_repository_is_refused(oci: Oci) -> None:
    config = b"{}"
    oci.blob(config)
    for fields, kind in (
        ({"config": descriptor_of(config, CONFIG), "layers": [ABSENT]}, IMAGE),
        ({"config": {**ABSENT, "mediaType": CONFIG}, "layers": []}, IMAGE),
        ({"manifests": [{**ABSENT, "mediaType": IMAGE}]}, INDEX),
    ):
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, **fields}).encode()
        answer = oci.put("1.0", content, kind)
        assert answer.status_code == 404
        assert errors_of(answer) == ["MANIFEST_BLOB_UNKNOWN"]
    assert oci.ask("GET", "manifests/1.0").status_code == 404


@pytest.mark.parametrize("digest", ["sha256:baddigeststring", "sha256:" + "0" * 64, "md5:" + "0" * 32])
def test_a_digest_that_is_not_that_of_the_bytes_is_400(oci: Oci, digest: str) -> None:
    answer = oci.put(digest, oci.image())
    assert (answer.status_code, errors_of(answer)) == (400, ["DIGEST_INVALID"])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schemaVersion":1}', b'{"a":1,"a":2}', b"\xff" * 9])
def test_what_is_no_manifest_is_400(oci: Oci, content: bytes) -> None:
    answer = oci.put("1.0", content)
    assert (answer.status_code, errors_of(answer)) == (400, ["MANIFEST_INVALID"])


def test_media_type_and_content_type_must_agree(oci: Oci) -> None:
    assert oci.put("1.0", oci.image(), INDEX).status_code == 400


def test_sizes(oci: Oci) -> None:
    fields = json.loads(oci.image())
    filler = "x" * (4 * 2**20 - 2_000)
    assert oci.document("large", {**fields, "annotations": {"filler": filler}})
    answer = oci.put("larger", b" " * (4 * 2**20 + 1))
    assert (answer.status_code, errors_of(answer)) == (413, ["SIZE_INVALID"])


def test_tag_parameters(oci: Oci) -> None:
    content = oci.image()
    tags = [f"1.{n}" for n in range(25)]
    answer = oci.ask(
        "PUT",
        f"manifests/{digest_of(content)}",
        content=content,
        headers={"content-type": IMAGE},
        params=[("tag", tag) for tag in tags],
    )
    assert answer.status_code == 201
    told = [tag.strip() for line in answer.headers.get_list("oci-tag") for tag in line.split(",")]
    assert told == tags
    for tag in tags:
        assert oci.ask("HEAD", f"manifests/{tag}").headers["docker-content-digest"] == digest_of(content)


def test_too_many_tag_parameters_are_414(oci: Oci) -> None:
    content = oci.image()
    params = [("tag", f"t{n}") for n in range(101)]
    answer = oci.ask("PUT", f"manifests/{digest_of(content)}", content=content, params=params)
    assert answer.status_code == 414
    assert oci.ask("GET", "manifests/t0").status_code == 404


def test_malformed_tags_are_400(oci: Oci) -> None:
    content = oci.image()
    for path in ("manifests/.bad", f"manifests/{digest_of(content)}?tag=.bad", "manifests/" + "t" * 129):
        answer = oci.ask("PUT", path, content=content, headers={"content-type": IMAGE})
        assert (answer.status_code, errors_of(answer)) == (400, ["MANIFEST_INVALID"])


def test_subject_is_acknowledged_and_may_be_absent(oci: Oci) -> None:
    oci.blob(b"{}")
    subject = {**ABSENT, "mediaType": IMAGE}
    for fields, kind in (
        ({"artifactType": "application/x.thing", "config": EMPTY, "layers": [EMPTY]}, IMAGE),
        ({"manifests": []}, INDEX),
    ):
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, **fields, "subject": subject}).encode()
        answer = oci.put(digest_of(content), content, kind)
        assert answer.status_code == 201
        assert answer.headers["oci-subject"] == subject["digest"]


def test_without_a_subject_none_is_told(oci: Oci) -> None:
    assert "oci-subject" not in oci.put("1.0", oci.image()).headers


def test_unknown_types_are_kept(oci: Oci) -> None:
    layer = b"anything"
    oci.blob(layer)
    oci.blob(b"{}")
    fields = {
        "config": {**EMPTY, "mediaType": "application/x.cfg"},
        "layers": [descriptor_of(layer, "text/x.any")],
    }
    content = oci.document("1.0", fields)
    assert oci.ask("GET", "manifests/1.0").content == content
    assert oci.ask("GET", f"blobs/{digest_of(layer)}").content == layer


def test_conditional_pushes(oci: Oci) -> None:
    first, second = oci.image("1.0", seed="first"), oci.image(seed="second")
    assert oci.put("1.0", second, if_none_match="*").status_code == 412
    assert oci.put("1.0", second, if_match=f'"{digest_of(second)}"').status_code == 412
    assert oci.put("new", second, if_match="*").status_code == 412
    assert oci.put("new", second, if_none_match="*").status_code == 201
    etag = oci.ask("HEAD", "manifests/1.0").headers["etag"]
    assert etag == f'"{digest_of(first)}"'
    answer = oci.put("1.0", second, if_match=etag)
    assert (answer.status_code, answer.headers["etag"]) == (201, f'"{digest_of(second)}"')
