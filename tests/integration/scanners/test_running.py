"""Programs that are run within bounds: what they are given, what is kept from them, and how they end."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.programs import script
from tests.waiting import eventually

from pratique.errors import Invalid
from pratique.quantities import MIB
from pratique.scanners.commands.running import Bounds, Ran, Runner, Stopped, Task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def run(folder: Path, body: str, bounds: Bounds | None = None, *reads: Path) -> Ran:
    program = script(folder.parent / "program", body)
    return Runner(bounds)(Task((str(program), "scan"), folder, reads, {"TOLD": "so"}))


def test_what_it_says_and_how_it_ends(folder: Path) -> None:
    ran = run(folder, "echo out; echo wrong >&2; exit 3")
    assert (ran.code, ran.output, ran.complaint) == (3, b"out\n", "wrong\n")


def test_it_has_no_environment_but_what_it_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRATIQUE_SECRET", "hidden")
    names = {line.partition(b"=")[0] for line in run(folder, "env").output.splitlines()}
    assert b"TOLD" in names
    assert names <= {b"TOLD", b"PWD", b"SHLVL", b"_", b"OLDPWD"}


def test_a_program_that_is_not_there_says_so(folder: Path) -> None:
    ran = Runner()(Task((str(folder / "none"),), folder))
    assert ran.code != 0
    assert "No such file" in ran.complaint


def test_it_takes_no_longer_than_it_may_and_what_it_started_ends_too(folder: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Invalid, match="more than 1 seconds"):
        run(folder, "sleep 600 & echo $! > child; wait", Bounds(seconds=1))
    assert time.monotonic() - started < 20
    child = int((folder / "child").read_text())
    assert eventually(lambda: not _runs(child))


def test_what_it_leaves_running_ends_with_it(folder: Path) -> None:
    ran = run(folder, "sleep 600 & echo $! > child; exit 0")
    assert ran.code == 0
    child = int((folder / "child").read_text())
    assert eventually(lambda: not _runs(child))


def test_it_says_no_more_than_it_may(folder: Path) -> None:
    with pytest.raises(Invalid, match="says more than"):
        run(folder, "cat /dev/zero", Bounds(output=MIB))


def test_it_leaves_no_more_than_it_may(folder: Path) -> None:
    body = "i=0; while :; do dd if=/dev/zero of=file$i bs=1M count=1 2>/dev/null; i=$((i+1)); done"
    with pytest.raises(Invalid, match="on the disk"):
        run(folder, body, Bounds(disk=4 * MIB))


def test_one_file_is_no_larger_than_all_may_be(folder: Path) -> None:
    ran = run(folder, "dd if=/dev/zero of=file bs=1M count=64", Bounds(disk=2 * MIB))
    assert ran.code != 0
    assert (folder / "file").stat().st_size <= 2 * MIB


def test_it_has_no_more_memory_than_it_may(folder: Path) -> None:
    ran = run(folder, "ulimit -v", Bounds(memory=512 * MIB))
    assert ran.output == b"524288\n"


def test_who_stops_waiting_ends_it(folder: Path) -> None:
    program = script(folder.parent / "program", "echo $$ > me; sleep 600")
    with pytest.raises(Stopped):
        Runner()(Task((str(program),), folder), lambda: not (folder / "me").exists())
    assert eventually(lambda: not _runs(int((folder / "me").read_text())))


def test_it_ends_with_the_worker_however_that_ends(folder: Path) -> None:
    program = script(folder.parent / "program", "echo $$ > me; exec sleep 600")
    lines = (
        "import sys; from pathlib import Path",
        "from pratique.scanners.commands.running import Runner, Task",
        "Runner()(Task((sys.argv[1],), Path(sys.argv[2])))",
    )
    command = [sys.executable, "-c", "\n".join(lines), str(program), str(folder)]
    with subprocess.Popen(command) as worker:
        me = eventually(lambda: (folder / "me").read_text() if (folder / "me").exists() else None)
        worker.kill()
    assert eventually(lambda: not _runs(int(me)))


def test_it_reads_and_writes_what_it_is_given_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    for name in ("given", "secret"):
        (tmp_path / name).write_text(f"{name}\n")
    body = (
        f"cat {tmp_path}/given; cat {tmp_path}/secret; echo x > {tmp_path}/given; echo kept > mine; cat mine"
    )
    ran = run(folder, body, None, tmp_path / "given")
    assert (tmp_path / "mine").exists() is False
    if not _has_landlock():
        pytest.skip("this kernel has no Landlock: files are kept from programs by their owners alone")
    assert ran.output == b"given\nkept\n"
    assert (tmp_path / "given").read_text() == "given\n"


def test_it_looks_into_no_other_process(folder: Path) -> None:
    if not _has_landlock():
        pytest.skip("this kernel has no Landlock: processes are kept from programs by their owners alone")
    itself = "while read line; do echo $line; done < /proc/self/status > status"
    ran = run(folder, f"cat /proc/{os.getpid()}/environ /proc/$PPID/environ; {itself}")
    assert ran.output == b""
    status = (folder / "status").read_text()
    assert status.partition("CapBnd:")[2].split()[0].lstrip("0") in {"", "1f"} or os.geteuid() != 0


def test_it_reaches_no_network(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = run(folder, f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' && echo reached")
    assert ran.output == b""
    assert "Operation not permitted" in ran.complaint


def _runs(process: int) -> bool:
    """Whether it is there, and no zombie that nobody has waited for."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def _has_landlock() -> bool:
    return bool(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1)) > 0)
