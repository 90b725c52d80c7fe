"""in-toto statements: whom they speak of, by which digests."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import CUSTOM, SigningKey, bundle, statement
from tests.unit.trust.asking import SUBJECT, ask_bundle, trusting

from pratique.errors import ManifestInvalid
from pratique.oci.digest import digest_of
from pratique.policy import Code
from pratique.trust import Subject
from pratique.trust.statement import DIGESTS_LIMIT, SUBJECTS_LIMIT, Naming, read_statement
from pratique.trust.strict import Unreadable

CONTENT = b"the manifest"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SHA512 = hashlib.sha512(CONTENT).hexdigest()
SHA1 = hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
WRONG = "0" * 64
KNOWN = Subject(SUBJECT, content=CONTENT)
UNSEEN = Subject(SUBJECT)


def naming(subject: Subject, *digests: dict[str, str]) -> Naming:
    document = {**json.loads(statement(SUBJECT)), "subject": [{"digest": one} for one in digests]}
    return read_statement(json.dumps(document).encode()).names(subject)


@pytest.mark.parametrize(
    ("digests", "seen", "unseen"),
    [
        ({"sha256": SHA256}, Naming.THIS, Naming.THIS),
        ({"sha256": SHA256, "sha1": "0" * 40, "gitCommit": "x", "blake3": WRONG}, Naming.THIS, Naming.THIS),
        ({"sha256": SHA256, "sha512": SHA512}, Naming.THIS, Naming.UNPROVEN),
        ({"sha256": SHA256, "sha512": WRONG}, Naming.CONTRADICTED, Naming.UNPROVEN),
        ({"sha256": SHA256, "sha512": SHA512.upper()}, Naming.CONTRADICTED, Naming.UNPROVEN),
        ({"sha256": WRONG, "sha512": SHA512}, Naming.OTHERS, Naming.OTHERS),
        ({"sha512": SHA512}, Naming.OTHERS, Naming.OTHERS),
        ({"sha1": SHA1}, Naming.OTHERS, Naming.OTHERS),
        ({"gitCommit": SHA256}, Naming.OTHERS, Naming.OTHERS),
        ({"SHA256": SHA256}, Naming.OTHERS, Naming.OTHERS),
        ({"sha256": SHA256.upper()}, Naming.OTHERS, Naming.OTHERS),
        ({"sha256": f"sha256:{SHA256}"}, Naming.OTHERS, Naming.OTHERS),
    ],
)
def test_a_subject_is_named_by_its_own_algorithm_and_contradicted_by_no_other(
    digests: dict[str, str], seen: Naming, unseen: Naming
) -> None:
    assert (naming(KNOWN, digests), naming(UNSEEN, digests)) == (seen, unseen)


def test_a_sha512_artifact_is_named_by_sha512() -> None:
    subject = Subject(digest_of(CONTENT, "sha512"), content=CONTENT)
    assert naming(subject, {"sha512": SHA512}) is Naming.THIS
    assert naming(subject, {"sha512": SHA512, "sha256": SHA256}) is Naming.THIS
    assert naming(subject, {"sha512": SHA512, "sha256": WRONG}) is Naming.CONTRADICTED
    assert naming(subject, {"sha256": SHA256}) is Naming.OTHERS


def test_one_subject_of_several_suffices_and_the_nearest_is_told() -> None:
    contradicted, other = {"sha256": SHA256, "sha512": WRONG}, {"sha256": WRONG}
    assert naming(KNOWN, other, contradicted, {"sha256": SHA256}) is Naming.THIS
    assert naming(KNOWN, other, contradicted) is Naming.CONTRADICTED
    assert naming(UNSEEN, other, contradicted) is Naming.UNPROVEN


def test_a_signature_that_names_two_algorithms_waits_for_the_bytes() -> None:
    key = SigningKey()
    document = json.loads(statement(SUBJECT))
    document["subject"][0]["digest"]["sha512"] = SHA512
    signed = bundle(key, json.dumps(document).encode())
    waiting, known = ask_bundle(signed, trusting(key), UNSEEN), ask_bundle(signed, trusting(key), KNOWN)
    assert (waiting.code, waiting.awaits_content) == (Code.SIGNATURE_WRONG_SUBJECT, True)
    assert "not at hand" in waiting.message
    assert (known.code, known.awaits_content) == (Code.VERIFIED, False)


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(statement(SUBJECT, CUSTOM)), **changes}).encode()


REFUSED: list[tuple[bytes, str]] = [
    (changed(_type="https://in-toto.io/Statement/v2"), "_type is"),
    (changed(predicateType=""), "predicateType is missing"),
    (changed(predicate=None), "predicate is missing"),
    (changed(subject=[]), "has 0 entries"),
    (changed(subject=[{"digest": {"sha256": SHA256}}] * (SUBJECTS_LIMIT + 1)), "has 1001 entries"),
    (changed(subject=[{"name": "app"}]), "with 0 digests"),
    (changed(subject=[{"digest": {str(n): "x" for n in range(DIGESTS_LIMIT + 1)}}]), "with 33 digests"),
    (changed(subject=[{"digest": {"sha256": 1}}]), "is not a string"),
    (changed(subject=[{"digest": {"sha256": SHA256}, "Digest": {}}]), "the same to other readers"),
    (changed(subject=[{"digest": {"sha256": SHA256}, "download_location": ""}]), "the same to other readers"),
    (changed(predicate_type=CUSTOM), "the same to other readers"),
    (changed(type="https://in-toto.io/Statement/v1"), "the same to other readers"),
    (changed().replace(b'"_type"', b'"_type":"","_type"'), "'_type' occurs twice"),
    (changed() + b"\n{}", "Extra data"),
    (changed(note=float("nan")), "NaN is not a JSON number"),
    (changed(note=2**63), "does not fit 64 bits"),
    (b"[]", "is not an object"),
]


@pytest.mark.parametrize(("payload", "reason"), REFUSED)
def test_what_could_be_read_otherwise_is_refused_with_its_own_reason(payload: bytes, reason: str) -> None:
    with pytest.raises((Unreadable, ManifestInvalid), match=reason):
        read_statement(payload)


def test_statements_of_either_version_are_read_with_all_that_a_resource_may_carry() -> None:
    resource = {
        "name": "app",
        "uri": "pkg:oci/app",
        "digest": {"sha256": SHA256},
        "mediaType": "text/plain",
        "downloadLocation": "https://x",
        "content": "",
        "annotations": {},
        "anything": 1,
    }
    for version in ("v1", "v0.1"):
        read = read_statement(changed(_type=f"https://in-toto.io/Statement/{version}", subject=[resource]))
        assert read.subjects == ({"sha256": SHA256},)
        assert read.predicate_type == CUSTOM


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["digest", "sha256", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(["_type", "subject", "predicateType", "predicate"]), _json)
def test_no_value_escapes_as_another_error(name: str, value: Any) -> None:
    try:
        read = read_statement(changed(**{name: value}))
    except (Unreadable, ManifestInvalid):
        return
    assert read.subjects
