"""Ends the process with SIGKILL at the n-th step that changes something on disk, before or after it."""

import os
import signal
from collections.abc import Callable
from typing import Any

from pratique.db.session import Session

STEPS = ("fsync", "replace", "rename", "link", "unlink", "utime", "write", "ftruncate", "mkdir", "open")
"""What `blobs` does to files, and the database's COMMIT beside it."""


class Tripwire:
    """Laid in a process of its own: it replaces functions of `os` for good. `at` 0 only counts."""

    def __init__(self, at: int) -> None:
        self.steps = 0
        self._at = at

    def lay(self) -> None:
        """From now on steps count."""
        for name in STEPS:
            setattr(os, name, self._wired(getattr(os, name)))
        run = Session.run

        def run_wired(session: Session, text: str) -> None:
            if text != "COMMIT":
                run(session, text)
                return
            self._step()
            run(session, text)
            self._step()

        setattr(Session, "run", run_wired)  # noqa: B010 - mypy would not let a method be replaced

    def _wired(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wired(*args: Any, **kwargs: Any) -> Any:
            if function.__name__ == "open" and not args[1] & os.O_CREAT:
                return function(*args, **kwargs)
            self._step()
            return function(*args, **kwargs)

        return wired

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
