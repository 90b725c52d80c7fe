"""Asking for an examination: one job for each image of a project, those that somebody waits for first.

A layer is read once, whoever has it, and images wait their turn: the more of a project's wait already, the later the
next of it comes, so that nobody's ten thousand images keep another's one waiting.
"""

from typing import Final

from pratique import jobs
from pratique.clock import Moment
from pratique.db import Tx

EXAMINE: Final = "admission.examine"
"""The job that examines an image: payload {"project_id", "digest", "turn"}."""

AWAITED: Final = 50
"""Its priority where a verdict waits for it."""
PUSHED: Final = 20
"""Its priority after a push, before it falls with what waits already."""
BACKLOG: Final = 1_000
"""Waiting images of a project that are counted."""


def examination_key(project_id: int, digest: str) -> str:
    """What the job is known by."""
    return f"{project_id}:{digest}"


def examine_later(
    tx: Tx,
    project_id: int,
    digest: str,
    *,
    is_awaited: bool = False,
    priority: int | None = None,
    at: Moment | None = None,
    turn: int = 0,
) -> None:
    """Have an image examined, or judged again where it is known: now, or `at` a moment, with a given `priority`.

    `turn`: how often its turn was over before all of its layers were read; it comes later each time.
    """
    if priority is None:
        waiting = jobs.waiting(tx, EXAMINE, examination_key(project_id, ""), BACKLOG)
        priority = (AWAITED if is_awaited else PUSHED) - waiting.bit_length() - turn
    jobs.enqueue(
        tx,
        EXAMINE,
        {"project_id": project_id, "digest": digest, "turn": turn},
        dedupe_key=examination_key(project_id, digest),
        run_at=at,
        priority=priority,
    )
