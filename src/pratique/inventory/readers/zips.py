"""Zips of which every reader sees the same directory (PKWARE, APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16).

A zip is read from its end, and tools find that differently: Python takes the last signature, whatever its comment's
length says, and a 64-bit directory wherever there is one; Java wants the comment to end with the file, and a 64-bit
directory only where the other says to look there. Between the two a zip shows harmless members to one and others to the
other. Such a zip is not read.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pratique.inventory.readers.reader import Unparsable

_TORN: Final = (
    zipfile.BadZipFile,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
"""What comes of zips that can't be read; a forged directory lets zipfile seek to before the first byte."""

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_COMMENT_LIMIT: Final = 0xFFFF
_FAR: Final = {0xFFFF, 0xFFFFFFFF}
"""Fields that say: look into the 64-bit directory."""


@contextmanager
def reading_zip(content: bytes, problem: str) -> Iterator[zipfile.ZipFile]:
    """A zip for as long as it is read. Raises Unparsable: where readers would differ on it, or with `problem`."""
    try:
        _check_end(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive
    except Unparsable:
        raise
    except _TORN as error:
        raise Unparsable(problem) from error


def _check_end(content: bytes) -> None:
    start = max(0, len(content) - _END.size - _COMMENT_LIMIT)
    # Java looks for the signature where a whole record fits behind it.
    at = content.rfind(b"PK\x05\x06", start, max(0, len(content) - _END.size) + 4)
    if at < 0:
        raise Unparsable("it is no zip, or goes on after its end")
    *fields, comment = _END.unpack_from(content, at)
    if at + _END.size + comment != len(content):
        raise Unparsable("it is a zip that ends in two ways")
    before = content[max(0, at - _LOCATOR.size) : at]
    if before.startswith(b"PK\x06\x07") and not _FAR.intersection(fields[1:]):
        raise Unparsable("it is a zip with two directories")
