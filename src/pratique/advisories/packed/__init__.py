"""Packed bundles: whole states of sources as one OCI artifact, signed, numbered and with a date of expiry.

An artifact like any other (image-spec, manifest.md, "Guidelines for Artifact Usage"), so that every registry holds it
and every client copies it; it is read from an OCI image layout, a folder or a tar of one. Nothing in it counts before
its signature has been verified.
"""

from pratique.advisories.packed.opening import Opened, opened
from pratique.advisories.packed.packing import Packing, pack
from pratique.advisories.packed.ports import Sealed, Sealer, Vouched, Witness
from pratique.advisories.packed.reading import is_layout

__all__ = ["Opened", "Packing", "Sealed", "Sealer", "Vouched", "Witness", "is_layout", "opened", "pack"]
