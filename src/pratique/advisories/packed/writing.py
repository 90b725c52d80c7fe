"""Writes an OCI image layout (image-spec, image-layout.md), as a folder or a tar of one: the same bytes each time."""

import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pratique.advisories.packed.reading import INDEX, MARKER
from pratique.errors import Conflict
from pratique.oci.digest import Digest, algorithm_of, digest_of, encoded_of

_VERSION: Final = json.dumps({"imageLayoutVersion": "1.0.0"}).encode()


class Written:
    """A layout while it is written into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / MARKER).write_bytes(_VERSION)

    def put(self, content: bytes) -> Digest:
        """Keep a blob."""
        digest = digest_of(content)
        self._place(digest).write_bytes(content)
        return digest

    def move(self, file: Path, digest: Digest) -> None:
        """Keep a file that lies on the same file system."""
        file.replace(self._place(digest))

    def finish(self, index: bytes) -> None:
        """Say what is in it."""
        (self._folder / INDEX).write_bytes(index)

    def _place(self, digest: Digest) -> Path:
        path = self._folder / "blobs" / algorithm_of(digest) / encoded_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


@contextmanager
def written(to: Path) -> Iterator[tuple[Written, Path]]:
    """A layout that is at `to` when the block ends without an error, and a folder for drafts beside it.

    A tar where the name says so. Raises Conflict where there is something already.
    """
    if to.exists():
        raise Conflict(f"{to} exists: a bundle is written anew, never over another")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packing-", dir=to.parent) as name:
        layout, drafts = Path(name) / "layout", Path(name) / "drafts"
        layout.mkdir()
        drafts.mkdir()
        yield Written(layout), drafts
        if to.suffix == ".tar":
            made = Path(name) / "layout.tar"
            _tar(layout, made)
            made.replace(to)
        else:
            layout.replace(to)


def _tar(folder: Path, to: Path) -> None:
    with tarfile.open(to, "w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            if path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
                continue
            entry.size, entry.mode = path.stat().st_size, 0o644
            with path.open("rb") as file:
                tar.addfile(entry, file)
