"""What only a door can refuse: the request itself, before any room hears of it."""

from collections.abc import Sequence

from pratique.errors import Invalid, TooLarge, Unauthenticated, Unsupported


class Challenge(Unauthenticated):
    """Credentials are missing, wrong, or do not reach. `value` is the whole `WWW-Authenticate`."""

    def __init__(self, message: str, value: str) -> None:
        super().__init__(message)
        self.value = value


class MethodNotAllowed(Unsupported):
    """The resource is there and has no such method."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method[:20]} is not supported here")
        self.allowed = tuple(allowed)


class TooManyTags(TooLarge):
    """More `tag` parameters than one request may have (distribution-spec, end-7b)."""


class TooSlow(Invalid):
    """A body that does not come, or is not taken, at the least rate."""


class Disconnected(Exception):
    """The client went away. Nothing is answered."""


class GoneBefore(Disconnected):
    """The client went away before anything of its body was taken: what it left is still to be received."""
