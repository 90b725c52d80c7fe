"""distribution-spec, "Listing Tags", "Listing Referrers", "Enabling the Referrers API"."""

import json
from typing import Any

import pytest
from tests.conformance.conftest import INDEX, PAGE, Oci
from tests.doors import IMAGE
from tests.signing import descriptor_of

from pratique.oci.digest import digest_of

EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(b"{}"), "size": 2}
ABSENT = "sha256:" + "1" * 64
TAGS = ["A", "Z", "a", "b", "latest", "v1", "v2"]


def listed(oci: Oci, query: str = "") -> Any:
    return oci.ask("GET", f"tags/list{query}")


def refer(oci: Oci, subject: bytes, kind: str, seed: str = "1") -> bytes:
    """Push a referrer of an artifact type."""
    oci.blob(b"{}")
    return oci.document(
        None,
        {
            "artifactType": kind,
            "config": EMPTY,
            "layers": [EMPTY],
            "subject": descriptor_of(subject, IMAGE),
            "annotations": {"seed": seed},
        },
    )


def referrers(oci: Oci, subject: str, **query: str) -> Any:
    answer = oci.ask("GET", f"referrers/{subject}", params=query)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == INDEX
    document = answer.json()
    assert (document["schemaVersion"], document["mediaType"]) == (2, INDEX)
    return answer


def test_tags_are_a_json_body_in_order(oci: Oci) -> None:
    oci.tags(TAGS[::-1])
    answer = listed(oci, "?n=3")
    assert answer.status_code == 200
    assert answer.json() == {"name": oci.name, "tags": TAGS[:3]}


def test_tags_of_an_unknown_repository_are_404(oci: Oci) -> None:
    assert listed(oci).status_code == 404


def test_tags_may_be_none(oci: Oci) -> None:
    oci.image()
    assert listed(oci).json() == {"name": oci.name, "tags": []}


def test_tags_in_pages_by_link(oci: Oci) -> None:
    oci.tags(TAGS)
    found, path = [], oci.path("tags/list?n=3")
    while path:
        answer = oci.follow("GET", path)
        found.append(answer.json()["tags"])
        link = answer.links.get("next", {})
        path = link.get("url", "")
    assert found == [TAGS[:3], TAGS[3:6], TAGS[6:]]


def test_tags_without_n_are_in_pages_too(oci: Oci) -> None:
    oci.tags(TAGS)
    first = listed(oci)
    assert first.json()["tags"] == TAGS[:PAGE]
    assert oci.follow("GET", first.links["next"]["url"]).json()["tags"] == TAGS[PAGE:]


def test_tags_n_zero_is_empty_and_without_a_link(oci: Oci) -> None:
    oci.tags(TAGS)
    answer = listed(oci, "?n=0")
    assert (answer.status_code, answer.json()["tags"]) == (200, [])
    assert "link" not in answer.headers


def test_tags_n_of_exactly_all_has_no_link(oci: Oci) -> None:
    oci.tags(TAGS[:3])
    answer = listed(oci, "?n=3")
    assert answer.json()["tags"] == TAGS[:3]
    assert "link" not in answer.headers


@pytest.mark.parametrize(
    ("last", "after"),
    [("a", ["b", "latest"]), ("aa", ["b", "latest"]), ("v2", []), ("~", []), ("", ["A", "Z"])],
)
def test_tags_after_last_whether_it_is_there_or_not(oci: Oci, last: str, after: list[str]) -> None:
    oci.tags(TAGS)
    assert listed(oci, f"?n=2&last={last}").json()["tags"] == after


def test_tags_after_last_without_n(oci: Oci) -> None:
    oci.tags(TAGS)
    assert listed(oci, "?last=b").json()["tags"] == ["latest", "v1", "v2"]


@pytest.mark.parametrize("n", ["-1", "x", "1e3", "", "9" * 40])
def test_tags_n_is_a_number(oci: Oci, n: str) -> None:
    oci.tags(TAGS[:1])
    assert listed(oci, f"?n={n}").status_code == 400


def test_referrers_of_anything_unknown_are_an_empty_list(oci: Oci) -> None:
    assert referrers(oci, ABSENT).json()["manifests"] == []
    oci.image("1.0")
    assert referrers(oci, ABSENT).json()["manifests"] == []


