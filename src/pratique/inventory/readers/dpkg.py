"""dpkg's database (dpkg, deb822 status files; distroless keeps one file per package in status.d)."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable, database
from pratique.inventory.readers.stanzas import FieldTwice, stanzas

_STATUS: Final = "var/lib/dpkg/status"
STATUS_FOLDER: Final = "var/lib/dpkg/status.d/"
UPDATES: Final = "var/lib/dpkg/updates"
"""Where dpkg notes changes, in files whose names are numbers, before it writes all of its database anew."""
_SOURCE: Final = re.compile(r"(\S+)(?:\s+\(([^)]*)\))?")
_GONE: Final = frozenset({"deinstall", "purge"})
_ABSENT: Final = frozenset({"not-installed", "config-files"})


def read(_path: str, content: bytes) -> Iterator[Package]:
    """The packages that are installed; removed ones whose configuration stayed are not there."""
    try:
        for fields in stanzas(content, "never"):
            if fields.get("package") and fields.get("version") and _is_installed(fields):
                yield _package(fields)
    except FieldTwice as error:
        # dpkg refuses it too.
        raise Unparsable(str(error)) from error


def _is_installed(fields: Mapping[str, str]) -> bool:
    """By `Status: want flag status`; distroless writes none."""
    words = fields.get("status", "").split() or ["install", "ok", "installed"]
    return not (_GONE & set(words[:1]) and words[-1] != "installed") and words[-1] not in _ABSENT


def _package(fields: Mapping[str, str]) -> Package:
    source = _SOURCE.match(fields.get("source", ""))
    name, version = (source[1], source[2] or "") if source else ("", "")
    return Package(
        type="deb",
        name=fields["package"],
        version=fields["version"],
        architecture=fields.get("architecture", ""),
        source=name if name != fields["package"] or version else "",
        source_version=version,
        vendor=fields.get("maintainer", ""),
    )


DPKG: Final = database("dpkg", read, _STATUS)
DISTROLESS: Final = Reader(
    "dpkg-status.d",
    lambda path: path.startswith(STATUS_FOLDER) and not path.endswith(".md5sums"),
    read,
    vital=True,
)
