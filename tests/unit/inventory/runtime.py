"""A runtime for comparison: layers unpacked into a real directory, names resolved by the kernel (openat2(2)).

RESOLVE_IN_ROOT makes the kernel treat a directory as the root for links and `..`, which is what containerd's RootPath
does in Go. What it can't unpack raises OSError.
"""

import ctypes
import os
import shutil
import stat
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.images import FOLDER, HARD, LINK, Member

_OPENAT2: Final = 437
_IN_ROOT: Final = 0x10
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def is_possible() -> bool:
    """Whether this kernel resolves so."""
    try:
        os.close(_open(str(Path.cwd()), ".", os.O_PATH))
    except OSError:
        return False
    return True


class Unpacking:
    """A root directory that grows layer by layer."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def apply(self, members: Sequence[Member]) -> None:
        """Put a layer on top, as containerd's Apply does."""
        named: set[Path] = set()
        for path, said, kind in members:
            above, _, name = path.rpartition("/")
            if name == ".wh..wh..opq":
                if (there := self._real(above)) is not None:
                    self._empty(there, named)
            elif name.startswith(".wh."):
                if (there := self._real(above)) is not None:
                    _remove(there / name.removeprefix(".wh."))
            else:
                there = self._made(above) / name
                self._make(there, said, kind)
                named.add(there)

    def read(self, path: str) -> bytes | None:
        """What a program in the container would read at a path; None where that is no file."""
        try:
            number = _open(str(self.root), path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            return os.read(number, 1_024) if stat.S_ISREG(os.fstat(number).st_mode) else None
        finally:
            os.close(number)

    def _make(self, there: Path, said: bytes | str, kind: bytes) -> None:
        if not (kind == FOLDER and there.is_dir() and not there.is_symlink()):
            _remove(there)
        content = said.encode() if isinstance(said, str) else said
        if kind == FOLDER:
            there.mkdir(exist_ok=True)
        elif kind == LINK:
            there.symlink_to(content.decode())
        elif kind == HARD:
            above, _, name = content.decode().rpartition("/")
            folder = self._real(above)
            os.link((folder or Path("/nonexistent")) / name, there, follow_symlinks=False)
        else:
            there.write_bytes(content)

    def _empty(self, folder: Path, named: set[Path]) -> None:
        for child in sorted(folder.iterdir()):
            if child not in named:
                _remove(child)
            elif child.is_dir() and not child.is_symlink():
                self._empty(child, named)

    def _real(self, path: str) -> Path | None:
        """The directory that a path leads to; None where nothing is there."""
        try:
            number = _open(str(self.root), path or ".", os.O_PATH | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            return Path(f"/proc/self/fd/{number}").readlink()
        finally:
            os.close(number)

    def _made(self, path: str) -> Path:
        """As `_real`, with what is missing made; not through links that dangle, which need another resolver."""
        there = self._real("")
        parts = path.split("/") if path else []
        for count in range(len(parts)):
            prefix = "/".join(parts[: count + 1])
            found = self._real(prefix)
            if found is None:
                if there is None or (there / parts[count]).is_symlink():
                    raise OSError("a link that dangles")
                (there / parts[count]).mkdir()
                found = there / parts[count]
            there = found
        if there is None:
            raise OSError("no root")
        return there


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _open(root: str, path: str, flags: int) -> int:
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY)
    try:
        how = struct.pack("QQQ", flags | os.O_CLOEXEC, 0, _IN_ROOT)
        number = _LIBC.syscall(_OPENAT2, folder, (path or ".").encode(), how, len(how))
    finally:
        os.close(folder)
    if number < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(number)
