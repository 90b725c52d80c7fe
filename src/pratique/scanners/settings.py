"""What the room is built with; `pratique.settings` composes it into the settings of a process."""

from typing import Annotated

from msgspec import Meta, Struct

from pratique.quantities import MINUTE, Seconds


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
