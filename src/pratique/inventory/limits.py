"""What may be looked at of a layer at most: layers are strangers' bytes. Beyond it nothing is said to be clean."""

from dataclasses import dataclass

MIB = 2**20
GIB = 2**30
ENTRIES = 2_000_000
"""Entries of a layer; a catalogue that claims more is not taken from anybody."""


class CouldNotBeExamined(Exception):
    """A layer whose contents cannot be told for sure; the message says why. It is a verdict's reason, never a crash."""


@dataclass(frozen=True, slots=True)
class LayerLimits:
    """Of one layer. `unpacked`, `metadata_file` and `pax` in bytes, `path` in bytes of UTF-8.

    `ratio` of unpacked to packed bytes counts after `ratio_after` unpacked bytes: small files of zeros are no bombs.
    """

    unpacked: int = 20 * GIB
    ratio: int = 1_000
    ratio_after: int = 100 * MIB
    entries: int = ENTRIES
    path: int = 4_096
    pax: int = MIB
    metadata_file: int = 256 * MIB
