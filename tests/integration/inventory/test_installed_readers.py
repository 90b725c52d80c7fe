"""Readers that other distributions bring: found by whoever examines, in the child too, and never passed over."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.images import dpkg, file, image

HONEST: Final = """
from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader

def read(path, content):
    return [Package("generic", "acme", content.decode())]

ACME = Reader("acme", lambda path: path.endswith(".acme"), read)
"""
EXAMINE: Final = """
import json, sys
from contextlib import nullcontext
from io import BytesIO
from pratique.inventory import READERS, READERS_VERSION, CouldNotBeExamined, examine_image
from pratique.inventory.confined import Confined
digest, layer, configuration = sys.argv[1], sys.stdin.buffer.read(), sys.argv[2].encode()
try:
    found = examine_image(Confined(lambda _: nullcontext(BytesIO(layer))), [digest], configuration)
    said = [f"{one.reader} {one.package.name} {one.package.version}" for one in found.packages]
except CouldNotBeExamined as problem:
    said = str(problem)
print(json.dumps([READERS_VERSION, READERS[-1].name, said]))
"""


def bring(folder: Path, module: str, *points: str) -> None:
    """Install a distribution, as pip would leave it."""
    (folder / "acme_readers.py").write_text(module)
    about = folder / "acme_readers-1.4.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-readers\nVersion: 1.4\n")
    listed = "\n".join(points or ["acme = acme_readers:ACME"])
    (about / "entry_points.txt").write_text(f"[pratique.cataloguers]\n{listed}\n")


def examined(folder: Path) -> tuple[str, str, list[str] | str]:
    """The version of the readers, the name of the last, and what an image contains, in a process of its own."""
    made = image([file("opt/one.acme", "7.0"), file("var/lib/dpkg/status", dpkg(("libc6", "2.31")))])
    done = subprocess.run(
        [sys.executable, "-c", EXAMINE, made.digests[0], made.configuration],
        env={"PYTHONPATH": f"{folder}:{':'.join(filter(None, sys.path))}"},
        input=made.layers[0],
        capture_output=True,
        check=True,
    )
    version, last, said = json.loads(done.stdout)
    return version, last, said


def test_a_reader_of_another_distribution(tmp_path: Path) -> None:
    without = examined(tmp_path)
    assert without[2] == ["dpkg libc6 2.31"]
    bring(tmp_path, HONEST)
    assert examined(tmp_path) == (
        f"{without[0]}+acme@acme-readers=1.4",
        "acme",
        ["dpkg libc6 2.31", "acme acme 7.0"],
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("ACME =", "OTHER ="), "can't be loaded: AttributeError"),
        (("def read", "import nowhere\n\ndef read"), "can't be loaded: ModuleNotFoundError"),
        (("def read", "1 / 0\n\ndef read"), "can't be loaded: ZeroDivisionError"),
        (("ACME = Reader(", "ACME = ("), "is no Reader but tuple"),
        (('Reader("acme"', 'Reader("dpkg"'), "is called 'dpkg' as another is"),
        (('path.endswith(".acme")', "path.size"), "failed: AttributeError"),
        (("content.decode()", "content.size"), "failed: AttributeError"),
        (("[Package(", "[("), "finds what is no Package"),
        (("return [", "return [("), "can't be loaded: SyntaxError"),
        (("return [", "yield 1 / 0, ["), "failed: ZeroDivisionError"),
        (("content.decode()", "content"), "can't be catalogued"),
    ],
)
def test_a_faulty_one_is_told(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    module = HONEST.replace(*change)
    assert module != HONEST
    bring(tmp_path, module)
    said = examined(tmp_path)[2]
    assert isinstance(said, str)
    assert why in said
    assert "acme@acme-readers=1.4" in said or why == "can't be catalogued"


def test_two_of_one_name(tmp_path: Path) -> None:
    bring(tmp_path, HONEST, "acme = acme_readers:ACME", "again = acme_readers:ACME")
    assert "again@acme-readers=1.4 is called 'acme' as another is" in examined(tmp_path)[2]
