"""Binaries that carry the list of what they were built from. They have no names of their own: their bytes tell."""

from collections.abc import Iterable, Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.golang import ALIGNMENT, BLOBS_LIMIT, MAGIC, read_go
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.rust import SECTION, read_rust

HEAD: Final = 4
"""Bytes by which a binary is told."""
LARGE: Final = 64 * 2**20
"""Bytes from which on a binary is not held in memory."""

_MAGICS: Final = frozenset(
    {
        b"\x7fELF",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
    }
)
_PE: Final = b"MZ"
_INFO_LIMIT: Final = 8 * 2**20
"""Bytes of Go's build information in a large binary."""
_NAMED: Final = b"\0" + SECTION + b"\0"
"""The section as the table of names has it."""


def is_binary(head: bytes) -> bool:
    """Whether a file that begins so is ELF, Mach-O or PE."""
    return head[:HEAD] in _MAGICS or head.startswith(_PE)


def read(_path: str, content: bytes) -> Iterator[Package]:
    """What Go's linker or cargo-auditable put in."""
    yield from read_go(content)
    yield from read_rust(content)


def read_large(pieces: Iterable[bytes]) -> Iterator[Package]:
    """The same of a binary that goes by in pieces: Go's information lies in one place, so it can be caught there.

    The list of crates can't, as its place is told at the end: raises Unparsable where there is one.
    """
    tail, start = b"", 0
    infos: list[bytearray] = []
    held = 0
    is_listed = False
    for piece in pieces:
        if infos:
            infos[-1] += piece[: _INFO_LIMIT - len(infos[-1])]
        window = tail + piece
        is_listed = is_listed or _NAMED in window
        for at in _aligned(window, start):
            if start + at >= held and len(infos) <= BLOBS_LIMIT:
                infos.append(bytearray(window[at : at + _INFO_LIMIT]))
                held = start + at + _INFO_LIMIT
        tail = window[-(len(MAGIC) + len(_NAMED)) :]
        start += len(window) - len(tail)
    if is_listed:
        raise Unparsable(f"a binary with a list of crates has more than {LARGE} bytes")
    yield from read_go(*map(bytes, infos))


def _aligned(window: bytes, start: int) -> Iterator[int]:
    at = window.find(MAGIC)
    while at >= 0:
        if (start + at) % ALIGNMENT == 0:
            yield at
        at = window.find(MAGIC, at + 1)


BINARY: Final = Reader("binary", lambda _path: False, read, vital=True)
"""Wanted by what a file begins with, never by its path."""
