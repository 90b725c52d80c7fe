"""Waiting for what happens in another thread or process: looked for until it is there, and given up in time."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENT: Final = 20.0
"""Seconds after which it never comes, however busy the machine is."""
PAUSES: Final = 0.01, 0.1
"""Seconds between two looks: at first, and after some time."""


def eventually(
    look: Callable[[], T | None], seconds: float = PATIENT, *, otherwise: Callable[[], object] = str
) -> T:
    """What `look` finds, once it finds something that is true.

    Fails when it has found nothing within `seconds`, with what `otherwise` has to say then.
    """
    until, pause = time.monotonic() + seconds, PAUSES[0]
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds} seconds: {otherwise()}"
        time.sleep(pause)
        pause = min(pause * 1.2, PAUSES[-1])
    return found
