"""Go binaries: the build information that the linker puts in (Go, debug/buildinfo), with modules and the Go version.

The blob is found by its magic at an aligned offset, as Go's own reader finds it; ELF, PE and Mach-O need no parsing for
that. Go looks into one section only, so whatever looks like such a blob elsewhere counts as well: else one in front of
the real one would hide it.

Step not taken: the pointer form that Go up to 1.17 wrote, which needs the binary's address map; such a binary is
Unparsable, not silently without packages.
"""

from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Unparsable

MAGIC: Final = b"\xff Go buildinf:"
ALIGNMENT: Final = 16
BLOBS_LIMIT: Final = 16
"""Places in one binary that are looked at. Programs that read such blobs themselves have the magic once more."""
_INLINE: Final = 0x2
_HEADER: Final = 32
_SENTINEL: Final = 16
"""Bytes around the module text that mark it for the linker."""


def read_go(*parts: bytes) -> Iterator[Package]:
    """The modules that a binary was built from, the standard library first; nothing of what is no Go binary.

    `parts` begin where a blob may.
    """
    problem: Unparsable | None = None
    found: dict[Package, None] = {}
    for count, (content, at) in enumerate((part, at) for part in parts for at in _places(part)):
        if count == BLOBS_LIMIT:
            raise Unparsable(
                f"a binary has more than {BLOBS_LIMIT} places that look like build information of Go"
            )
        try:
            found.update(dict.fromkeys(_blob(content, at)))
        except Unparsable as error:
            problem = problem or error
    if problem is not None and not found:
        raise problem
    yield from found


def _blob(content: bytes, at: int) -> Iterator[Package]:
    if not content[at + 15] & _INLINE:
        raise Unparsable("a Go binary of before 1.18, whose build information is not readable by itself")
    version, at = _string(content, at + _HEADER)
    if not version.startswith((b"go", b"devel")):
        raise Unparsable("the build information of a Go binary names no version of Go")
    modules, at = _string(content, at)
    yield Package("golang", "stdlib", version.decode("utf-8", "replace").split(" ")[0].removeprefix("go"))
    text = modules[_SENTINEL:-_SENTINEL] if len(modules) > 2 * _SENTINEL else b""
    yield from _modules(text.decode("utf-8", "replace"))


def _places(content: bytes) -> Iterator[int]:
    at = content.find(MAGIC)
    while 0 <= at <= len(content) - _HEADER:
        if at % ALIGNMENT == 0:
            yield at
        at = content.find(MAGIC, at + 1)


def _string(content: bytes, at: int) -> tuple[bytes, int]:
    """A string with its length as a varint before it."""
    length = shift = 0
    while True:
        if at >= len(content) or shift > 35:
            raise Unparsable("the build information of a Go binary is cut off")
        byte = content[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    if at + length > len(content):
        raise Unparsable("the build information of a Go binary is cut off")
    return content[at : at + length], at + length


def _modules(text: str) -> Iterator[Package]:
    """Lines of `mod`, `dep` and `=>` (what is used in place of the line before), with tabs in between."""
    found: list[list[str]] = []
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind == "=>" and found and len(fields) >= 2:
            found[-1] = fields[:2]
        elif kind in {"mod", "dep"} and fields:
            found.append([*fields, ""][:2])
    for path, version in found:
        namespace, _, name = path.rpartition("/")
        # `(devel)` is the main module as it was checked out: nobody knows which version that is.
        yield Package("golang", name, "" if version == "(devel)" else version, namespace=namespace)
