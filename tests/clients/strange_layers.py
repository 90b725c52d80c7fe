"""Layers that nobody would write by accident: every field of a header said in every way, put together by hand."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import zstandard
from hypothesis import strategies as st

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)
REGULAR: Final = (b"0", b"0", b"0", b"0", b"\0", b"7")

_NAMES: Final = (b"a", b"b", b"c", b"a/b", b"a/c", b"b/c", b"b/a/c", b"c/a/b")
_TWISTED: Final = (
    *(b"./a", b"/a", b"//a/b", b"a/", b"a/b/", b"a/./b", b"a//c", b"./", b".", b"/"),
    *(b"../a", b"a/../b", b"..", b"a/..", b"", b" a", b"a ", b"caf\xe9", b"caf\xc3\xa9", b"a\\b", b"a:b"),
)
_MARKS: Final = (
    *(b".wh.a", b".wh.b", b"a/.wh.b", b"a/.wh.c", b"b/.wh.a", b"a/.wh..wh..opq", b"b/.wh..wh..opq"),
    *(b".wh..wh..opq", b".wh..wh.plnk", b".wh..wh.plnk/a", b".wh.", b"a/.wh..", b".wh...", b".wh.a/b"),
)
_TARGETS: Final = (*_NAMES, b"/a", b"/b/c", b"../b", b"../../c", b".", b"..", b"/", b"a/../b", b"./a", b"a/")

plain_names = st.sampled_from(_NAMES)
names = st.one_of(
    plain_names, plain_names, plain_names, plain_names, st.sampled_from(_MARKS), st.sampled_from(_TWISTED)
)
targets = st.one_of(plain_names, st.sampled_from(_TARGETS))
contents = st.one_of(st.just(b""), st.binary(min_size=1, max_size=6), st.just(b"x" * (BLOCK + 1)))


_ODD_FLAGS: Final = (b"3", b"6", b"S", b"V", b"D", b"M")
rarely = st.integers(0, 19).map(lambda number: number == 19)


@dataclass(frozen=True)
class Said:
    """A header's fields as they are written. `claims` is a size other than that of the content; None: the truth."""

    name: bytes
    flag: bytes
    link: bytes = b""
    content: bytes = b""
    claims: int | None = None
    number: str = "octal"
    magic: bytes = b"ustar\x0000"
    prefix: bytes = b""
    trailer: bytes = b""
    checksum: str = "right"


_NUMBERS: Final[Mapping[str, Callable[[int], bytes]]] = {
    "octal": lambda size: b"%011o\0" % size,
    "blank behind": lambda size: b"%011o " % size,
    "twelve digits": lambda size: b"%012o" % size,
    "blanks before": lambda size: b"%11o\0" % size,
    "short": lambda size: b"%o\0" % size,
    "a NUL before": lambda size: b"\0%010o\0" % size,
    "base 256": lambda size: b"\x80" + size.to_bytes(11, "big"),
    "negative": lambda size: b"\xff" + (-size - 1).to_bytes(11, "big", signed=True),
    "decimal": lambda size: b"%011d\0" % (size + 8),
    "two numbers": lambda size: b"%05o %05o\0" % (size, size + 1),
    "hexadecimal": lambda _: b"0x10\0",
    "a sign": lambda size: b"+%010o\0" % size,
}


def block(said: Said) -> bytes:
    """The header."""
    made = bytearray(BLOCK)
    made[:100] = said.name[:100].ljust(100, b"\0")
    size = len(said.content) if said.claims is None else said.claims
    made[100:108], made[108:116], made[116:124] = b"0000755\0", b"0000000\0", b"0000000\0"
    made[124:136] = _NUMBERS[said.number](size).ljust(12, b"\0")
    made[136:148], made[156:157] = b"00000000000\0", said.flag
    made[157:257] = said.link[:100].ljust(100, b"\0")
    made[257:265] = said.magic
    made[345:500] = said.prefix[:155].ljust(155, b"\0")
    made[508:512] = said.trailer.ljust(4, b"\0")
    made[148:156] = b" " * 8
    total = sum(made) - (256 * sum(byte > 127 for byte in made) if said.checksum == "signed" else 0)
    made[148:156] = b"%06o\0 " % (total + (said.checksum == "wrong"))
    return bytes(made)


def entry(said: Said) -> bytes:
    """The header with what follows it."""
    return block(said) + padded(said.content)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


def record(name: bytes, value: bytes) -> bytes:
    """One record of an extended header, whose length counts itself."""
    rest = b" %s=%s\n" % (name, value)
    length = len(rest) + 1
    while len(b"%d" % length) + len(rest) != length:
        length = len(b"%d" % length) + len(rest)
    return b"%d" % length + rest


