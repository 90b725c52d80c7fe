"""Where everything lies in the data directory.

    blobs/<algorithm>/<first two digits>/<digits>   published blobs, proven
    uploads/<upload>                                on their way in
    trash/<algorithm>-<digits>                      deleted, still to be had
    corrupt/<algorithm>-<digits>                    found not to be what they are called, kept for inspection

In the last two a file's time is that of its coming there.

All on one file system: blobs come and go by rename.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pratique.blobs.durable import disk_failures, make_directories
from pratique.errors import UploadUnknown
from pratique.oci.digest import ALGORITHMS, Digest, algorithm_of, encoded_of

_UPLOAD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


class Layout:
    """The paths under one directory."""

    def __init__(self, directory: Path) -> None:
        self.blobs = directory / "blobs"
        self.uploads = directory / "uploads"
        self.trash = directory / "trash"
        self.corrupt = directory / "corrupt"

    def prepare(self) -> None:
        """Make every directory there will ever be, so that publishing has but one name to make durable."""
        with disk_failures("the data directory can't be prepared"):
            make_directories((self.uploads, self.trash, self.corrupt, *self.shelves()))

    def shelves(self) -> Iterator[Path]:
        """The directories that hold blobs."""
        for algorithm in ALGORITHMS:
            for number in range(256):
                yield self.blobs / algorithm / f"{number:02x}"

    def blob(self, digest: Digest) -> Path:
        """Where a blob lies."""
        encoded = encoded_of(digest)
        return self.blobs / algorithm_of(digest) / encoded[:2] / encoded

    def upload(self, upload: str) -> Path:
        """Where an upload lies. Raises UploadUnknown for what can't be the name of one."""
        if not _UPLOAD.fullmatch(upload):
            raise UploadUnknown(f"there is no upload {upload[:80]!r}")
        return self.uploads / upload

    def trashed(self, digest: Digest) -> Path:
        """Where a deleted blob lies."""
        return self.trash / _flat(digest)

    def set_aside(self, digest: Digest) -> Path:
        """Where a corrupt blob lies."""
        return self.corrupt / _flat(digest)


def _flat(digest: Digest) -> str:
    return f"{algorithm_of(digest)}-{encoded_of(digest)}"
