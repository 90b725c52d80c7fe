"""What a process can't do any more once it is confined. Each attempt is one of a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pratique.confinement import gaps, landlock, seccomp
from pratique.confinement.system_calls import CALLS, MACHINES, number_of

NO_FILTER: Final = pytest.mark.skipif(not seccomp.is_there(), reason="no seccomp filter for this machine")
NO_LANDLOCK: Final = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

PROBE: Final = """
import ctypes, errno, json, os, signal, socket, sys
from pratique.confinement import landlock, seccomp
from pratique.confinement.system_calls import CALLS
told, other = sys.argv[1], int(sys.argv[2])
every = [name for names in CALLS.values() for name in names]
here = os.path.dirname(os.__file__)
attempts = {
    "confined": lambda: eval(sys.argv[3]),
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
    "list": lambda: len(os.listdir(os.path.dirname(told))),
    "environment": lambda: open(f"/proc/{other}/environ", "rb").read(1) and "read",
    "own code": lambda: open(os.__file__).read(1) and "read",
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
REFUSED: Final = {"EPERM", "EACCES"}


def attempted(told: Path, how: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What comes of every attempt, once a process confined itself `how`; without what is refused."""
    told.write_text("kept")
    command = [sys.executable, "-c", PROBE, str(told), str(os.getpid()), how]
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    said = json.loads(done.stdout)
    assert [one.name for one in told.parent.iterdir()] == [told.name]
    assert told.read_text() == "kept"
    return {name: answer for name, answer in said.items() if answer not in REFUSED}


@NO_FILTER
def test_without_these_calls_it_reaches_nobody_and_changes_nothing(tmp_path: Path) -> None:
    found = attempted(tmp_path / "kept", "seccomp.refuse(every, seccomp.Opening.READING)")
    assert found == {
        "confined": True,
        "read": "kept",
        "list": 1,
        "environment": "read",
        "own code": "read",
        "compute": 0,
        "import": "encodings",
    }


@NO_FILTER
def test_with_nothing_to_open_it_reads_nothing_either(tmp_path: Path) -> None:
    found = attempted(tmp_path / "kept", "seccomp.refuse(every, seccomp.Opening.NOTHING)")
    assert found == {"confined": True, "compute": 0}


@NO_LANDLOCK
def test_files_that_it_was_not_left_can_not_be_opened(tmp_path: Path) -> None:
    found = attempted(tmp_path / "kept", "landlock.leave(reads=[here, '/nowhere'])")
    assert found["confined"] == landlock.version()
    assert (found["own code"], found["import"]) == ("read", "encodings")
    refused = {"write", "append", "create", "remove", "rename", "folder", "read", "list", "environment"}
    assert not refused & found.keys()


@NO_LANDLOCK
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_it_may_write_it_may_read_and_change(tmp_path: Path, kind: str) -> None:
    place = tmp_path if kind == "folder" else tmp_path / "mine"
    (tmp_path / "mine").write_text("old")
    does = (
        "import sys; from pratique.confinement import landlock\n"
        f"assert landlock.leave(writes=[{str(place)!r}])\n"
        f"assert open({str(tmp_path / 'mine')!r}).read() == 'old'\n"
        f"open({str(tmp_path / 'mine')!r}, 'w').write('new')\n"
    )
    subprocess.run([sys.executable, "-c", does], check=True)
    assert (tmp_path / "mine").read_text() == "new"


@NO_LANDLOCK
def test_what_it_may_run_runs_and_nothing_else() -> None:
    does = (
        "import os, sys; from pratique.confinement import landlock\n"
        "assert landlock.leave(reads=['/etc'], runs=['/usr', '/lib', '/lib64', '/bin'])\n"
        "os.execv(sys.argv[1], ['x'])\n"
    )
    assert subprocess.run([sys.executable, "-c", does, "/bin/true"], check=False).returncode == 0


def test_this_machine_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(gaps()) == (not landlock.version()) + (not seccomp.is_there())
    monkeypatch.setattr(landlock, "version", lambda: 0)
    monkeypatch.setattr(seccomp, "is_there", lambda: False)
    assert [one.split()[0] for one in gaps()] == ["files", "system"]


def test_a_kernel_without_landlock_leaves_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert landlock.leave() == 0
    assert Path(__file__).read_bytes()


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_has_one_number(machine: str) -> None:
    names = [name for names in CALLS.values() for name in names]
    numbers = [number for name in names if (number := number_of(name, machine)) is not None]
    assert len(set(names)) == len(names)
    assert len(set(numbers)) == len(numbers) > 80