@st.composite
def extensions(draw: st.DrawFn) -> bytes:
    """A header that speaks of the next entry, or of all that follow."""
    flag = draw(st.sampled_from([b"x"] * 6 + [b"L", b"L", b"K", b"K", b"g", b"X"]))
    if flag in {b"L", b"K"}:
        name = draw(names if flag == b"L" else targets)
        return entry(
            Said(
                b"././@LongLink",
                flag,
                content=name + draw(st.sampled_from([b"\0", b"\0", b"\0", b"", b"\0z"])),
            )
        )
    keys = st.sampled_from(
        [b"path"] * 3 + [b"linkpath"] * 2 + [b"size", b"comment", b"SCHILY.xattr.user.a", b"GNU.sparse.name"]
    )
    records = b""
    for key in draw(st.lists(keys, min_size=1, max_size=2)):
        value = draw(
            st.one_of(names, targets, st.sampled_from([b"0", b"1", b"6", b"513", b"-1", b" 1", b"x\0y"]))
        )
        records += record(key, value)
    return entry(
        Said(
            b"PaxHeaders/a", flag, content=records + draw(st.sampled_from([b"", b"", b"", b"\0", b"5 a=\n"]))
        )
    )


@st.composite
def entries(draw: st.DrawFn) -> bytes:
    """An entry, now and then with a header before it that speaks of it."""
    is_odd = draw(rarely)
    flag = draw(st.sampled_from([*REGULAR, b"5", b"5", b"1", b"2", b"2", *(_ODD_FLAGS if is_odd else ())]))
    said = Said(
        name=draw(names),
        flag=flag,
        link=draw(targets) if flag in {b"1", b"2"} or is_odd else b"",
        content=draw(contents) if flag in REGULAR or is_odd else b"",
        claims=draw(st.sampled_from([None, 0, 1, 512, 600])) if is_odd else None,
        number=draw(st.sampled_from(sorted(_NUMBERS))) if draw(rarely) else "octal",
        magic=draw(st.sampled_from([b"ustar\x0000"] * 4 + [b"ustar  \0", bytes(8), b"ustar\0  "])),
        prefix=draw(st.sampled_from([b"a", b"b/", b"/a", b"00000000000\0"])) if draw(rarely) else b"",
        trailer=b"tar\0" if draw(rarely) else b"",
        checksum=draw(st.sampled_from(["right", "signed", "wrong"])) if is_odd else "right",
    )
    before = draw(st.lists(extensions(), max_size=2)) if draw(st.integers(0, 9)) == 9 else []
    return b"".join(before) + entry(said)


def gzipped_in_two(content: bytes) -> bytes:
    return gzip.compress(content[:700]) + gzip.compress(content[700:])


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def zstd_in_three(content: bytes) -> bytes:
    return zstd(content[:700]) + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstd(content[700:])


def gzipped_and_more(content: bytes) -> bytes:
    return gzip.compress(content) + bytes(100)


def zstd_after_a_skipped_frame(content: bytes) -> bytes:
    return b"\x5f\x2a\x4d\x18\x03\0\0\0abc" + zstd(content)


_PACKINGS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    *(bytes, bytes, bytes, gzip.compress, gzipped_in_two, gzipped_and_more),
    *(zstd, zstd_in_three, zstd_after_a_skipped_frame),
)
_ENDS: Final = (
    *(END,) * 6,
    b"",
    bytes(BLOCK),
    bytes(5 * BLOCK),
    END + b"x" * BLOCK,
    bytes(BLOCK) + entry(Said(b"a", b"0")),
)


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    """A whole layer, packed."""
    archive = b"".join(draw(st.lists(entries(), min_size=1, max_size=5))) + draw(st.sampled_from(_ENDS))
    return bytes(draw(st.sampled_from(_PACKINGS))(archive))


stacks = st.lists(layers(), min_size=1, max_size=3)


@st.composite
def tame_layers(draw: st.DrawFn) -> bytes:
    """A layer as tools write them: nothing is odd but what its names do to each other, and to layers below."""
    archive = b""
    for _ in range(draw(st.integers(1, 7))):
        name = draw(st.one_of(plain_names, plain_names, st.sampled_from(_MARKS[:8])))
        flag = draw(st.sampled_from([b"0", b"0", b"5", b"2", b"2", b"1"])) if b".wh." not in name else b"0"
        link = draw(targets) if flag in {b"1", b"2"} else b""
        content = b"%d" % draw(st.integers(0, 99)) if flag == b"0" and b".wh." not in name else b""
        archive += entry(Said(name, flag, link, content))
    return archive + END


tame_stacks = st.lists(tame_layers(), min_size=2, max_size=3)
