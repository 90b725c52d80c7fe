"""The toolbox itself: reading apt's sources, comparing versions, and a cache that two can use."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.toolbox import TABLE, Cache, Program, Toolbox, ToolboxError
from tests.toolbox.debian import SuitePackage
from tests.toolbox.golang import GoProgram
from tests.toolbox.mirror import Entry, of_this_machine
from tests.toolbox.table import Row
from tests.toolbox.tool import first_version, is_at_least

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = """\
Types: deb
URIs: http://other.test/tools
Suites: stable
Components: main

Types: deb
# a remark
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/archive.gpg
"""


def _machine(root: Path, *, deb822: str = "", lines: str = "") -> Entry:
    (root / "sources.list.d").mkdir()
    (root / "sources.list.d" / "debian.sources").write_text(deb822)
    (root / "sources.list").write_text(lines)
    (root / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    return of_this_machine(root, root / "os-release")


def test_mirror_is_read_from_deb822(tmp_path: Path) -> None:
    entry = _machine(tmp_path, deb822=DEB822)
    assert (entry.uri, entry.keyring) == ("http://mirror.test/debian", "/keys/archive.gpg")
    assert entry.suites == ("bookworm", "bookworm-updates")


def test_mirror_is_read_from_one_line_entries(tmp_path: Path) -> None:
    lines = (
        "# old\ndeb-src http://a.test bookworm main\ndeb [arch=amd64] http://b.test bookworm main contrib\n"
    )
    entry = _machine(tmp_path, lines=lines)
    assert entry == Entry("http://b.test", ("bookworm",), ("main", "contrib"), KEYS)


def test_machine_without_its_own_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolboxError, match="no archive of Debian bookworm"):
        _machine(tmp_path, lines="deb http://a.test trixie main\n")


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("skopeo version 1.9.3", "1.9.3"),
        ("go version go1.26.8 linux/amd64", "1.26.8"),
        ("Version:        1.3.3+Debian\nGo version: go1.24", "1.3.3"),
        ("wrk debian/4.1.0-3+b2 [epoll]", "4.1.0"),
        ("GitVersion:    devel", None),
    ],
)
def test_version_is_found_in_what_programs_say(said: str, version: str | None) -> None:
    assert first_version(said) == version


def test_versions_compare_as_numbers() -> None:
    assert is_at_least("1.22.0", "1.9")
    assert is_at_least("15", "15.0")
    assert not is_at_least("0.20.7", "0.21")


def test_names_of_the_table_are_unique() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE)


def test_locate_installs_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    toolbox = Toolbox(Cache(tmp_path / "cache"), [Row("crane", SuitePackage("sid", "crane", "crane"), "1.0")])
    assert toolbox.locate("crane") is None
    assert "python -m tests.toolbox install crane" in toolbox.why_not("crane")
    assert not (tmp_path / "cache").exists()


def test_tool_older_than_the_minimum_is_not_found(tmp_path: Path) -> None:
    source = SuitePackage("sid", "tool", "run")
    made = Cache(tmp_path).place("debian", "sid", "tool")
    made.mkdir(parents=True)
    (made / "run").write_text("#!/bin/sh\nexit 0\n")
    (made / "run").chmod(0o755)
    (made / "package-version").write_text("1.4-2\n")
    assert Toolbox(Cache(tmp_path), [Row("tool", source, "1.4")]).locate("tool") is not None
    newer = Toolbox(Cache(tmp_path), [Row("tool", source, "1.5")])
    assert newer.locate("tool") is None
    assert "is 1.4, needed is 1.5" in newer.why_not("tool")


def test_program_of_ours_is_missing_once_its_sources_change(tmp_path: Path) -> None:
    folder, cache = tmp_path / "opinion", Cache(tmp_path / "cache")
    folder.mkdir()
    for name in ("main.go", "go.mod", "go.sum"):
        (folder / name).touch()
    program = GoProgram(folder)
    program.place(cache).parent.mkdir(parents=True)
    program.place(cache).touch()
    assert program.find(cache) is not None
    (folder / "go.sum").write_text("another version")
    assert program.find(cache) is None


def test_program_in_a_chroot_runs_its_neighbours_the_same_way() -> None:
    program = Program(Path("/usr/bin/docker"), ("enter", "root"))
    assert program.sibling("dockerd").argv("-v") == ["enter", "root", "/usr/bin/dockerd", "-v"]


def test_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    cache, inside = Cache(tmp_path), threading.Event()
    with cache.lock("install"):
        waiting = threading.Thread(target=_enter, args=(cache, inside))
        waiting.start()
        assert not inside.wait(0.1)
    waiting.join(10)
    assert inside.is_set()


def test_what_is_made_replaces_what_was_there(tmp_path: Path) -> None:
    cache, place = Cache(tmp_path), tmp_path / "place"
    for content in ("old", "new"):
        with cache.workshop() as folder:
            (folder / "made").mkdir()
            (folder / "made" / "file").write_text(content)
            cache.publish(folder / "made", place)
    assert (place / "file").read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["place"]


def test_unknown_name_is_refused_by_the_command() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tests.toolbox", "install", "nosuch"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 2
    assert "no such tool: nosuch" in asked.stderr


def _enter(cache: Cache, inside: threading.Event) -> None:
    with cache.lock("install"):
        inside.set()
