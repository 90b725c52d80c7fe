"""Which files packages of a distribution brought: the distribution answers for what is in them.

dpkg keeps a list of paths per package (dpkg, deb-src-files; `/var/lib/dpkg/info/*.list`) and the licences in copyright
files (Debian Policy, 12.5; DEP-5); apk and rpm keep both in their databases.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.os_release import Distribution
from pratique.inventory.readers.reader import Reader

LICENSES_LIMIT: Final = 50
"""Licences of one copyright file."""

_LIST: Final = re.compile(r"var/lib/dpkg/info/([^/:]+)(?::[^/]+)?\.list")
_COPYRIGHT: Final = re.compile(r"usr/share/doc/([^/]+)/copyright")
_LICENSE: Final = re.compile(rb"^License:[ \t]*(\S[^\n]{0,200})$", re.MULTILINE)
_DEBIANS: Final = re.compile(
    r"@(?:[a-z0-9.-]+\.)?(?:debian\.org|ubuntu\.com|canonical\.com)>?\s*$", re.IGNORECASE
)
_VENDORS: Final = (
    "AlmaLinux",
    "Amazon Linux",
    "Amazon.com",
    "CentOS",
    "Fedora Project",
    "Microsoft Corporation",
    "Oracle America",
    "Red Hat, Inc.",
    "Rocky Enterprise Software Foundation",
    "SUSE",
    "VMware, Inc.",
    "openEuler",
    "openSUSE",
)
"""How distributions sign their packages of rpm."""
KINDS: Final = frozenset({"apk", "dpkg", "rpm"})
"""Of databases of distributions."""
_OF: Final[Mapping[str, frozenset[str]]] = {
    "apk": frozenset(
        {"alpaquita", "alpine", "bellsoft-hardened-containers", "chainguard", "minimos", "wolfi"}
    ),
    "dpkg": frozenset({"debian", "echo", "ubuntu"}),
}
"""Distributions by the kind of their databases; all others that are known have rpm's."""
_LOCAL: Final = re.compile(r"(?:usr/local|home|root|srv)/")
_ADDED: Final = re.compile(r"opt/")
"""Where packages of Debian and its like put nothing (Debian Policy, 9.1); others have whole products there."""
_PROGRAMS: Final = re.compile(r"(?:^|/)(?:s?bin|libexec)/")


def is_list(path: str) -> bool:
    """Whether a file lists what a package owns."""
    return _LIST.fullmatch(path) is not None


def is_copyright(path: str) -> bool:
    """Whether a file tells a package's licences."""
    return _COPYRIGHT.fullmatch(path) is not None


def copyright_of(package: str) -> str:
    """Where the copyright file of a package of dpkg's lies."""
    return f"usr/share/doc/{package}/copyright"


def package_of_list(path: str) -> str:
    """The name of the package whose list this is; "" where it is none."""
    match = _LIST.fullmatch(path)
    return match[1] if match else ""


def is_official(package: Package) -> bool:
    """Whether a package is the distribution's own, by who maintains it: only then does the distribution answer for it.

    Who is not known is nobody's: a finding too many is better than one too few. Alpine's packages name persons only.
    """
    if package.type == "deb":
        return bool(_DEBIANS.search(package.vendor))
    if package.type == "rpm":
        return package.vendor.startswith(_VENDORS)
    return package.type == "apk"


def answers_for(distribution: Distribution | None, kind: str) -> bool:
    """Whether a distribution's own packages are those of this kind of database: nobody else's word counts for it."""
    if distribution is None:
        return False
    return kind == next((name for name, those in _OF.items() if distribution.id in those), "rpm")


def is_local(path: str, kind: str) -> bool:
    """Whether a file lies where a distribution puts nothing (FHS 3.0, 3.8, 3.14, 4.9)."""
    return bool(_LOCAL.match(path) or (kind == "dpkg" and _ADDED.match(path)))


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
