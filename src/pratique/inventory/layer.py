"""One layer catalogued: what its archive does to a tree, in order, and what readers found in its files.

Names are not resolved here: where an entry lands depends on the links of the layers below. So nothing is decided but
which files are read; `merge` asks for others by `wanted` where a link leads to a file that nobody expected.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Final

import msgspec

from pratique.inventory import ownership
from pratique.inventory.limits import ENTRIES, CouldNotBeExamined, LayerLimits
from pratique.inventory.nameable import is_named
from pratique.inventory.package import Package
from pratique.inventory.readers import os_release
from pratique.inventory.readers.binaries import BINARY, HEAD, LARGE, is_binary, read_large
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.table import READERS
from pratique.inventory.tar import Entry, Kind, TarReader
from pratique.inventory.unpacking import Source, Unpacked

RELEASE_LIMIT: Final = 64 * 2**10
"""Bytes of an os-release file."""
OWNED_LIMIT: Final = 500_000
"""Paths of a layer that are kept because a package owns them and a reader would look there."""
ACT_WEIGHT: Final = 160
PACKAGE_WEIGHT: Final = 1_024
"""Bytes that an act, and a package, take in memory beside an act's text."""

_AtMost: Final = msgspec.Meta(max_length=ENTRIES)


class Act(msgspec.Struct, array_like=True, frozen=True):
    """One entry: what it makes, where, and where a link leads."""

    kind: Kind
    path: str
    link: str = ""


class Reading(msgspec.Struct, array_like=True, frozen=True):
    """What one reader found in a file; `problem` where it could not read it."""

    reader: str
    packages: tuple[Package, ...] = ()
    problem: str = ""


class FileReading(msgspec.Struct, frozen=True):
    """All that was read of a file. `text` of an os-release file, `owned` the paths that a package's list names."""

    readings: tuple[Reading, ...] = ()
    text: bytes = b""
    owned: Annotated[tuple[str, ...], _AtMost] = ()
    licenses: tuple[str, ...] = ()


class LayerCatalogue(msgspec.Struct, frozen=True):
    """A layer by its acts; `files` by the number of the act that made them. `size` is that of the archive, unpacked."""

    diff_id: str
    size: int
    acts: Annotated[tuple[Act, ...], _AtMost]
    files: Annotated[dict[int, FileReading], _AtMost]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        text = sum(len(act.path) + len(act.link) for act in self.acts)
        packages = sum(len(one.packages) for file in self.files.values() for one in file.readings)
        owned = sum(len(file.owned) for file in self.files.values())
        return text + ACT_WEIGHT * (len(self.acts) + owned) + PACKAGE_WEIGHT * packages


def catalogue_layer(
    source: Source,
    limits: LayerLimits | None = None,
    readers: Sequence[Reader] = READERS,
    wanted: Collection[str] = (),
) -> LayerCatalogue:
    """Read a layer once from front to back. `wanted`: paths whose files every reader looks at.

    Raises CouldNotBeExamined.
    """
    bounds = limits or LayerLimits()
    unpacked = Unpacked(source, bounds)
    archive = TarReader(unpacked, bounds)
    acts: list[Act] = []
    files: dict[int, FileReading] = {}
    owned = 0
    for entry in archive:
        if entry.kind is Kind.FILE:
            found = _read(archive, entry, bounds, readers, wanted)
            if found is not None:
                files[len(acts)] = found
                owned += len(found.owned)
        if owned > OWNED_LIMIT:
            raise CouldNotBeExamined(f"the layer's packages own more than {OWNED_LIMIT} paths that matter")
        acts.append(Act(entry.kind, entry.path, entry.link))
    return LayerCatalogue(unpacked.diff_id, unpacked.count, tuple(acts), files)


def _read(
    archive: TarReader,
    entry: Entry,
    limits: LayerLimits,
    readers: Sequence[Reader],
    wanted: Collection[str],
) -> FileReading | None:
    """What is read of a file; None where nobody wants it."""
    path = entry.path
    everybody = path in wanted
    asked = [reader for reader in readers if everybody or reader.wants(path)]
    if BINARY in readers and BINARY not in asked and is_binary(archive.head(HEAD)):
        asked.append(BINARY)
    if entry.size > LARGE and asked == [BINARY]:
        return FileReading(readings=(_reading(BINARY, read_large(archive.pieces())),))
    is_release = everybody or path in os_release.PATHS
    owner, copyright_ = ownership.is_list(path), everybody or ownership.is_copyright(path)
    if not (asked or is_release or owner or copyright_):
        return None
    content = archive.content(limits.metadata_file)
    readings = [_reading(reader, reader.read(path, content)) for reader in asked]
    paths = ownership.paths_in(content) if owner else (name for one in readings for name in _files(one))
    return FileReading(
        readings=tuple(_without_files(one) for one in readings),
        text=content[:RELEASE_LIMIT] if is_release else b"",
        owned=tuple(name for name in paths if ownership.matters(name, readers)),
        licenses=ownership.licenses_in(content) if copyright_ else (),
    )


def _reading(reader: Reader, packages: Iterable[Package]) -> Reading:
    try:
        return Reading(reader.name, tuple(filter(is_named, packages)))
    except Unparsable as error:
        return Reading(reader.name, problem=str(error))


def _files(reading: Reading) -> Iterable[str]:
    official = (package for package in reading.packages if ownership.is_official(package))
    return (name for package in official for name in package.files)


def _without_files(reading: Reading) -> Reading:
    """Which files belong to which package is of no interest later, only that they belong to one."""
    packages = tuple(replace(package, files=()) for package in reading.packages)
    return Reading(reading.reader, packages, reading.problem)
