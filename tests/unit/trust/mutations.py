"""Documents made wrong in every way that one can think of: strategies for mutants of JSON that verifies.

`PRATIQUE_MUTANTS` says how many of each kind (a few hundred unless it does, the same ones each time); a long run is

    PRATIQUE_MUTANTS=100000 python -m pytest --timeout=0 tests/unit/trust -k mutant
"""

import base64
import json
import os
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MUTANTS: Final = int(os.environ.get("PRATIQUE_MUTANTS", "0"))

PIECES: Final = [
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b" ", b"\n", b"\0", b"=", b"A", b"/", b"-", b"_", b"0", b"1", b"9",
    b"null", b"NaN", b"1e3", b"{}", b"[]", b'"dsse_envelope":', b'"DsseEnvelope":{},', b'"payload":"",', b'"sig":"",',
    b'"tlog_entries":[],', b'"messageSignature":null,', b'"certificate":null,', b'"Payload":"",', b"\\u0061",
    b'"keyid":"x",', b'"hint":"",', b"\xff", "é".encode(), b"\xef\xbb\xbf", b'"verification_material":{},',
    b'"rawBytes":"",', b'"logIndex":"0",', b'"publicKey":{},',
]  # fmt: skip
NAMES: Final = [
    "dsse_envelope", "payload_type", "Sig", "sig", "keyid", "certificate", "messageSignature", "publicKey", "extra",
    "logIndex", "log_id", "inclusionPromise", "hashes", "rawBytes", "x509CertificateChain", "tlogEntries",
]  # fmt: skip


def mutating(usual: int) -> settings:
    """How many mutants are made: `usual`, always the same ones, unless the environment asks for more."""
    return settings(
        max_examples=MUTANTS or usual,
        derandomize=not MUTANTS,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@st.composite
def bytes_changed(draw: st.DrawFn, content: bytes) -> bytes:
    """Some bytes taken out, put in, doubled or moved, once or a few times."""
    for _ in range(draw(st.integers(1, 3))):
        members = [at + 1 for at, byte in enumerate(content) if byte in b"{,"]
        start = draw(st.one_of(st.integers(0, len(content)), st.sampled_from(members or [0])))
        end = min(len(content), start + draw(st.integers(0, 12)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3), st.just(content[start:end])))
        keep = draw(st.booleans())
        content = content[:start] + piece + content[start if keep else end :]
    return content


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value of a document is, the document itself first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in places(one, (*path, name)))]


def found(document: Any, place: tuple[Any, ...]) -> Any:
    """What is there."""
    for name in place:
        document = document[name]
    return document


def _values(donors: Sequence[Any]) -> st.SearchStrategy[Any]:
    lent = [found(donor, place) for donor in donors for place in places(donor)]
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=6),
        st.sampled_from(["", "AA==", "e30=", "-1", "0", "1", "01", "SHA2_256", "sha256"]),
        st.sampled_from([[], {}, [{}], {"rawBytes": "AA=="}, {"hint": "x"}, {"keyId": ""}]),
        st.sampled_from(lent),
    ).map(deepcopy)


@st.composite
def values_changed(draw: st.DrawFn, original: Any, donors: Sequence[Any]) -> Any:
    """A value replaced (by that of another document perhaps), removed, added, doubled, called otherwise or swapped."""
    document = deepcopy(original)
    for _ in range(draw(st.integers(1, 2))):
        there = places(document)[1:]
        if there:
            _change(draw, document, draw(st.sampled_from(there)), donors)
    return document


