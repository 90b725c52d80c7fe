"""Images take turns at being looked into: one with a thousand slow layers keeps nobody else waiting for days.

What was read of a layer is kept, so the next turn begins where this one ended.
"""

from typing import Final

from pratique.clock import Clock
from pratique.inventory import CouldNotBeExamined

SECONDS: Final = 60
"""A turn, by the clock. It ends with a layer: one by itself has a bound of its own."""
TURNS: Final = 60
"""Turns of one image. What takes longer is nothing that anybody ships."""


class TurnIsOver(Exception):
    """Others come first now; there are layers left."""


class Turn:
    """One turn of an image, the `number`th, from 0 on."""

    def __init__(self, clock: Clock, number: int) -> None:
        self._clock = clock
        self._number = number
        self._ends = clock.monotonic() + SECONDS

    def told(self, _layer: str) -> None:
        """Hear that a layer is done. Raises TurnIsOver, or CouldNotBeExamined where it was the last turn."""
        if self._clock.monotonic() < self._ends:
            return
        if self._number + 1 >= TURNS:
            minutes = SECONDS * TURNS // 60
            raise CouldNotBeExamined(f"its layers take more than {minutes} minutes to read")
        raise TurnIsOver
