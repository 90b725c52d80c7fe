"""Python packages that are installed (PyPA, "Recording installed projects"; setuptools' egg-info)."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.stanzas import stanzas
from pratique.inventory.readers.zips import reading_zip

_METADATA: Final = re.compile(
    r"(?:^|/)[^/]+(?:\.dist-info/METADATA|\.egg-info/PKG-INFO|\.egg-info|\.egg/EGG-INFO/PKG-INFO)$"
)
_EGG: Final = re.compile(r"(?:^|/)[^/]+\.egg$")
_INSIDE_EGG: Final = "EGG-INFO/PKG-INFO"
_METADATA_LIMIT: Final = 8 * 2**20
_LICENCE: Final = "license ::"


def read(path: str, content: bytes) -> Iterator[Package]:
    """The one package whose metadata this is."""
    if _EGG.search(path):
        content = _inside(content)
    # Only the headers: the description follows after an empty line. Python takes the first of two, as of any message.
    fields = next(stanzas(content.removeprefix(b"\xef\xbb\xbf"), "first"), {})
    if not fields.get("name") or not fields.get("version"):
        raise Unparsable("the metadata names no package or no version")
    yield Package("pypi", fields["name"], fields["version"], licenses=_licenses(fields))


def _licenses(fields: Mapping[str, str]) -> tuple[str, ...]:
    said = fields.get("license-expression") or fields.get("license", "")
    return (said.splitlines()[0],) if said and said.upper() != "UNKNOWN" else ()


def _inside(content: bytes) -> bytes:
    with reading_zip(content, "it is no egg") as egg:
        if egg.getinfo(_INSIDE_EGG).file_size > _METADATA_LIMIT:
            raise Unparsable("the egg's metadata is too large")
        return egg.read(_INSIDE_EGG)


PYTHON: Final = Reader("python", lambda path: bool(_METADATA.search(path) or _EGG.search(path)), read)
