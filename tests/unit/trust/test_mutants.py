"""Mutants of a valid bundle, signed by key: one passes only if it says the same in every field that a check uses.

The judge of that is not our reader but the standard library's, on the mutant's own bytes: what any other tool would
read there must be what the original said. Fields that no check of a key's signature uses may say anything.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signing import SigningKey, bundle, statement
from tests.unit.trust.asking import SUBJECT, ask_bundle, trusting

from pratique.trust.bundle import MEDIA_TYPES, read_bundle

# Deterministic signatures: hypothesis replays what it has found.
KEY = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(b"\7" * 32))
TRUST = trusting(KEY)
PROOF = {
    "logIndex": "1",
    "rootHash": "cg==",
    "treeSize": "2",
    "hashes": ["aA=="],
    "checkpoint": {"envelope": "x"},
}
ENTRY = {
    "logIndex": "5",
    "logId": {"keyId": base64.b64encode(b"i" * 32).decode()},
    "kindVersion": {"kind": "dsse", "version": "0.0.1"},
    "integratedTime": "1700000000",
    "inclusionPromise": {"signedEntryTimestamp": "U0VU"},
    "inclusionProof": PROOF,
    "canonicalizedBody": "e30=",
}
ORIGINAL: dict[str, Any] = bundle(KEY, statement(SUBJECT))
ORIGINAL["verificationMaterial"]["tlogEntries"] = [ENTRY]
CONTENT = json.dumps(ORIGINAL).encode()

PIECES = [
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b" ", b"\n", b"\0", b"=", b"A", b"/", b"-", b"_", b"0", b"1", b"9",
    b"null", b"NaN", b"1e3", b"{}", b"[]", b'"dsse_envelope":', b'"DsseEnvelope":{},', b'"payload":"",', b'"sig":"",',
    b'"tlog_entries":[],', b'"messageSignature":null,', b'"certificate":null,', b'"Payload":"",', b"\\u0061",
    b'"keyid":"x",', b'"hint":"",', b"\xff", "é".encode(), b"\xef\xbb\xbf", b'"verification_material":{},',
]  # fmt: skip


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """The bundle with some bytes taken out, put in, doubled or moved."""
    content = CONTENT
    for _ in range(draw(st.integers(1, 3))):
        members = [at + 1 for at, byte in enumerate(content) if byte in b"{,"]
        start = draw(st.one_of(st.integers(0, len(content)), st.sampled_from(members or [0])))
        end = min(len(content), start + draw(st.integers(0, 12)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3), st.just(content[start:end])))
        keep = draw(st.booleans())
        content = content[:start] + piece + content[start if keep else end :]
    return content


def lenient(content: bytes, *, first: bool) -> Any:
    """As a tool reads it that takes the first of two equal names, or the last.

    The spellings of protobuf's readers and of Go's are the same to it.
    """

    def folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        ordered = reversed(pairs) if first else pairs
        return {name.casefold().replace("_", ""): value for name, value in ordered}

    return json.loads(content, object_pairs_hook=folded)


def used(document: Any) -> Any:
    """The values that the checks of a key's signature use, as bytes."""
    envelope = document["dsseenvelope"]
    return {
        "version": MEDIA_TYPES[document["mediatype"]],
        "type": envelope["payloadtype"],
        "payload": base64.b64decode(envelope["payload"].replace("-", "+").replace("_", "/")),
        "signatures": [
            base64.b64decode(one["sig"].replace("-", "+").replace("_", "/")) for one in envelope["signatures"]
        ],
        "materials": {"publickey", "certificate", "x509certificatechain"}
        & {name for name, value in document["verificationmaterial"].items() if value is not None},
        "message": document.get("messagesignature"),
    }


EXPECTED = used(lenient(CONTENT, first=False))


def check(content: bytes) -> bool:
    """Whether it passes; where it does, every reader sees what was signed."""
    record = ask_bundle(content, TRUST)
    if not record.verified:
        assert record.message
        return False
    for first in (False, True):
        assert {**used(lenient(content, first=first)), "version": "0.3"} == EXPECTED
    strictly = read_bundle(content)
    assert strictly.content == read_bundle(CONTENT).content
    return True


def test_the_original_passes() -> None:
    assert check(CONTENT)


@settings(max_examples=600, deadline=None)
@given(mutants())
def test_a_mutant_of_its_bytes_passes_only_if_it_says_the_same(content: bytes) -> None:
    check(content)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in _places(one, (*path, name)))]


_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=6),
    st.sampled_from(["", "AA==", "e30=", "-1", "1", "SHA2_256", *MEDIA_TYPES]),
    st.sampled_from([[], {}, [{}], {"rawBytes": "AA=="}, {"hint": "x"}, [ENTRY], ORIGINAL["dsseEnvelope"]]),
)
_names = st.sampled_from(
    [
        "dsse_envelope",
        "payload_type",
        "Sig",
        "sig",
        "keyid",
        "certificate",
        "messageSignature",
        "publicKey",
        "extra",
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_mutant_of_its_values_passes_only_if_it_says_the_same(data: st.DataObject) -> None:
    document: Any = json.loads(CONTENT)
    place = data.draw(st.sampled_from(_places(ORIGINAL)[1:]))
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    change = data.draw(st.sampled_from(["replace", "remove", "add", "swap"]))
    if change == "replace":
        inner[place[-1]] = data.draw(_values)
    elif change == "remove":
        del inner[place[-1]]
    elif change == "add" and isinstance(inner, dict):
        inner[data.draw(_names)] = data.draw(_values)
    elif isinstance(inner, dict):
        inner[data.draw(_names)] = inner.pop(place[-1])
    check(json.dumps(document).encode())


def _spellings(name: str) -> list[str]:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return [name, snake, name.capitalize(), name.upper()]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_member_said_twice_never_passes(data: st.DataObject) -> None:
    """Whichever comes first, and however the second is spelled."""
    document: Any = json.loads(CONTENT)
    place = data.draw(st.sampled_from([one for one in _places(ORIGINAL)[1:] if isinstance(one[-1], str)]))
    holder = document
    for name in place[:-1]:
        holder = holder[name]
    members = list(holder.items())
    holder.clear()
    members.insert(data.draw(st.sampled_from([0, len(members)])), ("@", data.draw(_values)))
    holder.update(members)
    again = data.draw(st.sampled_from(_spellings(place[-1])))
    assert not check(json.dumps(document).replace('"@"', f'"{again}"').encode())


def test_what_may_differ_is_only_what_no_check_uses() -> None:
    """White space, escapes, the order of members, the other spelling, an entry that no key asks for, the hint."""
    snake = (
        json.dumps(ORIGINAL)
        .replace('"dsseEnvelope"', '"dsse_envelope"')
        .replace('"mediaType"', '"media_type"')
    )
    unlogged = {**ORIGINAL, "verificationMaterial": {"publicKey": {"hint": "whatever"}}}
    reordered = json.dumps(dict(reversed(ORIGINAL.items())), indent=2)
    for text in (
        snake,
        json.dumps(unlogged),
        reordered,
        CONTENT.decode().replace("payload", "p\\u0061yload", 1),
    ):
        assert check(text.encode())
