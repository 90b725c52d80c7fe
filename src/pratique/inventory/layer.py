"""One layer catalogued: what its archive does to a tree, in order, and what readers found in its files.

Names are not resolved here: where an entry lands depends on the links of the layers below. So nothing is decided but
which files are read; `merge` asks for others by `wanted` where a link leads to a file that nobody expected.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Annotated, Final

import msgspec

from pratique.inventory import ownership
from pratique.inventory.beside import Beside
from pratique.inventory.limits import ENTRIES, CouldNotBeExamined, LayerLimits
from pratique.inventory.nameable import is_named
from pratique.inventory.package import Package
from pratique.inventory.plenty import bounded
from pratique.inventory.readers import os_release
from pratique.inventory.readers.binaries import BINARY, HEAD, LARGE, is_binary, read_large
from pratique.inventory.readers.reader import Reader, Unparsable
from pratique.inventory.readers.table import READERS
from pratique.inventory.roots import Roots, tells_release
from pratique.inventory.tar import Entry, Kind, TarReader
from pratique.inventory.unpacking import Source, Unpacked

RELEASE_LIMIT: Final = 64 * 2**10
"""Bytes of a file that tells the release."""
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


class Whole(msgspec.Struct, array_like=True, frozen=True):
    """What was read of a database together with a file that belongs to it.

    `of` is the act of the database, or `beside.NOTHING` or `beside.APART`.
    """

    of: int
    readings: tuple[Reading, ...] = ()
    owned: Annotated[tuple[str, ...], _AtMost] = ()


class FileReading(msgspec.Struct, frozen=True):
    """All that was read of a file. `text` of one that tells the release, `owned` the paths that a package's list names.

    `whole`: of a file that may belong to a database, whether it does. None: nobody looked at it as such.
    """

    readings: tuple[Reading, ...] = ()
    text: bytes = b""
    owned: Annotated[tuple[str, ...], _AtMost] = ()
    licenses: tuple[str, ...] = ()
    whole: Whole | None = None


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
        read = [one for file in self.files.values() for one in (file, file.whole) if one is not None]
        packages = sum(len(reading.packages) for one in read for reading in one.readings)
        owned = sum(len(one.owned) for one in read)
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
    looking = _Looking(archive, bounds, readers, wanted)
    acts: list[Act] = []
    for entry in archive:
        if entry.kind is Kind.FILE:
            looking.at(len(acts), entry)
        acts.append(Act(entry.kind, entry.path, entry.link))
    return LayerCatalogue(unpacked.diff_id, unpacked.count, tuple(acts), looking.found())


class _Looking:
    """What is read of a layer's files, by the numbers of their acts."""

    def __init__(
        self, archive: TarReader, limits: LayerLimits, readers: Sequence[Reader], wanted: Collection[str]
    ) -> None:
        self._archive = archive
        self._limits = limits
        self._readers = readers
        self._wanted = wanted
        self._roots = Roots(readers)
        self._beside = Beside(readers, wanted, limits.metadata_file)
        self._files: dict[int, FileReading] = {}
        self._owned = 0

    def at(self, act: int, entry: Entry) -> None:
        """Read a file, where anybody wants it. Raises CouldNotBeExamined."""
        path = entry.path
        everybody = path in self._wanted
        asked = self._asked(path)
        if BINARY in self._readers and BINARY not in asked and is_binary(self._archive.head(HEAD)):
            asked.append(BINARY)
        if entry.size > LARGE and asked == [BINARY]:
            large = _reading(BINARY, read_large(self._archive.pieces()))
            self._files[act] = FileReading(readings=(large,))
            return
        is_release = everybody or path in os_release.CLAIMS or tells_release(path)
        owner, copyright_ = ownership.is_list(path), everybody or ownership.is_copyright(path)
        if not (asked or is_release or owner or copyright_ or self._beside.wants(path)):
            return
        content = self._archive.content(self._limits.metadata_file)
        self._beside.saw(act, path, content)
        readings = [_reading(reader, reader.read(path, content)) for reader in asked]
        self._files[act] = FileReading(
            readings=tuple(_without_files(one) for one in readings),
            text=content[:RELEASE_LIMIT] if is_release else b"",
            owned=self._owned_in(readings, ownership.paths_in(content) if owner else ()),
            licenses=ownership.licenses_in(content) if copyright_ else (),
        )

    def found(self) -> dict[int, FileReading]:
        """All that was read, once every entry went by. Raises CouldNotBeExamined."""
        for joined in self._beside.joined():
            asked = self._asked(joined.path) if joined.path else []
            readings = [
                Reading(reader.name, problem=joined.problem)
                if joined.problem
                else _reading(reader, reader.read(joined.path, joined.content))
                for reader in asked
            ]
            whole = Whole(joined.of, tuple(_without_files(one) for one in readings), self._owned_in(readings))
            self._files[joined.act] = msgspec.structs.replace(self._files[joined.act], whole=whole)
        return self._files

    def _asked(self, path: str) -> list[Reader]:
        everybody = path in self._wanted
        asked = [reader for reader in self._readers if everybody or reader.wants(path)]
        below = None if everybody else self._roots.reader_of(path)
        return asked if below is None or below[1] in asked else [*asked, below[1]]

    def _owned_in(self, readings: Iterable[Reading], listed: Iterable[str] = ()) -> tuple[str, ...]:
        """The paths that matter, of those `listed` and of the packages' files."""
        named = chain(listed, (name for one in readings for name in _files(one)))
        owned = tuple(name for name in named if ownership.matters(name, self._readers))
        self._owned += len(owned)
        if self._owned > OWNED_LIMIT:
            raise CouldNotBeExamined(f"the layer's packages own more than {OWNED_LIMIT} paths that matter")
        return owned


def _reading(reader: Reader, packages: Iterable[Package]) -> Reading:
    try:
        return Reading(reader.name, tuple(map(bounded, filter(is_named, packages))))
    except Unparsable as error:
        return Reading(reader.name, problem=str(error))


def _files(reading: Reading) -> Iterable[str]:
    official = (package for package in reading.packages if ownership.is_official(package))
    return (name for package in official for name in package.files)


def _without_files(reading: Reading) -> Reading:
    """Which files belong to which package is of no interest later, only that they belong to one."""
    packages = tuple(replace(package, files=()) for package in reading.packages)
    return Reading(reading.reader, packages, reading.problem)
