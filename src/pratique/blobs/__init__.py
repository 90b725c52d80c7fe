"""Immutable bytes by digest: what is stored, and what is on its way in.

A `BlobStore` holds blobs that have been proven to be what their digest says; a `Spool` takes uploads, proves
them and publishes them into it. Nobody above may assume a path or a key: `LocalPath` says where a file is
when there is one.
"""

from pratique.blobs.layout import Layout
from pratique.blobs.local_blobs import LocalBlobs
from pratique.blobs.local_spool import KEEP_FREE, LocalSpool
from pratique.blobs.ports import BlobStore, LocalPath, Spool, SpoolWriter, StoredBlob, Upkeep
from pratique.oci.ranges import ByteRange

__all__ = [
    "KEEP_FREE",
    "BlobStore",
    "ByteRange",
    "Layout",
    "LocalBlobs",
    "LocalPath",
    "LocalSpool",
    "Spool",
    "SpoolWriter",
    "StoredBlob",
    "Upkeep",
]
