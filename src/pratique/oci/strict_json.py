"""JSON from strangers (RFC 8259), without the readings on which two parsers may disagree.

Refused: duplicate keys, NaN and Infinity, numbers that overflow, integers beyond 64 bits, lone surrogates,
anything but UTF-8, a byte order mark, trailing bytes, and nesting deeper than a named limit. What is left
means the same to the registry that judges it and to the client that runs it.
"""

import json
import math
import re
from itertools import accumulate
from typing import Any, Final, Never

from pratique.errors import ManifestInvalid

DEPTH_LIMIT: Final = 64
"""Arrays and objects within each other. Manifests need 6; attestations some 20."""

_INT64: Final = (-(2**63), 2**63 - 1)
_INT64_CHARACTERS: Final = 20
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS: Final = bytes.maketrans(b"{[}]", b"\x01\x01\xff\xff")
_PIECE: Final = 4_096
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def parse(content: bytes, depth_limit: int = DEPTH_LIMIT) -> Any:
    """The value that `content` is, made of dict, list, str, int, float, bool and None.

    Linear in the length of `content`. Raises ManifestInvalid with the place.
    """
    check_depth(content, depth_limit)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestInvalid(f"not UTF-8 at byte {error.start}") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise ManifestInvalid(
            f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    if _SURROGATE.search(content):
        _check_surrogates(value)
    return value


def check_depth(content: bytes, limit: int) -> None:
    """Refuse deep nesting before a recursive parser sees it. Raises ManifestInvalid.

    With strings taken out, what is left are steps up and down. Wrong brackets are left to the parser, which stops at
    the first; what comes before that has been counted.
    """
    if content.count(b"{") + content.count(b"[") <= limit:
        return
    steps = memoryview(_STRING.sub(b"", content).translate(_STEPS, _NO_BRACKETS)).cast("b")
    depth = 0
    for start in range(0, len(steps), _PIECE):
        piece = steps[start : start + _PIECE]
        if max(accumulate(piece, initial=depth)) > limit:
            raise ManifestInvalid(f"not JSON: nested deeper than {limit}")
        depth += sum(piece)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ManifestInvalid(f"the key {key[:80]!r} occurs twice in one object", {"key": key[:80]})
            seen.add(key)
    return members


def _constant(name: str) -> Never:
    raise ManifestInvalid(f"{name} is not a JSON number")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ManifestInvalid(f"the number {text[:40]} is too large")
    return number


def _integer(text: str) -> int:
    if len(text) <= _INT64_CHARACTERS and _INT64[0] <= (number := int(text)) <= _INT64[1]:
        return number
    raise ManifestInvalid(f"the number {text[:40]} does not fit 64 bits")


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ManifestInvalid("a string holds half a surrogate pair") from error
