"""The folder outside the checkout that holds what is installed for tests and benches.

Everything in it is made beside its place and moved there by a rename, so a reader sees a tool
whole or not at all; one lock lets a single install write at a time.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Cache:
    """The tool cache below `root` (made when first written to)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def default(cls) -> "Cache":
        """`$PRATIQUE_TOOLS`, else `pratique-tools` in the user's cache folder."""
        named = os.environ.get("PRATIQUE_TOOLS")
        if named:
            return cls(Path(named).absolute())
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return cls(Path(home).expanduser() / "pratique-tools")

    def place(self, *names: str) -> Path:
        """The path of something kept here; it need not be there."""
        return self.root.joinpath(*names)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock `name`, between processes; says so when it has to wait."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self.place(f"{name}.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"waiting for another process ({name})")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """A temporary folder on the same file system, removed at the end whatever lies in it."""
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="making-", dir=self.root))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def publish(self, made: Path, place: Path) -> None:
        """Move what was made to its place, in place of an older one."""
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)


def say(line: str) -> None:
    """One line of progress, at once, on standard error (standard output is for lists)."""
    print(f"toolbox: {line}", file=sys.stderr, flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took."""
    say(f"{what} …")
    started = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - started:.1f} s")
