"""Cataloguing in a child process: the same as here, within bounds, and never for ever."""

import os
import resource
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.images import DEBIAN, dpkg, file, image, layer, link

from pratique.inventory import CouldNotBeExamined, InProcess, examine_image
from pratique.inventory.confined import Bounds, Confined
from pratique.inventory.limits import MIB, LayerLimits

STATUS = "var/lib/dpkg/status"


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

    with pytest.raises(CouldNotBeExamined, match=why):
        Confined(open_layer, limits, bounds)("sha256:x", frozenset())
    assert len(opened) == (1 if "room" in why else 2)


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
