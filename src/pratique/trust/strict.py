"""One strict reader for bundles, envelopes, statements and payloads, over `pratique.oci.strict_json`.

What two parsers may read differently is refused with the reason, so that no tool reads another document
than the one that was verified. On top of strict JSON (duplicate keys, NaN, integers beyond 64 bits, depth,
trailing bytes):

- *protobuf messages in JSON* (Sigstore bundles) are closed: a field has two spellings (`tlogEntries`, `tlog_entries`),
  of which one may occur, and an unknown field is refused, since it may be the other side of a oneof that we
  don't know;
- *documents of Go's decoder* (statements, envelopes, simple signing) are open, but a field that differs from a known
  one only by letter case is refused: Go would take it for the known one;
- base64 must be canonical: its one alphabet, its padding, no white space, no stray bits.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any, Final

from pratique.errors import ManifestInvalid
from pratique.oci import strict_json
from pratique.oci.fields import Fields, by_fold

DEPTH_LIMIT: Final = 64
"""Arrays and objects within each other."""

_HUMP: Final = re.compile(r"_([a-z0-9])")


class Unreadable(Exception):
    """Bytes that are not what they claim to be; the message says why. It never leaves the room."""


def check_size(content: bytes, limit: int) -> None:
    """Raises Unreadable where there are more bytes than `limit`."""
    if len(content) > limit:
        raise Unreadable(f"it has {len(content)} bytes; at most {limit} are read here")


def read_json(content: bytes) -> Any:
    """The value of one strict JSON document. Raises Unreadable."""
    try:
        return strict_json.parse(content, DEPTH_LIMIT)
    except ManifestInvalid as error:
        raise Unreadable(error.message) from error


class Closed(Fields):
    """A protobuf message in JSON (protobuf, "ProtoJSON Format") of which each field is known, and there once."""

    def __init__(self, value: Any, place: str, known: Iterable[str]) -> None:
        names = frozenset(known)
        members: dict[str, Any] = {}
        if not isinstance(value, dict):
            raise Unreadable(f"{place} is not an object")
        for spelled, member in value.items():
            name = _HUMP.sub(lambda hump: hump[1].upper(), spelled)
            if name not in names:
                raise Unreadable(f"{place} has an unknown field {spelled[:80]!r}")
            if name in members:
                raise Unreadable(f"{place} has the field {name!r} in two spellings")
            members[name] = member
        super().__init__(members, place, {})

    def one_of(self, *names: str) -> str:
        """Which one of the fields of a oneof is there. Raises Unreadable when it is none or several."""
        present = [name for name in names if self.has(name)]
        if len(present) != 1:
            found = " and ".join(present) or "none"
            raise Unreadable(f"{self.place('')}needs one of {', '.join(names)} and has {found}")
        return present[0]


def open_object(value: Any, place: str, known: Iterable[str]) -> Fields:
    """An object that may have further fields, none of which is a known one in other letters.

    Raises ManifestInvalid.
    """
    return Fields(value, place, by_fold(known))


def decode_base64(text: str, place: str, *, url_safe: bool = False) -> bytes:
    """The bytes of canonical standard base64 and, if `url_safe`, of the URL-safe alphabet too.

    Raises Unreadable.
    """
    if url_safe and ("-" in text or "_" in text):
        if "+" in text or "/" in text:
            raise Unreadable(f"{place} mixes the two alphabets of base64")
        text = text.replace("-", "+").replace("_", "/")
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Unreadable(f"{place} is not base64") from error
    if base64.b64encode(content).decode("ascii") != text:
        raise Unreadable(f"{place} is not canonical base64")
    return content
