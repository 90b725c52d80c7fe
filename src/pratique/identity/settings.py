"""What the room is built with; `pratique.settings` composes these structs into the settings of a process."""

from typing import Annotated

from msgspec import Meta, Struct

from pratique.quantities import DAY, MINUTE, Count, Seconds


class HashingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How passwords are hashed: Argon2id, with the second recommended option of RFC 9106 section 4."""

    memory: Annotated[int, Meta(description="KiB per hash.", ge=8)] = 65_536
    passes: Annotated[Count, Meta(description="Passes over the memory.")] = 3
    lanes: Annotated[Count, Meta(description="Lanes of the memory.")] = 4
    width: Annotated[Count, Meta(description="Passwords hashed at once; each takes `memory`.")] = 2
    patience: Annotated[float, Meta(description="Seconds that a caller waits for his turn.", gt=0)] = 10.0


class ThrottleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How often somebody may be wrong before he has to wait."""

    account_failures: Annotated[
        Count, Meta(description="Wrong passwords for one account that cost nothing.")
    ] = 10
    source_failures: Annotated[
        Count, Meta(description="Wrong passwords from one address that cost nothing.")
    ] = 100
    first_wait: Annotated[float, Meta(description="Seconds to wait after the next one; doubles.", gt=0)] = 1.0
    longest_wait: Annotated[float, Meta(description="Seconds at which doubling ends.", gt=0)] = 300.0
    window: Annotated[float, Meta(description="Quiet seconds after which failures are forgotten.", gt=0)] = (
        300.0
    )
    entries: Annotated[Count, Meta(description="Names and addresses held, of each.")] = 50_000


class RememberSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Verified user names with passwords that need not be hashed again."""

    lifetime: Annotated[float, Meta(description="Seconds that a pair is remembered.", ge=0, le=MINUTE)] = 60.0
    entries: Annotated[Count, Meta(description="Pairs held.")] = 10_000


class TokenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The bearer tokens of the registry protocol."""

    issuer: Annotated[str, Meta(description="`iss` of the tokens.", min_length=1)] = "pratique"
    service: Annotated[
        str, Meta(description="`aud` of the tokens, `service` of the challenge.", min_length=1)
    ] = "pratique"
    lifetime: Annotated[
        Seconds,
        Meta(
            description="Life of an access token. Five minutes at most; Docker expects a minute at least.",
            ge=60,
            le=300,
        ),
    ] = 300
    refresh_lifetime: Annotated[
        Seconds, Meta(description="Life of a refresh token that is not used.", ge=300)
    ] = 30 * DAY
    rotate_after: Annotated[
        Seconds, Meta(description="Age at which the signing key is replaced.", ge=600)
    ] = 30 * DAY
    verified_entries: Annotated[Count, Meta(description="Verified access tokens held in memory.")] = 10_000


class RobotSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Machine accounts."""

    prefix: Annotated[str, Meta(description="What the names of robots begin with.", min_length=1)] = "robot$"
    default_days: Annotated[
        int, Meta(description="Days that a robot lives unless it says otherwise; -1: for ever.", ge=-1)
    ] = 30
