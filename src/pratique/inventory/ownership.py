"""Which files packages of a distribution brought: the distribution answers for what is in them.

dpkg keeps a list of paths per package (dpkg, deb-src-files; `/var/lib/dpkg/info/*.list`) and the licences in copyright
files (Debian Policy, 12.5; DEP-5); apk and rpm keep both in their databases.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pratique.inventory.readers.reader import Reader

LICENSES_LIMIT: Final = 50
"""Licences of one copyright file."""

_LIST: Final = re.compile(r"var/lib/dpkg/info/[^/]+\.list")
_COPYRIGHT: Final = re.compile(r"usr/share/doc/([^/]+)/copyright")
_LICENSE: Final = re.compile(rb"^License:[ \t]*(\S[^\n]{0,200})$", re.MULTILINE)
_PROGRAMS: Final = re.compile(r"(?:^|/)(?:s?bin|libexec)/")


def is_list(path: str) -> bool:
    """Whether a file lists what a package owns."""
    return _LIST.fullmatch(path) is not None


def is_copyright(path: str) -> bool:
    """Whether a file tells a package's licences."""
    return _COPYRIGHT.fullmatch(path) is not None


def package_of_copyright(path: str) -> str:
    """The name of the package whose copyright file this is; "" where it is none."""
    match = _COPYRIGHT.fullmatch(path)
    return match[1] if match else ""


def paths_in(content: bytes) -> Iterator[str]:
    """The paths of a list, without their leading slash."""
    return (line.strip("/") for line in content.decode("utf-8", "surrogateescape").splitlines())


def matters(path: str, readers: Sequence[Reader]) -> bool:
    """Whether a reader could find packages in a file of this path, or it may be a program."""
    return bool(_PROGRAMS.search(path)) or any(reader.wants(path) for reader in readers)


def licenses_in(content: bytes) -> tuple[str, ...]:
    """The short names of licences, each once, in their order."""
    found = (match.decode("utf-8", "replace").strip() for match in _LICENSE.findall(content))
    return tuple(dict.fromkeys(found))[:LICENSES_LIMIT]
