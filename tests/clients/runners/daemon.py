"""A daemon of our own while a block runs: what dockerd, containerd and the services of Sigstore have in common."""

import abc
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.toolbox import Tool
from tests.toolbox.debian import OWN_MOUNTS
from tests.waiting import eventually

START_SECONDS = 30
STOP_SECONDS = 20


class Daemon(abc.ABC):
    """A daemon with a folder of its own; `says_ready` is in its log when it answers.

    `entering` comes before its command line: by default it gets mounts of its own, which takes root.
    """

    says_ready: ClassVar[str]
    entering: ClassVar[tuple[str, ...]] = OWN_MOUNTS

    def __init__(self, tool: Tool, *, ca: Path | None = None) -> None:
        self._tool = tool
        self._ca = ca
        # Not below the test's folder: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix=f"{tool.name}-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def arguments(self) -> list[str]:
        """Write what it reads at its start; its arguments."""

    def is_ready(self) -> bool:
        """Whether it answers by now."""
        return self.says_ready in self.log()

    def __enter__(self) -> Self:
        surroundings = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder)}
        if self._ca is not None:
            surroundings["SSL_CERT_FILE"] = str(self._ca)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self.entering, *self._tool.argv(*self.arguments())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=surroundings,
                cwd=self.folder,
                start_new_session=True,
            )
        self._wait_until_it_answers(self._process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self.folder)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        def has_begun() -> bool:
            assert process.poll() is None, f"{self._tool.name} has ended:\n{self.log()[-4000:]}"
            return self.is_ready()

        with contextlib.ExitStack() as unfinished:
            unfinished.callback(self.__exit__, None, None, None)
            eventually(has_begun, START_SECONDS, otherwise=lambda: self.log()[-4000:])
            unfinished.pop_all()

    def log(self) -> str:
        """All the daemon has said."""
        return (self.folder / "log").read_text(errors="replace")
