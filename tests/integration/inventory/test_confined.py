"""Cataloguing in a child process: the same as here, within bounds, and never for ever."""

import json
import os
import resource
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from textwrap import indent
from typing import BinaryIO

import msgspec
import pytest
from tests.images import DEBIAN, Member, dpkg, file, image, layer, link
from tests.unit.inventory.rpmdbs import header, in_sqlite
from tests.unit.inventory.test_readers import POM, go_binary, rust_binary, zipped

from pratique.confinement import landlock, seccomp
from pratique.inventory import CouldNotBeExamined, InProcess, Kind, examine_image
from pratique.inventory.child import Outcome
from pratique.inventory.confined import Bounds, Confined
from pratique.inventory.layer import Act
from pratique.inventory.limits import ENTRIES, MIB, LayerLimits
from pratique.inventory.readers.table import OWN

STATUS = "var/lib/dpkg/status"


def replace_child(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    """Whatever the child would do, it does this."""
    (folder / "sitecustomize.py").write_text(
        f"import os, sys, time\nif 'pratique.inventory.child' in sys.orig_argv:\n{indent(does, '    ')}\n"
        "    os._exit(0)\n"
    )
    monkeypatch.syspath_prepend(str(folder))


def acts(head: bytes, count: int = 0) -> str:
    """Says an outcome with a catalogue whose acts begin with these bytes, and are so many."""
    begun = b"\x81\xa9catalogue\x84\xa7diff_id\xa0\xa4size\x00\xa5files\x80\xa4acts" + head
    return f"sys.stdout.buffer.write({begun!r} + b'\\x92\\xa4file\\xa1a' * {count})\nsys.stdout.flush()"


def test_it_finds_what_would_be_found_here(tmp_path: Path) -> None:
    made = image(
        [file("etc/os-release", DEBIAN), file("opt/db", dpkg(("libc6", "2.31")))],
        [link(STATUS, "/opt/db"), file("node_modules/a/package.json", '{"name": "a", "version": "1.0.0"}')],
    )
    for digest, content in zip(made.digests, made.layers, strict=True):
        (tmp_path / digest).write_bytes(content)
    confined = Confined(lambda digest: (tmp_path / digest).open("rb"))
    assert examine_image(confined, made.digests, made.configuration) == made.contents()
    # Bytes that are no file of this machine are copied first.
    assert examine_image(Confined(made.opened()), made.digests, made.configuration) == made.contents()


def test_names_in_any_character_set_and_more_wishes_than_an_argument_holds() -> None:
    made = image([file(b"opt/caf\xe9/db".decode("utf-8", "surrogateescape"), dpkg(("bash", "5.1-2")))])
    (digest,) = made.digests
    wanted = frozenset({"opt/caf\0e9/db", *(f"opt/{number:0200}" for number in range(2_000))})
    found = Confined(made.opened())(digest, wanted)
    assert found == InProcess(made.opened())(digest, wanted)
    assert [found.acts[act].path for act in found.files] == ["opt/caf\0e9/db"]


def test_what_is_wrong_with_a_layer_is_told_as_it_is() -> None:
    confined = Confined(lambda _: nullcontext(BytesIO(b"no archive" * 100)))
    with pytest.raises(CouldNotBeExamined, match="is no tar archive"):
        confined("sha256:x", frozenset())


@pytest.mark.parametrize(
    ("bounds", "limits", "why"),
    [
        (Bounds(memory=300 * MIB), LayerLimits(), "more than 300 MiB of memory"),
        (Bounds(seconds=1), LayerLimits(), "more than 1 seconds of processor time"),
        (Bounds(output=10), LayerLimits(), "takes more room to tell"),
    ],
)
def test_bounds_are_named(tmp_path: Path, bounds: Bounds, limits: LayerLimits, why: str) -> None:
    # 200 MiB that a reader asks for at once; unpacking and reading them takes longer than a second.
    big = tmp_path / "layer"
    with big.open("wb") as file_:
        archive = layer(file(STATUS, b"Package: a\n" * (20 * MIB)))
        file_.write(archive)
    opened: list[int] = []

    def open_layer(_digest: str) -> BinaryIO:
        opened.append(1)
        return big.open("rb")

    confined = Confined(open_layer, limits, bounds)
    with pytest.raises(CouldNotBeExamined, match=why):
        confined("sha256:x", frozenset())
    assert len(opened) == (1 if "room" in why else 2)
    if len(opened) == 2:
        # The next image with the same layer does not take as long again.
        with pytest.raises(CouldNotBeExamined, match=why):
            confined("sha256:x", frozenset())
        assert len(opened) == 2


@pytest.mark.parametrize(
    ("says", "bounds", "why"),
    [
        ("while True: os.write(1, bytes(1 << 16))", Bounds(), "takes more room to tell"),
        ("os.write(1, b'x')\ntime.sleep(50)", Bounds(seconds=1, patience=1), "more than 1 seconds"),
        ("os.close(1)\ntime.sleep(50)", Bounds(seconds=1, patience=1), "more than 1 seconds"),
        ("os.fork() or time.sleep(50)\nos._exit(0)", Bounds(seconds=1, patience=1), "more than 1 seconds"),
        # An array of two milliards of entries, and one entry too many of those that are allowed.
        (acts(b"\xdd\x7f\xff\xff\xff"), Bounds(), "ended with 0"),
        (acts(b"\xdd" + (ENTRIES + 1).to_bytes(4, "big"), ENTRIES + 1), Bounds(), "ended with 0"),
        (f"os.write(1, {msgspec.msgpack.encode(Outcome(problem='x' * 5_000))!r})", Bounds(), "^x{4096}$"),
    ],
)
def test_a_child_that_is_somebody_elses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, bounds: Bounds, why: str
) -> None:
    """A child that was taken over says what it likes, as much and as long as it likes."""
    replace_child(monkeypatch, tmp_path, says)
    with pytest.raises(CouldNotBeExamined, match=why):
        Confined(lambda _: nullcontext(BytesIO(b"")), bounds=bounds)("sha256:x", frozenset())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500 * 1_024


