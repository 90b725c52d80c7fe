"""`python -m tests.bench.examining`: how long it takes to know what is in a large image, and what that holds in memory.

The image is made here: a distribution, packages of Python and Node, and libraries that do not compress well, in three
layers. Catalogued as a server would, each layer in a process of its own.
"""

import argparse
import gzip
import hashlib
import io
import json
import random
import resource
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.images import DEBIAN, dpkg

from pratique.inventory import Contents, LayerCatalogue, examine_image
from pratique.inventory.confined import Confined

MIB: Final = 2**20
Files = Iterator[tuple[str, bytes]]


@dataclass(frozen=True)
class Layer:
    """A layer as a registry has it."""

    path: Path
    digest: str
    diff_id: str


def main() -> None:
    """Make the image, examine it with nothing known, and again with two of three layers known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=500, help="size of the image, packed")
    parser.add_argument("--directory", type=Path, help="where the image is made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as folder:
        layers = list(_image(Path(folder), options.mib))
        packed = sum(layer.path.stat().st_size for layer in layers)
        print(f"image: {packed // MIB} MiB in {len(layers)} layers")
        _measure(layers)


def _measure(layers: list[Layer]) -> None:
    by_digest = {layer.digest: layer.path for layer in layers}
    confined = Confined(lambda digest: by_digest[digest].open("rb"))
    known: dict[str, LayerCatalogue] = {}

    def catalogue(digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        if digest not in known or wanted:
            known[digest] = confined(digest, wanted)
        return known[digest]

    digests = [layer.digest for layer in layers]
    configuration = json.dumps({"rootfs": {"diff_ids": [layer.diff_id for layer in layers]}}).encode()

    def timed(what: str) -> Contents:
        begun = time.perf_counter()
        contents = examine_image(catalogue, digests, configuration)
        print(f"{what}: {time.perf_counter() - begun:.2f} s, {len(contents.packages)} packages")
        return contents

    timed("nothing known")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"memory of the process that reads a layer, at most: {peak} MiB")
    del known[digests[-1]]
    timed("the lower layers known")
    timed("all layers known")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"memory of the process that puts them together, with all of Python, at most: {peak} MiB")


def _image(folder: Path, mib: int) -> Iterator[Layer]:
    chance = random.Random(1)  # noqa: S311 - the same image each time
    yield _layer(folder / "base", _system(chance, mib * 35 // 100))
    yield _layer(folder / "libraries", _libraries(chance, mib * 60 // 100))
    yield _layer(folder / "app", _application(chance, mib * 5 // 100))


def _system(chance: random.Random, mib: int) -> Files:
    names = [f"package{number}" for number in range(400)]
    yield "etc/os-release", DEBIAN.encode()
    yield "var/lib/dpkg/status", dpkg(*((name, f"1.{len(name)}.2-1") for name in names)).encode()
    for name in names:
        paths = "\n".join(f"/usr/share/{name}/{number}" for number in range(30))
        yield f"var/lib/dpkg/info/{name}.list", f"/.\n{paths}\n".encode()
        yield f"usr/share/doc/{name}/copyright", b"Files: *\nLicense: GPL-2\n"
        for number in range(30):
            yield f"usr/share/{name}/{number}", b"text " * 200
    yield from _noise(chance, "usr/lib/x86_64-linux-gnu/lib", mib)


def _libraries(chance: random.Random, mib: int) -> Files:
    for number in range(200):
        folder = f"usr/local/lib/python3.11/site-packages/library{number}"
        yield (
            f"{folder}-1.{number}.dist-info/METADATA",
            f"Name: library{number}\nVersion: 1.{number}\n".encode(),
        )
        for part in range(20):
            yield f"{folder}/module{part}.py", b"def f():\n    return 1\n" * 100
    yield from _noise(chance, "usr/local/lib/lib", mib)


def _application(chance: random.Random, mib: int) -> Files:
    for number in range(800):
        document = {"name": f"module{number}", "version": f"2.{number}.0", "license": "MIT"}
        yield f"app/node_modules/module{number}/package.json", json.dumps(document).encode()
        yield f"app/node_modules/module{number}/index.js", b"module.exports = {}\n" * 50
    yield from _noise(chance, "app/bin", mib)


def _noise(chance: random.Random, prefix: str, mib: int) -> Files:
    """Libraries of 8 MiB, half of which does not compress."""
    for number in range(max(1, mib // 4)):
        yield f"{prefix}{number}.so", b"\x7fELF" + chance.randbytes(4 * MIB) + bytes(4 * MIB)


def _layer(path: Path, files: Files) -> Layer:
    plain = hashlib.sha256()

    class Both(io.RawIOBase):
        """What goes to the packed file is hashed on its way."""

        def writable(self) -> bool:
            return True

        def write(self, piece: bytes) -> int:  # type: ignore[override]  # bytes is all that tarfile writes
            plain.update(piece)
            return packed.write(piece)

    with gzip.open(path, "wb", compresslevel=1) as packed, tarfile.open(fileobj=Both(), mode="w|") as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Layer(path, f"sha256:{digest}", f"sha256:{plain.hexdigest()}")


if __name__ == "__main__":
    main()
