"""What is in one tree of an image: which of its files count, and what they mean.

Pure. A file counts by its real path in the merged tree. Package databases are whole files: of one path the topmost
layer's counts and nothing of those below it; where one kind lies at several paths, all of them count, so that none
hides what another names. Everything else is there per path.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from pratique.inventory import ownership
from pratique.inventory.beside import APART, NOTHING
from pratique.inventory.claims import check_claim
from pratique.inventory.contents import Contents, ImageFacts, Located
from pratique.inventory.layer import FileReading, LayerCatalogue, Whole
from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.nameable import check_nameable, check_release
from pratique.inventory.package import Package
from pratique.inventory.plenty import check_plenty
from pratique.inventory.readers.bills import BILL
from pratique.inventory.readers.binaries import BINARY
from pratique.inventory.readers.dpkg import DISTROLESS, DPKG, UPDATES
from pratique.inventory.readers.os_release import (
    CLAIMS,
    PATHS,
    VERSIONS,
    Distribution,
    read_os_release,
    read_version,
)
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.write_ahead import LOG
from pratique.inventory.roots import ROOTS_LIMIT, UNKNOWN, Roots
from pratique.inventory.tree import Directory, File, Link, Tree

_NOTHING: Final = FileReading()
_DISTRIBUTED: Final = frozenset({"apk", "deb", "rpm"})
"""Types of packages that databases speak of."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Paths, as the layers spell them, that have to be looked at as well, by the number of the layer."""

    paths: Mapping[int, frozenset[str]]

    def joined(self, other: "Missing") -> "Missing":
        """The paths of both."""
        nothing: frozenset[str] = frozenset()
        numbers = {*self.paths, *other.paths}
        return Missing(
            {number: self.paths.get(number, nothing) | other.paths.get(number, nothing) for number in numbers}
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file that a reader wants, at its real path."""

    path: str
    file: File
    reader: Reader


class Within:
    """One tree of an image."""

    def __init__(
        self, layers: Sequence[LayerCatalogue], digests: Sequence[str], readers: Sequence[Reader], tree: Tree
    ) -> None:
        self._layers = layers
        self._digests = digests
        self._readers = readers
        self._tree = tree
        self._missing: dict[int, set[str]] = {}
        self._first = _first_appearances(layers, readers)
        self._roots = Roots(readers)

    def contents(self, facts: ImageFacts | None) -> Contents | Missing:
        """What is in it. Raises CouldNotBeExamined."""
        seen = list(self._wanted())
        texts = self._texts()
        distribution = _distribution(texts)
        databases = _distinct(one for one in seen if one.reader.database)
        found = [located for one in (*databases, *_others(seen)) for located in self._located(one)]
        licences = self._licences(found)
        below = list(self._below(seen))
        self._check_finished()
        if missing := self._asked():
            return missing
        check_plenty([*found, *below])
        for one in (*found, *below):
            check_nameable(one, distribution)
        check_claim(distribution, texts, (one.package for one in found if one.package.type in _DISTRIBUTED))
        owned = self._owned(one for one in databases if ownership.answers_for(distribution, one.reader.kind))
        packages = {*below, *(_finished(one, owned, licences) for one in _without_echoes(found))}
        return Contents(distribution, tuple(sorted(packages, key=lambda one: one.place)), facts)

    def _wanted(self) -> Iterable[_Seen]:
        """Files that readers want by their path, by a link of that path, or by what they begin with."""
        for reader in self._readers:
            yield from self._databases(reader)
        for path, node in self._tree.walk():
            file = self._behind(path, node)
            if file is None:
                yield from self._in_linked_directory(path, node)
                continue
            for reader in self._readers:
                if not reader.database and reader.wants(path):
                    yield _Seen(path, file, reader)
            if isinstance(node, File) and self._reads(file, BINARY.name):
                yield _Seen(path, file, BINARY)

    def _databases(self, reader: Reader) -> Iterable[_Seen]:
        for path in reader.paths:
            found = self._tree.resolve(path)
            if found is not None and isinstance(found[1], File) and found[1].is_regular:
                yield _Seen(path, found[1], reader)

    def _behind(self, path: str, node: File | Link) -> File | None:
        if isinstance(node, File):
            return node if node.is_regular else None
        if not any(reader.wants(path) for reader in self._readers):
            return None
        found = self._tree.resolve(path)
        return found[1] if found is not None and isinstance(found[1], File) and found[1].is_regular else None

    def _in_linked_directory(self, path: str, node: File | Link) -> Iterable[_Seen]:
        """Files below a directory that is a link: a tool finds them by these names too.

        Links within are not followed on; what they lead to has its own name.
        """
        if not isinstance(node, Link):
            return
        found = self._tree.resolve(path)
        if found is None or not isinstance(found[1], Directory):
            return
        waiting = [(path, found[0], found[1])]
        while waiting:
            named, real, directory = waiting.pop()
            for name, child in sorted(directory.children.items()):
                self._tree.step()
                if isinstance(child, Directory):
                    waiting.append((f"{named}/{name}", f"{real}/{name}", child))
                elif isinstance(child, File) and child.is_regular:
                    yield from self._by_another_name(f"{named}/{name}", f"{real}/{name}", child)

    def _by_another_name(self, named: str, real: str, file: File) -> Iterable[_Seen]:
        for reader in self._readers:
            # Many links to one large folder are many names, and each reader looks at each.
            self._tree.step()
            if not reader.database and reader.wants(named) and not reader.wants(real):
                yield _Seen(named, file, reader)

    def _check_finished(self) -> None:
        """Refuse what dpkg had not put into its database yet when it was stopped (dpkg, lib/dpkg/dbmodify.c)."""
        found = self._tree.resolve(UPDATES)
        if found is not None and isinstance(found[1], Directory):
            names = [name for name, node in found[1].children.items() if not isinstance(node, Directory)]
            if any(name.isascii() and name.isdigit() for name in names):
                raise CouldNotBeExamined(f"{UPDATES} holds changes that dpkg's status file does not have yet")

    def _below(self, seen: Iterable[_Seen]) -> Iterable[Located]:
        """The packages of systems below other roots, each as one of its own distribution."""
        own = {
            (one.file.source, one.file.act) for one in seen if one.reader.database or one.reader is DISTROLESS
        }
        systems: dict[str, list[Located]] = {}
        for path, node in self._tree.walk():
            named = self._roots.reader_of(path)
            found = self._tree.resolve(path) if named and isinstance(node, Link) else (path, node)
            if named is None or found is None or not isinstance(found[1], File) or not found[1].is_regular:
                continue
            if (found[1].source, found[1].act) not in own:
                systems.setdefault(named[0], []).extend(self._located(_Seen(path, found[1], named[1])))
        if len(systems) > ROOTS_LIMIT:
            raise CouldNotBeExamined(f"it holds more than {ROOTS_LIMIT} systems below other roots")
        for root, packages in systems.items():
            texts = self._texts(f"{root}/")
            said = _distribution(texts)
            check_claim(said, texts, (one.package for one in packages))
            identifier = (said.id if said else "") or UNKNOWN
            distro = "-".join(filter(None, (identifier, said.release if said else "")))
            for one in packages:
                yield replace(one, package=replace(one.package, namespace=identifier, distro=distro))

    def _texts(self, root: str = "") -> dict[str, bytes]:
        """The files below a root that tell the release, by their paths; of one with two names the first counts."""
        texts: dict[str, bytes] = {}
        known: set[tuple[int, int]] = set()
        for path in CLAIMS:
            found = self._tree.resolve(f"{root}{path}")
            if found is None or not isinstance(found[1], File) or not found[1].is_regular:
                continue
            if not found[0].startswith(root):
                # What its links lead to inside of that root is another file.
                continue
            file = found[1]
            reading = self._reading_of(file)
            if reading is None or not (reading.text or reading.readings):
                self._ask_for(file)
            elif (file.source, file.act) not in known:
                known.add((file.source, file.act))
                texts[path] = reading.text
        return texts

    def _located(self, seen: _Seen) -> Iterable[Located]:
        reading = self._whole(seen)
        mine = [one for one in reading.readings if one.reader == seen.reader.name]
        if not mine:
            self._ask_for(seen.file)
            return
        if mine[0].problem and seen.reader.vital:
            raise CouldNotBeExamined(f"{seen.path[-200:]} can't be read: {mine[0].problem}")
        for package in mine[0].packages:
            number = self._first.get(_identity(seen, package), seen.file.source)
            layer = self._digests[number] if number < len(self._digests) else ""
            yield Located(package, seen.path, layer, seen.reader.name)

    def _whole(self, seen: _Seen) -> FileReading | Whole:
        """What was read of a file, or of a database with what belongs to it. Raises CouldNotBeExamined."""
        plain = self._reading_of(seen.file) or _NOTHING
        live = [one for one in self._beside(seen) if one[1].of != NOTHING]
        if not live:
            return plain
        path, whole = live[0]
        if len(live) > 1 or not path.endswith(LOG):
            raise CouldNotBeExamined(f"{path[-200:]} says that a change of its database was never finished")
        if whole.of != seen.file.act:
            raise CouldNotBeExamined(
                f"{path[-200:]} belongs to a database that does not lie beside it in its layer"
            )
        return whole

    def _beside(self, seen: _Seen) -> Iterable[tuple[str, Whole]]:
        """The files that belong to a database, by the names that SQLite may know it by."""
        found = self._tree.resolve(seen.path) if seen.reader.journals else None
        names = {seen.path, found[0]} if found else set()
        known = set()
        for path in sorted(f"{name}{suffix}" for name in names for suffix in seen.reader.journals):
            there = self._tree.resolve(path)
            if there is None or not isinstance(there[1], File) or there[0] in known:
                continue
            known.add(there[0])
            reading = self._reading_of(there[1]) or _NOTHING
            if reading.whole is None:
                self._ask_for(there[1])
            else:
                is_here = there[1].source == seen.file.source
                of = reading.whole.of if is_here or reading.whole.of == NOTHING else APART
                yield path, msgspec.structs.replace(reading.whole, of=of)

    def _reads(self, file: File, reader: str) -> bool:
        reading = self._reading_of(file)
        return reading is not None and any(one.reader == reader for one in reading.readings)

    def _reading_of(self, file: File) -> FileReading | None:
        return self._layers[file.source].files.get(file.act)

    def _ask_for(self, file: File) -> None:
        path = self._layers[file.source].acts[file.act].path
        self._missing.setdefault(file.source, set()).add(path)

    def _owned(self, databases: Iterable[_Seen]) -> frozenset[str]:
        """The real paths of what official packages brought that the databases name.

        What a layer above the database, or above dpkg's list, has put there is not theirs any more. Nor is what lies
        where distributions put nothing, whatever a list says: anybody can write one.
        """
        owned: set[str] = set()
        for database in databases:
            reading = self._whole(database)
            named = {(path, database.file.layer) for path in reading.owned}
            if database.reader is DPKG:
                named.update(self._listed(reading))
            for path, layer in named:
                found = self._tree.resolve(path)
                if found is None or found[1].layer > min(layer, database.file.layer):
                    continue
                if not ownership.is_local(found[0], database.reader.kind):
                    owned.add(found[0])
        return frozenset(owned)

    def _listed(self, database: FileReading | Whole) -> Iterable[tuple[str, int]]:
        """The paths in dpkg's lists of the official packages that are installed, and the layers of the lists."""
        packages = (one for reading in database.readings for one in reading.packages)
        official = {one.name for one in packages if ownership.is_official(one)}
        for path, node in self._tree.walk():
            if isinstance(node, File) and ownership.package_of_list(path) in official:
                for named in (self._reading_of(node) or _NOTHING).owned:
                    yield named, node.layer

    def _licences(self, found: Iterable[Located]) -> Mapping[str, tuple[str, ...]]:
        """By the name of a package of dpkg's; a folder there may be a link to that of a related package."""
        named: dict[str, tuple[str, ...]] = {}
        for name in {one.package.name for one in found if one.package.type == "deb"}:
            there = self._tree.resolve(ownership.copyright_of(name))
            if there is None or not isinstance(there[1], File) or not there[1].is_regular:
                continue
            reading = self._reading_of(there[1])
            if reading is None:
                self._ask_for(there[1])
            else:
                named[name] = reading.licenses
        return named

    def _asked(self) -> Missing | None:
        if not self._missing:
            return None
        return Missing({number: frozenset(paths) for number, paths in self._missing.items()})


def _distribution(texts: Mapping[str, bytes]) -> Distribution | None:
    said = next((texts[path] for path in PATHS if path in texts), None)
    if said is not None:
        return check_release(read_os_release(said))
    return next((check_release(read_version(path, texts[path])) for path in VERSIONS if path in texts), None)


def _first_appearances(
    layers: Sequence[LayerCatalogue], readers: Sequence[Reader]
) -> dict[tuple[str, str, Package], int]:
    """The lowest layer in which a package was already there: of a database's packages wherever it lay."""
    databases = {reader.name for reader in readers if reader.database}
    found: dict[tuple[str, str, Package], int] = {}
    for number, layer in enumerate(layers):
        for act, file in layer.files.items():
            for reading in (*file.readings, *(file.whole.readings if file.whole else ())):
                path = "" if reading.reader in databases else layer.acts[act].path
                for package in reading.packages:
                    found.setdefault((reading.reader, path, package), number)
    return found


def _identity(seen: _Seen, package: Package) -> tuple[str, str, Package]:
    return (seen.reader.name, "" if seen.reader.database else seen.path, package)


def _distinct(databases: Iterable[_Seen]) -> list[_Seen]:
    """Each database once, by the first of its names in the table: folders and files of rpm and apk may be links."""
    found: dict[tuple[str, int, int], _Seen] = {}
    for one in databases:
        found.setdefault((one.reader.kind, one.file.source, one.file.act), one)
    return list(found.values())


def _others(seen: Iterable[_Seen]) -> list[_Seen]:
    return [one for one in seen if not one.reader.database]


def _without_echoes(found: Sequence[Located]) -> list[Located]:
    """Without what a bill of materials only repeats: what lies there itself, and packages that a database speaks of."""
    there = [one.package for one in found if one.reader != BILL.name]
    known = {(one.type, one.namespace, one.name, one.version) for one in there}
    databases = {one.type for one in there if not one.distro} & _DISTRIBUTED
    return [
        one
        for one in found
        if one.reader != BILL.name
        or (
            one.package.type not in databases
            and (one.package.type, one.package.namespace, one.package.name, one.package.version) not in known
        )
    ]


def _finished(located: Located, owned: frozenset[str], licences: Mapping[str, tuple[str, ...]]) -> Located:
    package = located.package
    if package.type == "deb":
        return replace(
            located, package=replace(package, licenses=package.licenses or licences.get(package.name, ()))
        )
    if package.type in _DISTRIBUTED or located.path not in owned:
        return located
    return replace(located, state="owned")
