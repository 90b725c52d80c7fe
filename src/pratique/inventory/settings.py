"""What the room is built with; `pratique.settings` composes it into the settings of a process."""

from typing import Annotated

from msgspec import Meta, Struct

from pratique.quantities import GIB, KIB, MIB, MINUTE, Bytes, Count, Seconds


class InventorySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Looking into layers, which are strangers' bytes: beyond any of these nothing is said to be clean."""

    unpacked: Annotated[Bytes, Meta(description="Of one layer, unpacked.", ge=MIB)] = 20 * GIB
    ratio: Annotated[
        Count, Meta(description="Unpacked to packed bytes, counted after the first 100 MiB unpacked.")
    ] = 1_000
    entries: Annotated[Count, Meta(description="Files and directories of one layer.")] = 2_000_000
    path: Annotated[Bytes, Meta(description="One path in a layer.", ge=256)] = 4 * KIB
    pax: Annotated[Bytes, Meta(description="One pax header of a layer.", ge=KIB)] = MIB
    metadata: Annotated[Bytes, Meta(description="One file that says which packages are there.", ge=MIB)] = (
        256 * MIB
    )
    memory: Annotated[
        Bytes, Meta(description="Address space of the process that looks into a layer.", ge=256 * MIB)
    ] = 2 * GIB
    time: Annotated[Seconds, Meta(description="Processor time for one layer.", ge=1)] = 5 * MINUTE
