"""An OCI image layout (image-spec, image-layout.md) as a folder or as a tar of one, from which blobs are taken.

A blob counts when its bytes have the digest that is asked for: where it lies and what else lies there is no matter.
Links are not followed, and nothing is unpacked by the names that a tar gives.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from pratique.errors import Invalid, NotFound
from pratique.oci.digest import Digest, algorithm_of, digest_of, encoded_of

MARKER: Final = "oci-layout"
INDEX: Final = "index.json"
SMALL_LIMIT: Final = 32 * 2**20
"""Bytes of a manifest, an index or a signature."""
ENTRIES_LIMIT: Final = 10_000
"""Entries of a tar."""
PIECE: Final = 2**20


class Place(Protocol):
    """Where the files of a layout lie."""

    def file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A regular file by its path in the layout. Raises NotFound."""
        ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        path = self._path / name
        if path.is_symlink() or not path.is_file():
            raise NotFound(f"{self._path} has no {name}")
        with path.open("rb") as file:
            yield file


class _Tar:
    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self._path = path
        self._tar = tar
        self._members = dict(self._regular_files())

    def _regular_files(self) -> Iterator[tuple[str, tarfile.TarInfo]]:
        names: set[str] = set()
        for member in self._tar:
            name = member.name.removeprefix("./")
            if name in names or len(names) >= ENTRIES_LIMIT:
                raise Invalid(f"{self._path} has too many entries, or one of them twice")
            names.add(name)
            if member.isreg() and not member.issparse():
                yield name, member

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        member = self._members.get(name)
        file = None if member is None else self._tar.extractfile(member)
        if file is None:
            raise NotFound(f"{self._path} has no {name}")
        with file:
            yield file


class Layout:
    """The layout at a place. Raises Invalid where it is none."""

    def __init__(self, place: Place) -> None:
        self._place = place
        try:
            version = json.loads(self._small(MARKER))["imageLayoutVersion"]
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid("its oci-layout file does not say which version of the layout it is") from error
        if version != "1.0.0":
            raise Invalid(f"its layout has the version {str(version)[:20]!r}; 1.0.0 is read")

    def index(self) -> bytes:
        """The bytes of `index.json`."""
        return self._small(INDEX)

    def small(self, digest: Digest) -> bytes:
        """A blob that fits into memory. Raises NotFound, or Invalid where its bytes are others."""
        content = self._small(_name(digest))
        if digest_of(content, algorithm_of(digest)) != digest:
            raise Invalid(f"the bytes of {digest} are others")
        return content

    def take(self, digest: Digest, size: int, to: Path) -> None:
        """Copy a blob, proving it. Raises NotFound, or Invalid where it has other bytes, or more or less of them."""
        hasher, left = hashlib.new(algorithm_of(digest)), size
        with self._place.file(_name(digest)) as file, to.open("wb") as copy:
            while left >= 0 and (piece := _read(file, PIECE)):
                left -= len(piece)
                hasher.update(piece)
                copy.write(piece)
        if left or hasher.hexdigest() != encoded_of(digest):
            raise Invalid(f"the bytes of {digest} are others")

    def _small(self, name: str) -> bytes:
        with self._place.file(name) as file:
            content = _read(file, SMALL_LIMIT + 1)
        if len(content) > SMALL_LIMIT:
            raise Invalid(f"{name} has more than {SMALL_LIMIT} bytes")
        return content


def _read(file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except (tarfile.TarError, EOFError) as error:
        raise Invalid(f"the tar ends too early: {error}") from error


@contextmanager
def open_layout(path: Path) -> Iterator[Layout]:
    """The layout in a folder or a tar. Raises Invalid or NotFound."""
    if path.is_dir():
        yield Layout(_Folder(path))
        return
    with _open_tar(path) as tar:
        yield Layout(tar)


@contextmanager
def _open_tar(path: Path) -> Iterator[_Tar]:
    with ExitStack() as opened:
        try:
            place = _Tar(path, opened.enter_context(tarfile.open(path, "r:")))
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise Invalid(f"{path} can't be read as a tar: {error}") from error
        yield place


def is_layout(path: Path) -> bool:
    """Whether a path looks like a layout rather than like plain files."""
    if path.is_dir():
        return (path / MARKER).is_file()
    return path.is_file() and path.suffix == ".tar"


def _name(digest: Digest) -> str:
    return f"blobs/{algorithm_of(digest)}/{encoded_of(digest)}"