def test_what_such_a_child_says_is_heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    replace_child(monkeypatch, tmp_path, acts(b"\x92", 2))
    found = Confined(lambda _: nullcontext(BytesIO(b"")))("sha256:x", frozenset())
    assert found.acts == (Act(Kind.FILE, "a"),) * 2


def test_catalogues_of_one_image_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = image(*([file(f"{number}/{'x' * 200}")] for number in range(10)))
    monkeypatch.setattr("pratique.inventory.examining.HELD_LIMIT", 3_000)
    with pytest.raises(CouldNotBeExamined, match="layers takes more than"):
        examine_image(Confined(made.opened()), made.digests, made.configuration)


def test_this_process_is_not_bound() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    made = image([file("a")])
    examine_image(Confined(made.opened()), made.digests, made.configuration)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_the_child_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it starts with is looked at by a module that takes its place."""
    told = tmp_path / "told"
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'pratique.inventory.child' in ' '.join(sys.orig_argv):\n"
        f"    open({str(told)!r}, 'w').write(repr((sorted(os.environ), sorted(os.listdir('/proc/self/fd')))))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PRATIQUE_ADMIN_PASSWORD", "secret")
    held = os.open("/etc/hostname", os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        made = image([file("a")])
        examine_image(Confined(made.opened()), made.digests, made.configuration)
    finally:
        os.close(held)
    environment, descriptors = eval(told.read_text())  # noqa: S307 - written by the lines above
    assert set(environment) <= {"PYTHONPATH", "LANG", "LC_CTYPE"}
    assert len(descriptors) <= 6  # the three, the task, the listing's own and the file that is written


def replace_reading(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    """The child's reader of layers was taken over: it does this, and tells what comes of it."""
    (folder / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'pratique.inventory.child' in sys.orig_argv:\n"
        "    from pratique.inventory import layer\n"
        "    from pratique.inventory.limits import CouldNotBeExamined\n"
        "    def taken_over(*_, **__):\n"
        "        try:\n"
        f"            said = {does}\n"
        "        except OSError as error:\n"
        "            said = error.strerror\n"
        "        raise CouldNotBeExamined(str(said))\n"
        "    layer.catalogue_layer = taken_over\n"
    )
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.skipif(not (landlock.version() or seccomp.is_there()), reason="nothing confines here")
@pytest.mark.parametrize(
    "does",
    [
        "open({secret!r}).read()",
        "open({secret!r}, 'w').write('changed')",
        "open({secret!r} + '.new', 'w')",
        "os.listdir(os.path.dirname({secret!r}))",
        "os.unlink({secret!r})",
        "open(f'/proc/{{os.getppid()}}/environ').read()",
        "open('/etc/passwd').read()",
    ],
)
def test_a_reader_that_was_taken_over_reads_no_file_of_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, does: str
) -> None:
    secret = tmp_path / "pratique.toml"
    secret.write_text("password = 'secret'")
    places = tmp_path / "taken"
    places.mkdir()
    replace_reading(monkeypatch, places, does.format(secret=str(secret)))
    with pytest.raises(CouldNotBeExamined, match=r"^(Permission denied|Operation not permitted)$"):
        Confined(lambda _: nullcontext(BytesIO(b"")))("sha256:x", frozenset())
    assert secret.read_text() == "password = 'secret'"


