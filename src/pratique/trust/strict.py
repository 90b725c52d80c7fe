"""One strict reader for bundles, envelopes, statements and payloads, over `pratique.oci.strict_json`.

What two parsers may read differently is refused with the reason, so that no tool reads another document
than the one that was verified. On top of strict JSON (duplicate keys, NaN, integers beyond 64 bits, depth,
trailing bytes):

- *protobuf messages in JSON* (Sigstore bundles) are closed: a field has two spellings (`tlogEntries`, `tlog_entries`),
  of which one may occur, and an unknown field is refused, since it may be the other side of a oneof that we
  don't know;
- *documents of Go's decoder* (statements, envelopes, simple signing) are open, but a field that differs from a known
  one only by letter case or underscores is refused: Go, or a reader generated from a .proto file, would take it for
  the known one;
- base64 must be canonical: its one alphabet, its padding, no white space, no stray bits.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from pratique.errors import ManifestInvalid
from pratique.oci import strict_json
from pratique.oci.fields import Fields

DEPTH_LIMIT: Final = 64
"""Arrays and objects within each other."""
MARKS_LIMIT: Final = 1_000_000
"""Commas and opening brackets of one document, which bound the values in it: empty arrays take 20 times their bytes.

Bills of materials have some 30 bytes for each.
"""

_MARKS: Final = (b",", b"[", b"{")
_CAPITAL: Final = re.compile(r"[A-Z]")
_DECIMAL: Final = re.compile(r"(?a:0|-?[1-9]\d{0,18})")


class Unreadable(Exception):
    """Bytes that are not what they claim to be; the message says why. It never leaves the room."""


def check_size(content: bytes, limit: int) -> None:
    """Raises Unreadable where there are more bytes than `limit`."""
    if len(content) > limit:
        raise Unreadable(f"it has {len(content)} bytes; at most {limit} are read here")


def read_json(content: bytes) -> Any:
    """The value of one strict JSON document. Raises Unreadable."""
    if sum(map(content.count, _MARKS)) > MARKS_LIMIT:
        raise Unreadable(f"it has more than {MARKS_LIMIT:,} commas and opening brackets")
    try:
        return strict_json.parse(content, DEPTH_LIMIT)
    except ManifestInvalid as error:
        raise Unreadable(error.message) from error


class Closed(Fields):
    """A protobuf message in JSON (protobuf, "ProtoJSON Format") of which each field is known, and there once.

    `known` are the names in lowerCamelCase; each has one other spelling, that of the .proto file.
    """

    def __init__(self, value: Any, place: str, known: Iterable[str]) -> None:
        names = _spellings(tuple(known))
        members: dict[str, Any] = {}
        if not isinstance(value, dict):
            raise Unreadable(f"{place} is not an object")
        for spelled, member in value.items():
            name = names.get(spelled)
            if name is None:
                raise Unreadable(f"{place} has an unknown field {spelled[:80]!r}")
            if name in members:
                raise Unreadable(f"{place} has the field {name!r} in two spellings")
            members[name] = member
        super().__init__(members, place, {})

    def closed(self, name: str, known: Iterable[str]) -> "Closed":
        """A message within this one, which must be there. Raises Unreadable."""
        return Closed(self.value(name), self.place(name), known)

    def each(self, name: str, known: Iterable[str], limit: int) -> "list[Closed]":
        """The messages of a repeated field, at most `limit`; none when it is absent. Raises Unreadable."""
        values = self.items(name)
        if len(values) > limit:
            raise Unreadable(f"{self.place(name)} has {len(values)} entries; at most {limit} are read")
        return [Closed(value, f"{self.place(name)}[{at}]", known) for at, value in enumerate(values)]

    def int64(self, name: str) -> int:
        """An int64, which ProtoJSON writes as a string and reads as a number too; 0 when it is absent.

        Raises Unreadable: fractions, exponents, signs and zeros that need not be there are other spellings.
        """
        value = self.value(name)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            value = int(value)
        elif value is None:
            value = 0
        if type(value) is not int or not -(2**63) <= value < 2**63:
            raise Unreadable(f"{self.place(name)} is {str(value)[:40]!r}, which is no int64")
        return value

    def natural(self, name: str) -> int:
        """An int64 that makes no sense below 0. Raises Unreadable."""
        value = self.int64(name)
        if value < 0:
            raise Unreadable(f"{self.place(name)} is {value}: it is negative")
        return value

    def content(self, name: str, limit: int) -> bytes:
        """Bytes in canonical base64, at most `limit` of them; none when it is absent. Raises Unreadable."""
        return _decoded(self.text(name) or "", self.place(name), limit)

    def contents(self, name: str, limit: int, each: int) -> tuple[bytes, ...]:
        """A repeated field of bytes: at most `limit` entries, with at most `each` bytes. Raises Unreadable."""
        texts = self.texts(name)
        if len(texts) > limit:
            raise Unreadable(f"{self.place(name)} has {len(texts)} entries; at most {limit} are read")
        return tuple(_decoded(text, f"{self.place(name)}[{at}]", each) for at, text in enumerate(texts))

    def needed_content(self, name: str, limit: int) -> bytes:
        """As `content`, and empty is not enough. Raises Unreadable."""
        found = self.content(name, limit)
        if not found:
            raise Unreadable(f"{self.place(name)} is missing")
        return found

    def short_text(self, name: str, limit: int) -> str:
        """A string of at most `limit` characters; "" when it is absent. Raises Unreadable."""
        text = self.text(name) or ""
        if len(text) > limit:
            raise Unreadable(f"{self.place(name)} has more than {limit} characters")
        return text

    def one_of(self, *names: str) -> str:
        """Which one of the fields of a oneof is there. Raises Unreadable when it is none or several."""
        present = [name for name in names if self.has(name)]
        if len(present) != 1:
            found = " and ".join(present) or "none"
            raise Unreadable(f"{self.place('')}needs one of {', '.join(names)} and has {found}")
        return present[0]


def open_object(value: Any, place: str, known: Iterable[str]) -> Fields:
    """An object that may have further fields, none of which is a known one in another spelling.

    Go's decoder takes other letter cases for the known name, and the protobuf readers of the same documents take its
    snake_case. Raises Unreadable or ManifestInvalid.
    """
    names = {_squeezed(name): name for name in known}
    for spelled in value if isinstance(value, dict) else ():
        name = names.get(_squeezed(spelled), spelled)
        if name != spelled:
            raise Unreadable(
                f"{place} has {name!r} spelled {spelled[:80]!r}, which is the same to other readers"
            )
    return Fields(value, place, {})


def _squeezed(name: str) -> str:
    return name.casefold().replace("_", "")


@lru_cache(maxsize=256)
def _spellings(names: tuple[str, ...]) -> Mapping[str, str]:
    """Each name by itself and by its snake_case: nothing in between, which other readers would not know."""
    snakes = {_CAPITAL.sub(lambda capital: f"_{capital[0].lower()}", name): name for name in names}
    return {**snakes, **{name: name for name in names}}


def _decoded(text: str, place: str, limit: int) -> bytes:
    """The bytes of canonical base64, at most `limit` of them."""
    # All but two of the characters say three bytes each: no long text is decoded in vain.
    if len(text) * 3 // 4 - 2 > limit or len(content := decode_base64(text, place)) > limit:
        raise Unreadable(f"{place} has more than {limit} bytes")
    return content


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
