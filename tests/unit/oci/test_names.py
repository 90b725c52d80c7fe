"""Digests, names, tags and references."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pratique.errors import DigestInvalid, NameInvalid, PratiqueError, TagInvalid
from pratique.oci.digest import algorithm_of, digest_of, encoded_of, is_digest, new_hasher, parse_digest
from pratique.oci.names import (
    check_name,
    check_tag,
    evidence_tag_subject,
    fallback_tag_of,
    is_fallback_tag,
    project_of,
)
from pratique.oci.references import Reference, parse_reference


@given(st.binary(), st.sampled_from(["sha256", "sha512"]))
def test_a_digest_is_read_back(content: bytes, algorithm: str) -> None:
    hasher = new_hasher(algorithm)
    hasher.update(content)
    digest = parse_digest(digest_of(content, algorithm))
    assert (algorithm_of(digest), encoded_of(digest)) == (algorithm, hasher.hexdigest())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        "sha256:baddigest",
        "sha256:" + "A" * 64,
        "sha256:" + "a" * 65,
        "md5:" + "a" * 32,
        "blake3:" + "a" * 64,
        "sha512:" + "a" * 64,
        "sha256:" + "a" * 64 + "\n",
        "SHA256:" + "a" * 64,
    ],
)
def test_other_digests_are_refused(text: str) -> None:
    with pytest.raises(DigestInvalid):
        parse_digest(text)


@pytest.mark.parametrize("name", ["a", "a/b", "a.b_c__d-e---f/0", "library/nginx", "x" * 255])
def test_names_that_the_specification_allows(name: str) -> None:
    assert check_name(name) == name
    assert project_of(name) == name.split("/", maxsplit=1)[0]


@pytest.mark.parametrize(
    "name", ["", "A", "a//b", "/a", "a/", "a___b", "a..b", "-a", "a-", "a/../b", "x" * 256, "a\n"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(NameInvalid):
        check_name(name)


@pytest.mark.parametrize("tag", ["", ".a", "-a", "a" * 129, "a/b", "a b", "a\n", "\u00e9"])
def test_other_tags_are_refused(tag: str) -> None:
    with pytest.raises(TagInvalid):
        check_tag(tag)


def test_a_reference_is_a_tag_or_a_digest() -> None:
    digest = digest_of(b"")
    assert parse_reference("v1.0") == Reference(tag="v1.0", digest=None)
    assert parse_reference(digest) == Reference(tag=None, digest=digest)
    assert [str(parse_reference(text)) for text in ("v1.0", digest)] == ["v1.0", digest]
    with pytest.raises(DigestInvalid):
        parse_reference("sha256:baddigeststring")
    with pytest.raises(TagInvalid):
        parse_reference(".hidden")


@given(st.text())
def test_arbitrary_references_raise_nothing_but_our_errors(text: str) -> None:
    try:
        reference = parse_reference(text)
    except PratiqueError:
        return
    assert str(reference) == text
    assert is_digest(text) == (reference.digest is not None)


def test_tags_of_evidence_and_referrers() -> None:
    digest = digest_of(b"subject")
    for suffix in ("sig", "att", "sbom"):
        assert evidence_tag_subject(f"sha256-{encoded_of(digest)}.{suffix}") == digest
    assert evidence_tag_subject(f"sha256-{encoded_of(digest)}") is None
    assert evidence_tag_subject("latest") is None
    for algorithm in ("sha256", "sha512"):
        assert is_fallback_tag(fallback_tag_of(digest_of(b"subject", algorithm)))
    assert not is_fallback_tag(f"sha256-{encoded_of(digest)}.sig")
