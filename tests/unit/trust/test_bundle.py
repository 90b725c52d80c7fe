"""Reading Sigstore bundles: everything they hold, by the rules of their version, and within limits."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.signing import SigningKey, bundle, statement
from tests.unit.trust.asking import SUBJECT

from pratique.errors import ManifestInvalid
from pratique.trust import material
from pratique.trust.bundle import MEDIA_TYPES, MessageSignature, read_bundle
from pratique.trust.dsse import Envelope
from pratique.trust.logs.values import InclusionProof, LogEntry
from pratique.trust.strict import Unreadable

V1, V2, V3 = (f"application/vnd.dev.sigstore.bundle+json;version=0.{n}" for n in (1, 2, 3))


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


ENTRY: dict[str, Any] = {
    "logIndex": "9223372036854775807",
    "logId": {"keyId": b64(b"i" * 32)},
    "kindVersion": {"kind": "dsse", "version": "0.0.1"},
    "integratedTime": 1_700_000_000,
    "inclusionPromise": {"signedEntryTimestamp": b64(b"SET")},
    "inclusionProof": {
        "logIndex": "7",
        "rootHash": b64(b"r" * 32),
        "treeSize": "8",
        "hashes": [b64(b"a" * 32), b64(b"b" * 32)],
        "checkpoint": {"envelope": "rekor.example\n8\n"},
    },
    "canonicalizedBody": b64(b"{}"),
}
MATERIAL: dict[str, Any] = {
    "certificate": {"rawBytes": b64(b"leaf")},
    "tlogEntries": [ENTRY],
    "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": b64(b"token")}]},
}
GOOD: dict[str, Any] = {
    **bundle(SigningKey(), statement(SUBJECT)),
    "mediaType": V3,
    "verificationMaterial": MATERIAL,
}


def as_bytes(document: Any) -> bytes:
    return json.dumps(document).encode()


def changed(change: Callable[[dict[str, Any]], object], media_type: str = V3) -> bytes:
    """The good bundle with its verification material changed in place."""
    document = copy.deepcopy(GOOD)
    change(document["verificationMaterial"])
    return as_bytes({**document, "mediaType": media_type})


def chain(*certificates: bytes) -> dict[str, Any]:
    return {"certificates": [{"rawBytes": b64(one)} for one in certificates]}


def test_all_of_a_bundle_is_read() -> None:
    read = read_bundle(as_bytes(GOOD))
    proof = InclusionProof(7, b"r" * 32, 8, (b"a" * 32, b"b" * 32), "rekor.example\n8\n")
    entry = LogEntry(2**63 - 1, b"i" * 32, "dsse", "0.0.1", 1_700_000_000, b"SET", proof, b"{}")
    assert read.material == material.Material("0.3", None, (b"leaf",), False, (entry,), (b"token",))
    assert isinstance(read.content, Envelope)


def test_what_protobuf_leaves_out_is_zero_or_nothing() -> None:
    """Go's writers leave out zeros: the first entry of a shard has no index."""
    read = read_bundle(changed(lambda it: it["tlogEntries"].__setitem__(0, sparse())))
    assert read.material.entries == (
        LogEntry(0, b"", "dsse", "0.0.1", None, None, InclusionProof(0, b"", 0, (), ""), b""),
    )


def sparse() -> dict[str, Any]:
    return {"kindVersion": ENTRY["kindVersion"], "inclusionProof": {}, "integratedTime": "0"}


