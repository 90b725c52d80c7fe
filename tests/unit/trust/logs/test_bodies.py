"""Canonical entries of each kind, read strictly."""

import base64
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority
from tests.rekor import Rekor, dsse, hashedrekord, hashedrekord_2, intoto_1, intoto_2

from pratique.trust.logs.bodies import Recorded, read_body
from pratique.trust.logs.verifiers import Verifier
from pratique.trust.strict import Unreadable

KEY: Final = Rekor().trusted().key
PEM: Final = KEY.pem.encode()
CERTIFICATE: Final = Authority.new().der
BODIES: Final[list[dict[str, Any]]] = [
    hashedrekord(b"content", b"signature", PEM),
    dsse(b"content", b"signature", PEM),
    intoto_1(b"content", b"document", PEM),
    intoto_2(b"content", b"signature", PEM),
    hashedrekord_2(b"content", b"signature", CERTIFICATE),
]
each_body = pytest.mark.parametrize("body", BODIES, ids=lambda body: f"{body['kind']}-{body['apiVersion']}")


def read(body: dict[str, Any], **said: str) -> Recorded:
    kind, version = said.get("kind", body["kind"]), said.get("version", body["apiVersion"])
    return read_body(json.dumps(body).encode(), kind, version)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every member of a document stands."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [found for key, each in members for found in [(*path, key), *paths(each, (*path, key))]]


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(body))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return dict(copy)


@each_body
def test_what_each_kind_records(body: dict[str, Any]) -> None:
    recorded = read(body)
    (signed,) = recorded.signatures
    is_v2, is_first = "hashedRekordV002" in body["spec"], body is BODIES[2]
    assert recorded.over == ("content" if body["kind"] == "hashedrekord" else "payload")
    assert signed.signature == (None if is_first else b"signature")
    assert signed.verifier == (Verifier("certificate", CERTIFICATE) if is_v2 else Verifier("key", KEY.der))


@each_body
def test_every_member_must_be_what_it_is(body: dict[str, Any]) -> None:
    """Of whatever type a member is made, it is refused or, where nothing rests on it, says the same as before."""
    values: list[Any] = [None, 0, "", "?", [], {}, [{}]]
    for path in paths(body):
        for value in values:
            try:
                recorded = read(changed(body, path, value))
            except Unreadable:
                continue
            assert recorded == read(body)


@each_body
def test_kind_and_version_are_those_it_is_said_to_be(body: dict[str, Any]) -> None:
    for said in ({"kind": "rekord"}, {"version": "0.0.3"}, {"kind": body["kind"].upper()}):
        with pytest.raises(Unreadable, match="not the"):
            read(body, **said)
    with pytest.raises(Unreadable, match="not known here"):
        read({**body, "apiVersion": "9.9.9"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[]", "not an object"),
        ('{"kind":"dsse","kind":"dsse","apiVersion":"0.0.1","spec":{}}', "kind"),
        ('{"kind":"dsse","Kind":"intoto","apiVersion":"0.0.1","spec":{}}', "spelled"),
        ('{"kind":"dsse","apiVersion":"0.0.1","spec":{}} ', "spec|dsse|hash|payloadHash"),
    ],
)
def test_what_is_no_entry(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_body(text.encode(), "dsse", "0.0.1")


def test_hashes_are_lower_case_and_of_their_size() -> None:
    place = ("spec", "data", "hash")
    for value in ("AB" * 32, "ab" * 31, "ab" * 33, "abc", "zz" * 32):
        with pytest.raises(Unreadable):
            read(changed(BODIES[0], (*place, "value"), value))
    with pytest.raises(Unreadable, match="not known here"):
        read(changed(BODIES[0], place, {"algorithm": "sha1", "value": "ab" * 20}))
    longer = read(changed(BODIES[0], place, {"algorithm": "sha512", "value": "ab" * 64}))
    assert (longer.algorithm, len(longer.digest)) == ("sha512", 64)


def test_a_second_logs_entry_with_a_key() -> None:
    verifier = ("spec", "hashedRekordV002", "signature", "verifier")
    raw = {"rawBytes": base64.b64encode(KEY.der).decode()}
    keyed = changed(BODIES[4], verifier, {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": raw})
    assert read(keyed).signatures[0].verifier == Verifier("key", KEY.der)
    for wrong in (
        {"keyDetails": "PKIX_ED25519", "publicKey": raw},
        {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": raw, "x509Certificate": raw},
        {"keyDetails": "PKIX_ECDSA_P256_SHA_256"},
    ):
        with pytest.raises(Unreadable):
            read(changed(BODIES[4], verifier, wrong))


@pytest.mark.parametrize(
    "pem",
    [
        b"\n",
        PEM + PEM,
        PEM.replace(b"PUBLIC KEY", b"PRIVATE KEY"),
        PEM.replace(b"-----END PUBLIC", b"-----END RSA PUBLIC"),
        b"comment\n" + PEM,
        b"\xff",
        b"-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----\n",
        b" " * 70_000,
    ],
)
def test_a_verifier_is_one_block(pem: bytes) -> None:
    with pytest.raises(Unreadable, match="verifier"):
        read(hashedrekord(b"content", b"signature", pem))


def test_more_signatures_than_anybody_makes() -> None:
    signatures = BODIES[1]["spec"]["signatures"]
    assert len(read(changed(BODIES[1], ("spec", "signatures"), signatures * 16)).signatures) == 16
    for wrong in (signatures * 17, signatures[:0]):
        with pytest.raises(Unreadable, match="1 to 16"):
            read(changed(BODIES[1], ("spec", "signatures"), wrong))


def test_a_signature_in_base64_once_is_the_signature() -> None:
    place = ("spec", "content", "envelope", "signatures", 0, "sig")
    once = changed(BODIES[3], place, base64.b64encode(b"\x30\x45signature").decode())
    assert read(once).signatures[0].signature == b"\x30\x45signature"


@given(st.binary(max_size=300), st.sampled_from(["hashedrekord", "dsse", "intoto"]))
def test_any_bytes_are_refused(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        read_body(body, kind, "0.0.1")
