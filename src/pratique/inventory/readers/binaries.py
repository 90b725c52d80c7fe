"""Binaries that carry the list of what they were built from. They have no names of their own: their bytes tell."""

from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.golang import read_go
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.rust import read_rust

HEAD: Final = 4
"""Bytes by which a binary is told."""

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


def is_binary(head: bytes) -> bool:
    """Whether a file that begins so is ELF, Mach-O or PE."""
    return head[:HEAD] in _MAGICS or head.startswith(_PE)


def read(_path: str, content: bytes) -> Iterator[Package]:
    """What Go's linker or cargo-auditable put in."""
    yield from read_go(content)
    yield from read_rust(content)


BINARY: Final = Reader("binary", lambda _path: False, read, vital=True)
"""Wanted by what a file begins with, never by its path."""
