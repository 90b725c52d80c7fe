"""The server that is attacked: a process of its own, and what can be seen of it from outside."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.abuse.raw import NOTHING, Lines, Reply, ask, basic
from tests.waiting import eventually

from pratique.oci.digest import digest_of

T = TypeVar("T")

PASSWORD: Final = "Correct-horse-1"
ADMIN: Final = basic("admin", PASSWORD)
START_SECONDS: Final = 40
STOP_SECONDS: Final = 30
"""After which a server that got SIGTERM hangs. On a quiet machine it has 10 (issue 3)."""

PATIENT: Final = 20.0
"""Seconds after which something that must happen has not happened."""

HURRIED: Final = """
[storage]
keep_free = 0
[limits]
stall_time = 2
head_time = 3
idle_time = 5
[server]
drain = 3
"""
"""Settings whose limits are reached within a test."""

WATCHED: Final = (
    "repository",
    "manifest",
    "manifest_blob",
    "tag",
    "tag_history",
    "blob",
    "blob_link",
    "project",
    "user",
)


@dataclass(frozen=True)
class State:
    """What a refused request must not have changed: rows by table, blobs and uploads on the disk."""

    rows: Mapping[str, tuple[Any, ...]]
    blobs: frozenset[str]
    uploads: frozenset[str]


class Victim:
    """`pratique serve` on a data directory. Closed by `with running(...)`."""

    def __init__(
        self, directory: Path, settings: str = HURRIED, flags: Sequence[str] = (), data: Path | None = None
    ) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.data = data or directory / "data"
        (directory / "settings.toml").write_text(settings)
        self._flags = flags
        self._listen = flags[flags.index("--listen") + 1] if "--listen" in flags else "127.0.0.1:0"
        self.process = self._spawn(flags)
        self.address = self._wait_until_started()

    def _port(self) -> str:
        return self._listen.rpartition(":")[2]

    def _spawn(self, flags: Sequence[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "pratique", "serve", "--data", str(self.data)]
        command += ["--config", str(self.directory / "settings.toml")]
        if "--listen" not in flags:
            command += ["--listen", "127.0.0.1:0"]
        with (self.directory / "out").open("ab") as out, (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                [*command, *flags],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env=clean_environment(),
                start_new_session=True,
            )

    def _wait_until_started(self) -> tuple[str, int]:
        def look() -> tuple[str, int] | None:
            assert self.process.poll() is None, (
                f"it ended with {self.process.returncode}:\n{self.log()[-3000:]}"
            )
            found = re.search(r"serves on \w+://(\S+)$", self.output(), re.MULTILINE)
            host, _, port = (found[1] if found and self._port() == "0" else self._listen).rpartition(":")
            return (host.strip("[]"), int(port)) if found else None

        return eventually(look, START_SECONDS)

    # --- asking -----------------------------------------------------------------------------------------------

    def ask(self, method: str, target: str, headers: Lines = NOTHING, body: bytes = b"") -> Reply:
        """A request by the administrator, over a connection of its own."""
        return ask(self.address, method, target, {**ADMIN, **headers}, body)

    def is_well(self) -> bool:
        """Whether somebody else is still answered as always."""
        return ask(self.address, "GET", "/readyz").status == 200 and self.ask("GET", "/v2/").status == 200

    def begin(self, repository: str = "library/app") -> str:
        """Where a new upload goes on."""
        reply = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
        assert reply.status == 202, reply
        location = reply.header("location")
        assert location is not None
        return location

    def offset(self, location: str) -> int:
        """How many bytes an upload has."""
        reply = self.ask("GET", location)
        assert reply.status == 204, reply
        last = int((reply.header("range") or "").partition("-")[2])
        return last + 1 if last else 0

    def blob(self, content: bytes, repository: str = "library/app") -> str:
        """Push a blob; its digest."""
        digest = digest_of(content)
        reply = self.ask("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", body=content)
        assert reply.status == 201, reply
        return digest

    # --- looking ----------------------------------------------------------------------------------------------

    def state(self) -> State:
        """What is stored."""
        with closing(sqlite3.connect(f"file:{self.data / 'pratique.db'}?mode=ro", uri=True)) as database:
            tables = {
                name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            rows = {
                table: tuple(sorted(database.execute(f'SELECT * FROM "{table}"'), key=repr))  # noqa: S608 - names of ours
                for table in WATCHED
                if table in tables
            }
        return State(rows, self._files("blobs"), self._files("uploads"))

    def _files(self, folder: str) -> frozenset[str]:
        return frozenset(
            str(each.relative_to(self.data)) for each in (self.data / folder).rglob("*") if each.is_file()
        )

    def uploads(self) -> frozenset[str]:
        """Files of uploads."""
        return self._files("uploads")

    def memory(self) -> int:
        """Bytes of it that are in memory (RSS)."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024

    def threads(self) -> int:
        """Threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def files(self, but: str = "") -> int:
        """Files and sockets it holds open; `but`: not those with this in their names."""
        names = []
        for descriptor in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it may vanish meanwhile
                names.append(str(descriptor.readlink()))
        return sum(1 for name in names if not but or but not in name)

    def workers(self) -> list[int]:
        """Processes that it has started and that live."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [pid for task in found.parent.parent.iterdir() for pid in _children(task)]

    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.directory / "log").read_text(errors="replace")

    def output(self) -> str:
        """What it wrote to standard output."""
        return (self.directory / "out").read_text(errors="replace")

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """Lines of its log; what is no JSON (a child that does not like its settings) is left out."""
        found = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in found if not event or line["event"] == event]

    # --- ending -----------------------------------------------------------------------------------------------

    def stop(self) -> int:
        """SIGTERM; the status that it ended with, in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start again on the same data directory; on another port."""
        (self.directory / "out").write_text("")
        self.process = self._spawn(self._flags)
        self.address = self._wait_until_started()


def _children(task: Path) -> list[int]:
    try:
        return [int(pid) for pid in (task / "children").read_text().split()]
    except OSError:
        return []


@contextmanager
def running(directory: Path, settings: str = HURRIED, flags: Sequence[str] = ()) -> Iterator[Victim]:
    """A victim for a block; it must end well after it, unless the block has ended it."""
    victim = Victim(directory, settings, flags)
    try:
        yield victim
        if victim.process.poll() is None:
            assert victim.stop() == 0, victim.log()[-3000:]
    finally:
        if victim.process.poll() is None:
            victim.kill()


def clean_environment() -> dict[str, str]:
    """Ours without settings, and with the first password."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PRATIQUE_")}
    return {**inherited, "PRATIQUE_ADMIN_PASSWORD": PASSWORD}


def serve_once(
    *flags: str, environment: Mapping[str, str] = NOTHING, cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """`pratique serve` that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "pratique", "serve", *flags],
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
        cwd=cwd,
    )


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
