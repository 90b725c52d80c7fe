"""Readers that other installed distributions bring, by entry points of the group `pratique.cataloguers`.

Each names a `Reader`, which its module takes from `pratique.inventory.readers.reader`: it is loaded while this room is.
One that can't be loaded, or fails, is never passed over: what it would have found is not known, so the layer could not
be examined, and the reason names it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Final, NoReturn, TypeVar

from pratique.inventory.limits import CouldNotBeExamined
from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable

GROUP: Final = "pratique.cataloguers"

_Found = TypeVar("_Found")


def installed(points: Iterable[EntryPoint], taken: Collection[str]) -> tuple[Reader, ...]:
    """The readers of these entry points, in one order; none may be called as one of `taken`, or as another."""
    names = set(taken)
    found = []
    for point in sorted(points, key=_told):
        reader = _loaded(point, names)
        names.add(reader.name)
        found.append(reader)
    return tuple(found)


def versions(points: Iterable[EntryPoint]) -> str:
    """What tells these readers from those of another day: `+name@distribution=version` of each."""
    return "".join(sorted(f"+{_told(point)}" for point in points))


def _told(point: EntryPoint) -> str:
    brought = "" if point.dist is None else f"@{point.dist.name}={point.dist.version}"
    return f"{point.name}{brought}"


def _loaded(point: EntryPoint, taken: Collection[str]) -> Reader:
    try:
        reader = point.load()
    except Exception as error:  # noqa: BLE001 - importing a stranger's module runs it, and it may fail as it likes
        return _faulty(point, f"can't be loaded: {_said(error)}")
    if not isinstance(reader, Reader):
        return _faulty(point, f"is no Reader but {type(reader).__name__}")
    if reader.name in taken:
        return _faulty(point, f"is called {reader.name!r} as another is")
    return _guarded(reader, _told(point))


def _faulty(point: EntryPoint, why: str) -> Reader:
    """A reader that lets no file pass."""
    reason = f"the cataloguer {_told(point)} {why}"

    def refuse(*_: object) -> NoReturn:
        raise CouldNotBeExamined(reason)

    return Reader(f"faulty {_told(point)}", refuse, refuse, vital=True)


def _guarded(reader: Reader, told: str) -> Reader:
    """The same reader, whose failures are reasons."""

    def wants(path: str) -> bool:
        return bool(_tried(told, lambda: reader.wants(path)))

    def read(path: str, content: bytes) -> Iterator[Package]:
        packages = _tried(told, lambda: tuple(reader.read(path, content)))
        if not all(isinstance(package, Package) for package in packages):
            raise CouldNotBeExamined(f"the cataloguer {told} finds what is no Package")
        yield from packages

    return replace(reader, wants=wants, read=read)


def _tried(told: str, attempt: Callable[[], _Found]) -> _Found:
    try:
        return attempt()
    except (CouldNotBeExamined, Unparsable, MemoryError):
        raise
    except Exception as error:  # as above: its code may raise whatever it likes
        raise CouldNotBeExamined(f"the cataloguer {told} failed: {_said(error)}") from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
