"""What a process can't do any more once it is isolated. Each attempt is one of a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

PROBE: Final = """
import ctypes, errno, json, os, signal, socket, sys
from pratique.inventory.isolation import isolate
told, other = sys.argv[1], int(sys.argv[2])
attempts = {
    "isolated": isolate,
    "socket": lambda: socket.socket(),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "pair": lambda: socket.socketpair(),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM),
    "fork": lambda: os.fork() or os._exit(0),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "kill": lambda: os.kill(other, 0),
    "write": lambda: open(told, "w"),
    "append": lambda: open(told, "a"),
    "create": lambda: open(told + ".new", "x"),
    "remove": lambda: os.unlink(told),
    "rename": lambda: os.rename(told, told + ".old"),
    "truncate": lambda: os.truncate(told, 0),
    "mode": lambda: os.chmod(told, 0o777),
    "folder": lambda: os.mkdir(told + ".d"),
    "namespace": lambda: call("unshare", 0x10000000),
    "trace": lambda: call("ptrace", 16, other, 0, 0),
    "read": lambda: open(told).read(),
    "compute": lambda: sum(bytearray(50_000_000)),
    "import": lambda: __import__("encodings.cp437").__name__,
}

def call(name, *arguments):
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)

said = {}
for name, attempt in attempts.items():
    try:
        answer = attempt()
        said[name] = answer if isinstance(answer, (bool, int, str)) else "done"
    except OSError as error:
        said[name] = errno.errorcode[error.errno]
print(json.dumps(said))
"""
ALLOWED: Final = {"isolated": True, "read": "kept", "compute": 0, "import": "encodings"}


@pytest.mark.skipif(os.uname().machine not in {"x86_64", "aarch64"}, reason="no filter for this machine")
def test_it_reaches_nobody_and_changes_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    command = [sys.executable, "-c", PROBE, str(kept), str(os.getpid())]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    said = json.loads(done.stdout)
    assert {name: answer for name, answer in said.items() if answer != "EPERM"} == ALLOWED
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert kept.read_text() == "kept"