def _change(draw: st.DrawFn, document: Any, place: tuple[Any, ...], donors: Sequence[Any]) -> None:
    inner, name = found(document, place[:-1]), place[-1]
    others = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
    names = st.sampled_from(NAMES) if isinstance(inner, dict) else st.sampled_from([0, len(inner)])
    alike = [found(donor, place) for donor in donors if place in places(donor)]
    match draw(st.sampled_from(["replace", "remove", "add", "double", "rename", "swap", "lend"])):
        case "remove":
            del inner[name]
        case "add" | "double" as how:
            value = deepcopy(inner[name]) if how == "double" else draw(_values(donors))
            _put(inner, draw(names), value)
        case "rename":
            _put(inner, draw(names), inner.pop(name))
        case "swap":
            other = draw(st.sampled_from(others))
            inner[name], inner[other] = inner[other], inner[name]
        case "lend" if alike:
            inner[name] = deepcopy(draw(st.sampled_from(alike)))
        case _:
            inner[name] = draw(_values(donors))


def _put(inner: Any, name: Any, value: Any) -> None:
    if isinstance(inner, dict):
        inner[name] = value
    else:
        inner.insert(name, value)


@st.composite
def base64_changed(draw: st.DrawFn, original: Any) -> Any:
    """Bytes in base64 changed, or the same bytes written otherwise."""
    document = deepcopy(original)
    encoded = [place for place in places(document) if _is_base64(found(document, place))]
    place = draw(st.sampled_from(encoded))
    inner, name = found(document, place[:-1]), place[-1]
    text = inner[name]
    content = bytearray(base64.b64decode(text))
    change = draw(
        st.sampled_from(["flip", "cut", "grow", "double", "letters", "alphabet", "padding", "lines", "bits"])
    )
    at = draw(st.integers(0, len(content) - 1))
    if change == "flip":
        content[at] ^= 1 << draw(st.integers(0, 7))
    elif change == "cut":
        del content[at : at + draw(st.integers(1, 8))]
    elif change == "grow":
        content[at:at] = draw(st.binary(min_size=1, max_size=4))
    elif change == "double":
        content *= 2
    inner[name] = {
        "letters": text.swapcase(),
        "alphabet": text.replace("+", "-").replace("/", "_"),
        "padding": text.rstrip("=") if text.endswith("=") else f"{text}====",
        "lines": f"{text[:at]}\n{text[at:]}",
        "bits": _other_bits(text),
    }.get(change, base64.b64encode(content).decode())
    return document


@st.composite
def said_twice(draw: st.DrawFn, original: Any) -> bytes:
    """A member there twice, whichever comes first and however the second is spelled."""
    document = deepcopy(original)
    place = draw(st.sampled_from([one for one in places(document)[1:] if isinstance(one[-1], str)]))
    holder = found(document, place[:-1])
    members = list(holder.items())
    holder.clear()
    value = draw(st.one_of(_values([original]), st.just(members[0][1])))
    members.insert(draw(st.sampled_from([0, len(members)])), ("@", value))
    holder.update(members)
    again = draw(st.sampled_from(spellings(place[-1])))
    return json.dumps(document).replace('"@"', json.dumps(again)).encode()


def spellings(name: str) -> list[str]:
    """A field as readers of protobuf and Go's decoder know it too."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return [name, snake, name.capitalize(), name.upper()]


def lenient(content: bytes, *, first: bool) -> Any:
    """As a tool reads it that takes the first of two equal names, or the last.

    The spellings of protobuf's readers and of Go's are the same to it.
    """

    def folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        ordered = reversed(pairs) if first else pairs
        return {name.casefold().replace("_", ""): value for name, value in ordered}

    return json.loads(content, object_pairs_hook=folded)


def decoded(text: str | None) -> bytes:
    """The bytes of base64 of either alphabet, as a patient reader takes it."""
    plain = (text or "").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain.rstrip("=")) % 4))


def _is_base64(value: Any) -> bool:
    if not isinstance(value, str) or len(value) < 8:
        return False
    try:
        return base64.b64encode(base64.b64decode(value)).decode() == value
    except ValueError:
        return False


def _other_bits(text: str) -> str:
    """With bits set that stand for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = text.rstrip("=")
    if body == text:
        return f"{text} "
    return body[:-1] + alphabet[alphabet.index(body[-1]) + 1] + text[len(body) :]
