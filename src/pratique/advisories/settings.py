"""What the room is built with; `pratique.settings` composes it into the settings of a process."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from pratique.quantities import DAY, Seconds


class AdvisorySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known to be wrong with packages: whose word counts, and for how long."""

    allow_unsigned: Annotated[
        bool,
        Meta(
            description="Import plain files too, whose origin nobody has proved; they are recorded as unsigned."
            " Off: only bundles that a key of `bundle_keys` signed."
        ),
    ] = True
    bundle_keys: Annotated[
        tuple[str, ...],
        Meta(
            description="Files with public keys (PEM): a packed bundle counts if one of them signed it. Empty:"
            " none does."
        ),
    ] = ()
    max_age: Annotated[
        Seconds,
        Meta(
            description="A source that was last imported longer ago covers nothing: what it would speak of could"
            " not be examined.",
            ge=DAY,
        ),
    ] = 30 * DAY
    severity_unknown_as: Annotated[
        Literal["none", "negligible", "low", "medium", "high", "critical"],
        Meta(description="What an advisory without any severity counts as; it is shown as unknown."),
    ] = "high"
    extended_support: Annotated[
        tuple[str, ...],
        Meta(
            description="Distributions past their end of life (`Debian:11`) for which advisories of somebody who"
            " goes on are imported."
        ),
    ] = ()