def test_the_spelling_of_the_proto_file_is_read_too() -> None:
    def snakes(value: Any) -> Any:
        if isinstance(value, list):
            return [snakes(one) for one in value]
        if isinstance(value, dict):
            return {snake(name): snakes(one) for name, one in value.items()}
        return value

    def snake(name: str) -> str:
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

    assert read_bundle(as_bytes(snakes(GOOD))) == read_bundle(as_bytes(GOOD))


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_keys_and_chains_are_read_in_every_version(media_type: str) -> None:
    key = read_bundle(as_bytes({**bundle(SigningKey(), b"{}"), "mediaType": media_type})).material
    assert key.hint
    assert (key.version, key.certificates, key.entries) == (MEDIA_TYPES[media_type], (), ())

    def chained(it: dict[str, Any]) -> None:
        del it["certificate"]
        it["x509CertificateChain"] = chain(b"leaf", b"intermediate")

    read = read_bundle(changed(chained, media_type)).material
    assert (read.certificates, read.chain_form, read.hint) == ((b"leaf", b"intermediate"), True, None)


@pytest.mark.parametrize(
    ("media_type", "lacking", "reason"),
    [
        (V1, "inclusionPromise", "v0.1 has a log entry without inclusion promise"),
        (V2, "inclusionProof", "v0.2 has a log entry without inclusion proof"),
        (V3, "inclusionProof", "v0.3 has a log entry without inclusion proof"),
    ],
)
def test_each_version_asks_for_its_own_proof_of_inclusion(media_type: str, lacking: str, reason: str) -> None:
    def change(it: dict[str, Any]) -> None:
        it["x509CertificateChain"] = chain(b"leaf")
        del it["certificate"]
        it["tlogEntries"].append({name: it["tlogEntries"][0][name] for name in ENTRY if name != lacking})

    with pytest.raises(Unreadable, match=reason):
        read_bundle(changed(change, media_type))


@pytest.mark.parametrize("media_type", [V1, V2])
def test_a_single_certificate_came_with_v03(media_type: str) -> None:
    with pytest.raises(Unreadable, match="no field for a single certificate"):
        read_bundle(as_bytes({**GOOD, "mediaType": media_type}))


