"""Trusted roots: the public one as it is embedded, and every way of not being one."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import Authority

from pratique.clock import parse_rfc3339
from pratique.trust.embedded import public_good, public_good_root, tuf_root
from pratique.trust.logs import read_trusted_root
from pratique.trust.logs.log_ids import LogNames, name_log
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.roots import Thresholds, TrustedRoot
from pratique.trust.strict import Unreadable

START: Final = "2026-01-01T00:00:00Z"
P256: Final = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE: Final = Authority.new().der
Edit = Callable[[dict[str, Any]], object]


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def spki(private: Any) -> bytes:
    return bytes(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def log(private: Any = P256, details: str = "PKIX_ECDSA_P256_SHA_256", log_id: bytes = b"") -> dict[str, Any]:
    raw = spki(private)
    return {
        "baseUrl": "https://rekor.example",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(raw), "keyDetails": details, "validFor": {"start": START}},
        "logId": {"keyId": b64(log_id or hashlib.sha256(raw).digest())},
    }


def authority() -> dict[str, Any]:
    chain = {"certificates": [{"rawBytes": b64(CERTIFICATE)}]}
    return {"subject": {"organization": "x"}, "uri": "u", "certChain": chain, "validFor": {"start": START}}


def document() -> dict[str, Any]:
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [log()],
        "certificateAuthorities": [authority()],
        "ctlogs": [log()],
        "timestampAuthorities": [authority()],
    }


def read(value: Any, name: str = "private") -> TrustedRoot:
    return read_trusted_root(json.dumps(value).encode(), name)


def with_log(one: dict[str, Any], **changes: Any) -> TrustedRoot:
    return read({**document(), "tlogs": [{**one, **changes}]})


def test_the_embedded_root_is_that_of_the_public_instance() -> None:
    root = public_good()
    assert root is public_good()
    assert (root.name, root.thresholds) == (PUBLIC_GOOD, Thresholds(1, 1, 1))
    assert [each.origin for each in root.tlogs] == ["rekor.sigstore.dev", "log2025-1.rekor.sigstore.dev"]
    counts = [len(each) for each in (root.ctlogs, root.certificate_authorities, root.timestamp_authorities)]
    assert counts == [2, 2, 1]
    assert all(each.checkpoint_key_id == each.log_id[:4] for each in root.tlogs)
    digest = hashlib.sha256(public_good_root()).hexdigest()
    assert digest == "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66"
    assert root.digest == f"sha256:{digest}"


def test_tufs_root_is_there_to_begin_with() -> None:
    signed = json.loads(tuf_root())["signed"]
    assert (signed["_type"], signed["version"]) == ("root", 15)


def test_a_private_root_asks_for_what_it_names() -> None:
    root = read(document())
    assert root.thresholds == Thresholds(1, 1, 1)
    assert root.tlogs[0].valid.start == parse_rfc3339(START)
    assert root.tlogs[0].valid.end is None
    bare = read({**document(), "tlogs": [], "ctlogs": [], "timestampAuthorities": []})
    assert bare.thresholds == Thresholds(0, 0, 0)
    assert read({**document(), "tlogs": []}).thresholds == Thresholds(0, 1, 1)


def test_the_public_root_asks_for_one_of_each_whatever_it_names() -> None:
    bare = {**document(), "tlogs": [], "ctlogs": [], "timestampAuthorities": []}
    assert read(bare, PUBLIC_GOOD).thresholds == Thresholds(1, 1, 1)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ],
)
def test_both_versions_are_read(media_type: str) -> None:
    operated = {**log(), "operator": "somebody", "checkpointKeyId": {"keyId": log()["logId"]["keyId"]}}
    said = {**document(), "mediaType": media_type, "tlogs": [operated]}
    assert len(read(said).tlogs) == 1


def test_both_spellings_are_read_but_not_at_once() -> None:
    said = document()
    said["media_type"] = said.pop("mediaType")
    assert read(said).tlogs
    said["mediaType"] = said["media_type"]
    with pytest.raises(Unreadable, match="two spellings"):
        read(said)


@pytest.mark.parametrize(
    ("private", "details"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "PKIX_ECDSA_P384_SHA_384"),
        (ec.generate_private_key(ec.SECP521R1()), "PKIX_ECDSA_P521_SHA_512"),
        (ed25519.Ed25519PrivateKey.generate(), "PKIX_ED25519"),
        (rsa.generate_private_key(65_537, 2_048), "PKIX_RSA_PKCS1V15_2048_SHA256"),
    ],
    ids=["p384", "p521", "ed25519", "rsa"],
)
def test_keys_of_every_kind_are_what_they_are_said_to_be(private: Any, details: str) -> None:
    assert with_log(log(private, details)).tlogs[0].key.der == spki(private)
    for wrong in ("PKIX_ECDSA_P256_SHA_256", "PKIX_RSA_PKCS1V15_4096_SHA256", "ML_DSA_65", "7"):
        with pytest.raises(Unreadable, match="key"):
            with_log(log(private, wrong))


def test_an_rsa_key_without_its_frame_is_read_where_it_is_said_to_have_none() -> None:
    private = rsa.generate_private_key(65_537, 2_048)
    bare = private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    one = log(private, "PKCS1_RSA_PKCS1V5")
    one["publicKey"]["rawBytes"] = b64(bare)
    assert with_log(one).tlogs[0].key.der == spki(private)
    one["publicKey"]["keyDetails"] = "PKIX_RSA_PKCS1V15_2048_SHA256"
    with pytest.raises(Unreadable, match="not a key in canonical DER"):
        with_log(one)


def test_a_second_log_is_called_by_its_name_too() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    raw = private.public_key().public_bytes_raw()
    named = hashlib.sha256(b"rekor.example\n\x01" + raw).digest()
    found = with_log(log(private, "PKIX_ED25519", named)).tlogs[0]
    assert (found.log_id, found.checkpoint_key_id, found.origin) == (named, named[:4], "rekor.example")
    with pytest.raises(Unreadable, match="compute to"):
        with_log(log(private, "PKIX_ED25519", named), baseUrl="https://other.example")
    with pytest.raises(Unreadable, match="compute to"):
        read({**document(), "ctlogs": [log(private, "PKIX_ED25519", named)]})


def edited(edit: Edit) -> dict[str, Any]:
    said = document()
    edit(said)
    return said


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda root: root.pop("mediaType"), "mediaType"),
        (lambda root: root.update(mediaType="application/json"), "media type"),
        (lambda root: root.update(signingConfig={}), "unknown field"),
        (lambda root: root["tlogs"][0].update(revoked=True), "unknown field"),
        (lambda root: root["tlogs"][0]["publicKey"].pop("validFor"), "has no start"),
        (lambda root: root["tlogs"][0]["publicKey"].update(validFor={}), "has no start"),
        (lambda root: root["tlogs"][0]["publicKey"].update(validFor={"end": START}), "has no start"),
        (lambda root: root["certificateAuthorities"][0].pop("validFor"), "has no start"),
        (lambda root: root["timestampAuthorities"][0].update(validFor={}), "has no start"),
        (
            lambda root: root["certificateAuthorities"][0].update(
                validFor={"start": START, "end": "2025-01-01T00:00:00Z"}
            ),
            "ends before",
        ),
        (lambda root: root["tlogs"][0]["publicKey"]["validFor"].update(start="2026-01-01"), "RFC 3339"),
        (
            lambda root: root["tlogs"][0]["publicKey"]["validFor"].update(start="2026-13-01T00:00:00Z"),
            "RFC 3339",
        ),
        (lambda root: root["tlogs"][0].update(logId={"keyId": b64(b"x" * 32)}), "compute to"),
        (lambda root: root["tlogs"][0].update(checkpointKeyId={"keyId": b64(b"x" * 4)}), "compute to"),
        (lambda root: root["tlogs"][0].update(hashAlgorithm="SHA2_512"), "SHA2_256"),
        (lambda root: root["tlogs"][0]["publicKey"].update(rawBytes=b64(b"x")), "not a public key"),
        (lambda root: root["tlogs"][0]["publicKey"].update(rawBytes=b64(spki(P256) + b"\0")), "key"),
        (
            lambda root: root["tlogs"][0]["publicKey"].update(
                rawBytes=b64(spki(ed448.Ed448PrivateKey.generate()))
            ),
            "not supported",
        ),
        (lambda root: root["certificateAuthorities"][0].update(certChain={}), "certChain is empty"),
        (
            lambda root: root["certificateAuthorities"][0].update(
                certChain={"certificates": [{"rawBytes": b64(b"x")}]}
            ),
            "certificate",
        ),
        (lambda root: root.update(tlogs=[log()] * 101), "at most 100"),
    ],
)
def test_what_is_no_root(edit: Edit, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(edited(edit))


@given(
    st.binary(max_size=200)
    | st.dictionaries(
        st.sampled_from(sorted(document())),
        st.none() | st.lists(st.dictionaries(st.text(max_size=5), st.integers())),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_trusted_root(content, "private")


@pytest.mark.parametrize(
    "name", ["rekor.corp:8443", "rekor.corp", "rekor.corp:8443/log"], ids=["host and port", "host", "address"]
)
def test_a_log_at_a_port_goes_by_any_of_its_names(name: str) -> None:
    """The address without its scheme as Rekor's documents say, or its host alone as cosign computes it."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    stated = hashlib.sha256(name.encode() + b"\n\x01" + key.public_bytes_raw()).digest()
    assert name_log(spki, "https://rekor.corp:8443/log/", stated) == LogNames(stated, name, by_name=True)
    assert name_log(spki, "https://other.corp:8443/log/", stated) is None