def every_kind() -> tuple[list[Member], ...]:
    """Something of every kind that ours can read, names that are no ASCII in archives included."""
    jar = zipped({"META-INF/maven/a/b/pom.properties": POM, "läßt/inner.jar": zipped({"x.txt": b""})})
    rpms = in_sqlite([header(NAME="bash", VERSION="5.1", RELEASE="2")])
    bill = {"bomFormat": "CycloneDX", "components": [{"name": "x", "purl": "pkg:npm/x@1"}]}
    return (
        [
            file("etc/os-release", DEBIAN),
            file(STATUS, dpkg(("libc6", "2.31"))),
            file("var/lib/dpkg/status.d/base", "Package: base\nVersion: 1\n"),
            file("lib/apk/db/installed", "P:musl\nV:1.2-r0\n\n"),
            file("var/lib/rpm/rpmdb.sqlite", rpms),
            file("var/lib/rpm/rpmdb.sqlite-wal", b"\x37\x7f\x06\x82" + bytes(100)),
        ],
        [
            file("a/six-1.dist-info/METADATA", "Name: six\nVersion: 1\n"),
            file("a/old-1.0.egg", zipped({"EGG-INFO/PKG-INFO": b"Name: old\nVersion: 1.0\n"})),
            file("node_modules/a/package.json", '{"name": "a", "version": "1.0.0"}'),
            file("a/specifications/rack-2.gemspec", 's.name = "rack"\ns.version = "2.0.0"\n'),
            file("vendor/composer/installed.json", '[{"name": "a/b", "version": "1.0"}]'),
            file("app.deps.json", '{"libraries": {"N/1.0.0": {"type": "package"}}}'),
            file("opt/bitnami/.bitnami_components.json", '{"w": {"version": "1", "arch": "amd64"}}'),
            file("x.cdx.json", json.dumps(bill)),
            file("opt/oci-layout", '{"imageLayoutVersion": "1.0.0"}'),
            file("app.jar", jar),
            file("bin/go", go_binary("go1.20", "mod\tx\tv1.0.0\n")),
            file("bin/rust", rust_binary([{"name": "time", "version": "0.1.42"}])),
        ],
    )


@pytest.mark.skipif(not seccomp.is_there(), reason="no seccomp filter for this machine")
def test_where_there_is_no_landlock_it_opens_nothing_at_all_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every kind of file is read, so that nothing has to be imported late."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'pratique.inventory.child' in sys.orig_argv:\n"
        "    from pratique.confinement import landlock\n"
        "    landlock.leave = lambda **_: 0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    made = image(*every_kind())
    found = examine_image(Confined(made.opened()), made.digests, made.configuration)
    assert found == made.contents()
    assert {one.reader for one in found.packages} >= {reader.name for reader in OWN} - {
        "rpm-Packages",
        "rpm-Packages.db",
    }