@pytest.mark.parametrize("digest", ["latest", "sha256:bad", "md5:" + "0" * 32])
def test_referrers_of_an_invalid_digest_are_400(oci: Oci, digest: str) -> None:
    assert oci.ask("GET", f"referrers/{digest}").status_code == 400


def test_referrers_descriptors(oci: Oci) -> None:
    subject = oci.image("1.0")
    typed = refer(oci, subject, "application/x.sbom")
    untyped = oci.image(seed="untyped", subject=descriptor_of(subject, IMAGE))
    index = oci.document(None, {"manifests": [], "subject": descriptor_of(subject, IMAGE)}, INDEX)
    found = {each["digest"]: each for each in referrers(oci, digest_of(subject)).json()["manifests"]}
    assert found[digest_of(typed)] == {
        "mediaType": IMAGE,
        "digest": digest_of(typed),
        "size": len(typed),
        "artifactType": "application/x.sbom",
        "annotations": {"seed": "1"},
    }
    assert found[digest_of(untyped)]["artifactType"] == json.loads(untyped)["config"]["mediaType"]
    assert "artifactType" not in found[digest_of(index)]
    assert len(found) == 3


def test_referrers_filter(oci: Oci) -> None:
    subject = oci.image("1.0")
    refer(oci, subject, "application/x.sbom")
    wanted = refer(oci, subject, "application/x.signature")
    answer = referrers(oci, digest_of(subject), artifactType="application/x.signature")
    assert [each["digest"] for each in answer.json()["manifests"]] == [digest_of(wanted)]
    assert answer.headers["oci-filters-applied"] == "artifactType"
    assert "oci-filters-applied" not in referrers(oci, digest_of(subject)).headers


@pytest.mark.parametrize("query", ["", "?artifactType=application/x.sbom"])
def test_referrers_in_pages_by_link(oci: Oci, query: str) -> None:
    subject = oci.image("1.0")
    pushed = {digest_of(refer(oci, subject, "application/x.sbom", str(n))) for n in range(PAGE + 2)}
    found: list[str] = []
    path, pages = oci.path(f"referrers/{digest_of(subject)}{query}"), 0
    while path:
        answer = oci.follow("GET", path)
        found += [each["digest"] for each in answer.json()["manifests"]]
        path, pages = answer.links.get("next", {}).get("url", ""), pages + 1
    assert pages == 2
    assert len(found) == len(pushed)
    assert set(found) == pushed


def test_referrers_include_what_a_fallback_tag_lists(oci: Oci) -> None:
    subject = oci.image("1.0")
    oci.blob(b"{}")
    listed_only = oci.document(
        None, {"artifactType": "application/x.old", "config": EMPTY, "layers": [EMPTY]}
    )
    tag = digest_of(subject).replace(":", "-")
    oci.document(tag, {"manifests": [descriptor_of(listed_only, IMAGE)]}, INDEX)
    found = referrers(oci, digest_of(subject)).json()["manifests"]
    assert [each["digest"] for each in found] == [digest_of(listed_only)]


def test_referrers_include_what_came_before_its_subject(oci: Oci) -> None:
    subject = oci.image()
    referrer = refer(oci, subject, "application/x.sbom")
    assert oci.ask("DELETE", f"manifests/{digest_of(subject)}").status_code == 202
    assert oci.put("back", subject).status_code == 201
    found = referrers(oci, digest_of(subject)).json()["manifests"]
    assert [each["digest"] for each in found] == [digest_of(referrer)]


def test_the_catalog_is_in_pages(oci: Oci) -> None:
    for name in ("spec/catalog-a", "spec/catalog-b"):
        Oci(oci.client, oci.who, name).image("1.0")
    token = oci.client.token(("admin", "Correct-horse-1"), "registry:catalog:*")
    answer = oci.client.get("/v2/_catalog?n=1&last=spec/catalog", token)
    assert answer.json()["repositories"] == ["spec/catalog-a"]
    assert oci.client.get(answer.links["next"]["url"], token).json()["repositories"] == ["spec/catalog-b"]
