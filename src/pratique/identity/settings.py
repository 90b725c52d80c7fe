"""What the room is built with; bootstrap fills it from the settings of the process. Times are in seconds."""

from typing import Annotated

from msgspec import Meta, Struct


class HashingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id, with the second recommended option of RFC 9106 section 4."""

    memory: Annotated[int, Meta(description="KiB per hash.", ge=8)] = 65_536
    passes: Annotated[int, Meta(description="Passes over the memory.", ge=1)] = 3
    lanes: Annotated[int, Meta(description="Lanes of the memory.", ge=1)] = 4
    width: Annotated[int, Meta(description="Passwords hashed at once.", ge=1)] = 2
    patience: Annotated[float, Meta(description="How long a caller waits for his turn.", gt=0)] = 10.0


class ThrottleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How often somebody may be wrong."""

    account_failures: Annotated[int, Meta(description="Free failures per account name.", ge=1)] = 10
    source_failures: Annotated[int, Meta(description="Free failures per address.", ge=1)] = 100
    first_wait: Annotated[float, Meta(description="Wait after the last free failure; doubles.", gt=0)] = 1.0
    longest_wait: Annotated[float, Meta(description="Where doubling ends.", gt=0)] = 300.0
    window: Annotated[float, Meta(description="Quiet time after which failures are forgotten.", gt=0)] = 300.0
    entries: Annotated[int, Meta(description="Names and addresses held, of each.", ge=1)] = 50_000


class RememberSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Verified Basic pairs that are not hashed again."""

    lifetime: Annotated[float, Meta(description="How long a pair is remembered.", ge=0, le=60)] = 60.0
    entries: Annotated[int, Meta(description="Pairs held.", ge=1)] = 10_000


class TokenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Registry bearer tokens."""

    issuer: Annotated[str, Meta(description="`iss` of the tokens.", min_length=1)] = "pratique"
    service: Annotated[
        str, Meta(description="`aud` of the tokens, `service` of the challenge.", min_length=1)
    ] = "pratique"
    lifetime: Annotated[int, Meta(description="Life of an access token.", ge=60, le=300)] = 300
    refresh_lifetime: Annotated[int, Meta(description="Life of a refresh token.", ge=300)] = 30 * 86_400
    rotate_after: Annotated[int, Meta(description="Age at which the signing key is replaced.", ge=600)] = (
        30 * 86_400
    )
    verified_entries: Annotated[int, Meta(description="Verified access tokens held.", ge=1)] = 10_000


class RobotSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Machine accounts."""

    prefix: Annotated[str, Meta(description="What every robot's name begins with.", min_length=1)] = "robot$"
    default_days: Annotated[int, Meta(description="Life when none is asked for; -1: for ever.", ge=-1)] = 30