def _entry(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda it: it["tlogEntries"][0].__setitem__(name, value)


def _proof(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda it: it["tlogEntries"][0]["inclusionProof"].__setitem__(name, value)


def _timestamps(value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda it: it["timestampVerificationData"].__setitem__("rfc3161Timestamps", value)


BIG = b64(b"x" * (material.CERTIFICATE_LIMIT + 1))
REFUSED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (_entry("logIndex", "-1"), "logIndex is -1: it is negative"),
    (_entry("logIndex", "9223372036854775808"), "logIndex is '9223372036854775808', which is no int64"),
    (_entry("logIndex", "1" * 5000), "which is no int64"),
    (_entry("logIndex", 1.0), "which is no int64"),
    (_entry("logIndex", True), "which is no int64"),
    (_entry("logIndex", "1e3"), "which is no int64"),
    (_entry("logIndex", "01"), "which is no int64"),
    (_entry("logIndex", "+1"), "which is no int64"),
    (_entry("logIndex", "-0"), "which is no int64"),
    (_entry("logIndex", "١"), "which is no int64"),
    (_entry("integratedTime", -1), "integratedTime is -1"),
    (_entry("logId", {"keyId": b64(b"i" * 31)}), "logId has 31 bytes"),
    (_entry("logId", {"keyId": b64(b"i" * 64)}), "keyId has more than 32 bytes"),
    (_entry("kindVersion", None), "kindVersion is not an object"),
    (_entry("inclusionPromise", {}), "signedEntryTimestamp is missing"),
    (_entry("canonicalizedBody", "e30"), "canonicalizedBody is not base64"),
    (_entry("canonicalized_body", "e30="), "'canonicalizedBody' in two spellings"),
    (_entry("log_index", "1"), "'logIndex' in two spellings"),
    (_entry("Log_index", "1"), "unknown field 'Log_index'"),
    (_entry("canonicalizedBody", b64(b"x" * (material.BODY_LIMIT + 1))), "canonicalizedBody has more than"),
    (_proof("treeSize", "-8"), "treeSize is -8"),
    (_proof("hashes", [b64(b"h" * 32)] * (material.HASHES_LIMIT + 1)), "hashes has 65 entries"),
    (_proof("hashes", ["YR=="]), r"hashes\[0\] is not canonical base64"),
    (_proof("checkpoint", {"envelope": "x" * (material.CHECKPOINT_LIMIT + 1)}), "envelope has more than"),
    (_timestamps([{"signedTimestamp": ""}]), "signedTimestamp is missing"),
    (_timestamps([{"signedTimestamp": "AA==", "timestampAuthority": {}}]), "unknown field"),
    (_timestamps([{"signedTimestamp": "AA=="}] * 17), "rfc3161Timestamps has 17 entries"),
    (lambda it: it.__setitem__("tlogEntries", [ENTRY] * 17), "tlogEntries has 17 entries"),
    (lambda it: it.__setitem__("tlog_entries", []), "'tlogEntries' in two spellings"),
    (lambda it: it.__setitem__("publicKey", {"hint": "x"}), "has publicKey and certificate"),
    (lambda it: it.pop("certificate"), "and has none"),
    (lambda it: it.__setitem__("certificate", {"rawBytes": ""}), "rawBytes is missing"),
    (lambda it: it.__setitem__("certificate", {"rawBytes": BIG}), "rawBytes has more than 16384 bytes"),
    (lambda it: it.__setitem__("certificates", {}), "unknown field 'certificates'"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_what_could_be_read_otherwise_is_refused_with_its_own_reason(
    change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    with pytest.raises((Unreadable, ManifestInvalid), match=reason):
        read_bundle(changed(change))


@pytest.mark.parametrize(("count", "reason"), [(0, "x509CertificateChain is empty"), (9, "has 9 entries")])
def test_a_chain_has_one_to_eight_certificates(count: int, reason: str) -> None:
    def change(it: dict[str, Any]) -> None:
        del it["certificate"]
        it["x509CertificateChain"] = chain(*[b"x"] * count)

    with pytest.raises(Unreadable, match=reason):
        read_bundle(changed(change))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"mediaType":"x","mediaType":"y"}', "'mediaType' occurs twice"),
        (b'{"mediaType":NaN}', "NaN is not a JSON number"),
        (b'{"mediaType":-Infinity}', "-Infinity is not a JSON number"),
        (b'{"mediaType":18446744073709551616}', "does not fit 64 bits"),
        (as_bytes(GOOD) + b"{}", "Extra data"),
        (as_bytes(GOOD) + b"\0", "Extra data"),
    ],
)
def test_the_document_itself_is_read_strictly(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_bundle(text)


@pytest.mark.parametrize(
    ("name", "algorithm"), [("SHA2_256", "sha256"), ("SHA2_384", "sha384"), ("SHA2_512", "sha512")]
)
def test_a_signature_over_bytes_names_them_by_a_known_algorithm(name: str, algorithm: str) -> None:
    message = {"messageDigest": {"algorithm": name, "digest": "AA=="}, "signature": "AQ=="}
    document = {**GOOD, "messageSignature": message}
    del document["dsseEnvelope"]
    read = read_bundle(as_bytes(document)).content
    assert isinstance(read, MessageSignature)
    assert (read.algorithm, read.digest, read.signature) == (algorithm, b"\0", b"\1")
    message["messageDigest"] = {"algorithm": "SHA3_256", "digest": "AA=="}
    with pytest.raises(ManifestInvalid, match="algorithm is none of"):
        read_bundle(as_bytes(document))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["AA==", "0", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ENTRY, *MATERIAL, "rawBytes", "keyId"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in _places(one, (*path, name)))]


@given(st.sampled_from(_places(GOOD)[1:]), _json)
def test_no_value_in_any_place_escapes_as_another_error(place: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(GOOD)
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    try:
        read = read_bundle(as_bytes(document))
    except (Unreadable, ManifestInvalid):
        return
    assert read.material.version == MEDIA_TYPES[document["mediaType"]]
