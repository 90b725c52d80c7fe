"""Pauses between two tries: those who collided draw differently, so they do not collide again."""

import random
import time


def pause(longest: float) -> None:
    """Sleep for a while drawn at random, `longest` seconds at most.

    The draw is the system's: processes forked from one another would draw the same from a generator they inherited.
    """
    time.sleep(random.SystemRandom().uniform(0, longest))
