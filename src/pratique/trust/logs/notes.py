"""Signed notes: a text and signature lines under it (C2SP, signed-note.md)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from pratique.trust.logs.log_ids import HINT_SIZE
from pratique.trust.strict import Unreadable

NOTE_LIMIT: Final = 32 * 1024
"""Bytes of a note with its signatures."""
SIGNATURES_LIMIT: Final = 64
"""Signature lines of one note: the log's, and those of witnesses."""

_DASH: Final = "\u2014 "
_FIRST_PRINTABLE: Final = 0x20


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line: who is said to have signed, the first bytes of the key's identifier, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """`text` ends in a newline, which is signed with it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What every signature is over, except cosignatures of witnesses, which nobody here verifies."""
        return self.text.encode()


def read_note(note: str) -> SignedNote:
    """The note that the text is. Raises Unreadable."""
    _check_characters(note)
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise Unreadable("the checkpoint is not a text, an empty line and lines of signatures")
    written = lines.removesuffix("\n").split("\n")
    if len(written) > SIGNATURES_LIMIT:
        raise Unreadable(f"the checkpoint has more than {SIGNATURES_LIMIT} signatures")
    return SignedNote(f"{text}\n", tuple(map(_signature, written)))


def _check_characters(note: str) -> None:
    try:
        size = len(note.encode())
    except UnicodeEncodeError as error:
        raise Unreadable("the checkpoint is not UTF-8") from error
    if size > NOTE_LIMIT:
        raise Unreadable(f"the checkpoint has more than {NOTE_LIMIT} bytes")
    if any(ord(character) < _FIRST_PRINTABLE and character != "\n" for character in note):
        raise Unreadable("the checkpoint has control characters")


def _signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name or "+" in name:
        raise Unreadable("the checkpoint has a line among its signatures that is none")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("a signature of the checkpoint is not base64") from error
    if base64.b64encode(content).decode() != encoded or len(content) <= HINT_SIZE:
        raise Unreadable("a signature of the checkpoint is not canonical base64, or too short")
    return NoteSignature(name, content[:HINT_SIZE], content[HINT_SIZE:])
