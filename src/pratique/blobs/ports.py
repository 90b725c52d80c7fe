"""The seams of the store: what every kind of storage does. All of it is blocking; sizes are in bytes.

Whatever the storage can't do at the moment (full, read-only, out of reach) raises Unavailable, and nothing
changed.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from pratique.clock import Moment
from pratique.oci.digest import Digest
from pratique.oci.ranges import ByteRange


class StoredBlob(NamedTuple):
    """One blob as it lies in the store."""

    digest: Digest
    size: int
    written_at: Moment
    """When it was published, or last published again."""


class BlobStore(Protocol):
    """Blobs by digest. They never change: a digest is there with its bytes, or not there."""

    def stat(self, digest: Digest) -> int | None:
        """The size, None when it is not there."""
        ...

    def open(self, digest: Digest, within: ByteRange | None = None) -> AbstractContextManager[BinaryIO]:
        """The bytes, or the part of them. Raises BlobUnknown; Corrupt when the part is not all there."""
        ...

    def delete(self, digest: Digest) -> None:
        """Take it out of sight, into the trash. A blob that is not there is no error."""
        ...

    def walk(self) -> Iterator[StoredBlob]:
        """Every blob, in no order that means anything; what comes and goes meanwhile may be missed."""
        ...


class Upkeep(Protocol):
    """What garbage collection and scrubbing need of a store."""

    def restore(self, digest: Digest) -> bool:
        """Bring it back from the trash. Whether it is there now.

        Publishing and deleting are not locked against each other. Who writes a row for a blob looks at the
        store afterwards, who deletes a blob looks at the rows afterwards, and either restores what the other
        missed.
        """
        ...

    def trashed(self) -> Iterator[Digest]:
        """What lies in the trash."""
        ...

    def is_trashed(self, digest: Digest) -> bool:
        """Whether it lies in the trash."""
        ...

    def empty_trash(self, older_than: Moment) -> int:
        """Give up what was deleted before a moment. The number of bytes that became free."""
        ...

    def reread(self, digest: Digest) -> Digest:
        """The digest that the stored bytes have, by the algorithm of `digest`. Raises BlobUnknown."""
        ...

    def set_aside(self, digest: Digest) -> bool:
        """Keep a corrupt blob for inspection, out of sight, so that a push can bring it again.

        Reads it once more; false when it is good or gone.
        """
        ...

    def give_up_corrupt(self, older_than: Moment) -> int:
        """Delete what was set aside before a moment. The number of bytes that became free."""
        ...


class LocalPath(Protocol):
    """A store whose blobs are files on this machine."""

    def path_of(self, digest: Digest) -> Path | None:
        """The file, None when it is not there. It may be deleted at any time; an open descriptor stays good."""
        ...


class SpoolWriter(Protocol):
    """Where the bytes of one append go."""

    def write(self, content: bytes | bytearray | memoryview, /) -> int:
        """Take all of `content`, which may be reused at once. The number of bytes."""
        ...


class Spool(Protocol):
    """Uploads on their way to becoming blobs. They survive a restart of the process."""

    def begin(self, upload: str, algorithm: str = "sha256") -> None:
        """Make a new, empty upload, hashed by `algorithm` as it grows. Raises Conflict when there is one."""
        ...

    def size(self, upload: str) -> int:
        """How much of it is here. Raises UploadUnknown."""
        ...

    def append(self, upload: str, offset: int) -> AbstractContextManager[SpoolWriter]:
        """Write on at `offset`, which must be the size.

        All or nothing: when the block is left by an exception, the upload is what it was before. Raises
        UploadUnknown, RangeInvalid, Conflict when somebody else is writing (in this or another process).
        """
        ...

    def commit(self, upload: str, expected: Digest) -> int:
        """Prove that the upload is `expected`, publish it durably and forget the upload. The size.

        It takes the place of one that is there already: that may be damaged, and nobody has looked. Raises
        UploadUnknown, Conflict, and DigestInvalid, which leaves the upload as it was.
        """
        ...

    def discard(self, upload: str) -> None:
        """Forget it. An upload that is not there is no error."""
        ...

    def walk(self) -> Iterator[str]:
        """Every upload."""
        ...

    def touched_at(self, upload: str) -> Moment:
        """When it was last written to. Raises UploadUnknown."""
        ...
