"""What a manifest names must be there before a 201 (gate.md 6: MANIFEST_BLOB_UNKNOWN).

There means: linked to this repository, uploaded or mounted. That the bytes lie in the store for another repository
does not count, or a manifest would be a way round the right on it.
"""

from pratique.db import Tx
from pratique.errors import ManifestBlobUnknown
from pratique.oci.digest import Digest
from pratique.oci.manifest import Manifest
from pratique.registry.store import blobs, manifests
from pratique.registry.values import Repository

_SHOWN = 10


def check_present(tx: Tx, repository: Repository, manifest: Manifest, *, sparse: bool) -> None:
    """Raise ManifestBlobUnknown unless every blob and, without `sparse`, every child is in the repository.

    Layers with `urls` of a non-distributable type need not be there (image-spec, layer.md); neither must a subject
    (distribution-spec, "Pushing Manifests with Subject").
    """
    absent = blobs.missing(tx, repository.id, [blob.digest for blob in manifest.blobs()])
    if not sparse:
        wanted = [child.digest for child in manifest.children()]
        there = manifests.present(tx, repository.id, wanted)
        absent += [digest for digest in wanted if digest not in there]
    if absent:
        shown = ", ".join(absent[:_SHOWN]) + (
            f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        )
        raise ManifestBlobUnknown(
            f"{repository.name} does not have what the manifest names: {shown}; push or mount it first",
            {"missing": list(absent[:_SHOWN])},
        )


def present_optional(tx: Tx, repository: Repository, manifest: Manifest) -> list[Digest]:
    """The non-distributable layers that the repository has all the same: named, so that they are kept and let out."""
    optional = [blob.digest for blob in manifest.optional_blobs()]
    absent = set(blobs.missing(tx, repository.id, optional))
    return [digest for digest in optional if digest not in absent]
