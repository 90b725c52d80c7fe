"""What the room is built with; `pratique.settings` composes it into the settings of a process."""

from typing import Annotated

from msgspec import Meta, Struct

from pratique.quantities import GIB, MIB, MINUTE, Bytes, Seconds


class ScannerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Other scanners, beside this registry's own examination."""

    deadline: Annotated[
        Seconds,
        Meta(
            description="How long a scan by another scanner may take; the credential that it pulls with ends with it.",
            ge=60,
            le=30 * MINUTE,
        ),
    ] = 30 * MINUTE
    internal_url: Annotated[
        str,
        Meta(
            description="How scanners beside this server reach it, as in `http://pratique:5000`: for registrations with"
            " `use_internal_addr`. Empty: as everybody does."
        ),
    ] = ""
    osv_scanner: Annotated[
        str,
        Meta(
            description="The program osv-scanner 2, by its absolute path: then it is among the scanners, and run"
            " offline on the advisories that were imported here. Empty: it is not."
        ),
    ] = ""
    syft: Annotated[
        str,
        Meta(
            description="The program Syft, by its absolute path: then it is among the scanners, and the packages"
            " that it finds are matched as ours are. Empty: it is not."
        ),
    ] = ""
    memory: Annotated[
        Bytes, Meta(description="Memory that such a program may have (its address space).", ge=512 * MIB)
    ] = 8 * GIB
    disk: Annotated[
        Bytes,
        Meta(
            description="What such a program may leave in its own folder of the data directory, while it runs."
        ),
    ] = 20 * GIB
