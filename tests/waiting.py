"""Waiting for what happens in another thread or process: looked for until it is there, and given up in time."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENT: Final = 20.0
"""Seconds after which it never comes, however busy the machine is."""
PAUSE: Final = 0.01


def eventually(look: Callable[[], T | None], seconds: float = PATIENT) -> T:
    """What `look` finds, once it finds something that is true. Fails when it has found nothing within `seconds`."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds} seconds"
        time.sleep(PAUSE)
    return found
