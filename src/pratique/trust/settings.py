"""What the room is built with; `pratique.settings` composes it into the settings of a process."""

from typing import Annotated

from msgspec import Meta, Struct

from pratique.quantities import Seconds


class TrustSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be fetched from outside to verify signatures. Nothing is, unless an interval says so."""

    refresh_interval: Annotated[
        Seconds,
        Meta(
            description="Time between two looks for a newer root of Sigstore's public instance; 0: only when"
            " `pratique trust refresh` asks."
        ),
    ] = 0
    refresh_from: Annotated[
        str,
        Meta(
            description="The TUF repository of that root, or a mirror: whatever it says is verified from the"
            " embedded TUF root on."
        ),
    ] = "https://tuf-repo-cdn.sigstore.dev"
    revocation_interval: Annotated[
        Seconds,
        Meta(
            description="Time between two rounds in which the CRLs and OCSP responses are fetched that certificates"
            " of notation name; 0: never, they are imported."
        ),
    ] = 0
    private_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts that may be asked for these though their addresses are private, and for the TUF"
            " repository without TLS. Empty: none."
        ),
    ] = ()
