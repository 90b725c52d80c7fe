"""`python -m tests.bench.advising OSV`: how long imports of advisories take: of all, and of one record in 100.

OSV is a folder as OSV exports it: one folder with an `all.zip` for each ecosystem. A bundle is packed of it, and
another in which some records of every source have changed. Each import is measured from the file to the revision that
counts, signature, hashes and flush included, in a process that runs already.
"""

import argparse
import json
import random
import resource
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.bench.processes import machine

from pratique.advisories import Answers, Importer, Revisions, Supply, Taken, supplies
from pratique.advisories.packed import Packing, opened, pack
from pratique.bootstrap.advising import KeyWitness, sealer_of
from pratique.clock import DAY, Moment, SystemClock
from pratique.packages import component_of

CLOCK: Final = SystemClock()
ASKED: Final = (
    "pkg:deb/debian/libcurl4@7.74.0-1.3?distro=debian-11&upstream=curl",
    "pkg:deb/ubuntu/linux@5.15.0-25.25?distro=ubuntu-22.04",
    "pkg:pypi/django@2.2.0",
    "pkg:golang/stdlib@go1.20.1",
    "pkg:rpm/almalinux/curl@7.61.1-22.el8?distro=almalinux-8.9",
)


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{machine()}, {options.rounds} rounds: median (least) of seconds; processor seconds")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as name:
        bench = Bench(Path(name), options.rounds)
        whole = supplies(options.osv)
        bench.pack(whole, 1)
        changed = bench.change(whole, options.share)
        bench.pack(changed, 2)
        bench.run("all of it, plain files", lambda to: bench.plain(whole, to))
        bench.run("all of it, a bundle", lambda to: bench.packed(1, to))
        base = bench.folder / "base"
        bench.packed(1, base)
        bench.run("the same bundle again", lambda to: bench.packed(1, to), base)
        bench.run(f"a bundle with {options.share:.0%} changed", lambda to: bench.packed(2, to), base)
        bench.run(f"plain files with {options.share:.0%} changed", lambda to: bench.plain(changed, to), base)
        bench.ask(base)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


class Bench:
    """Bundles and revisions in a folder."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self._rounds = rounds
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "key").write_bytes(private)
        (folder / "key.pub").write_bytes(public)

    def pack(self, wanted: Sequence[Supply], version: int) -> None:
        """A bundle of all."""
        now = CLOCK.now()
        packing = Packing("bench", version, now, Moment(now + 14 * DAY))
        pack(wanted, packing, sealer_of(self.folder / "key", None), self.folder / f"{version}.tar")

    def change(self, wanted: Sequence[Supply], share: float) -> list[Supply]:
        """The same sources, where some records have other bytes."""
        chance = random.Random(1)  # noqa: S311 - the same records each time
        to = self.folder / "changed"
        for supply in wanted:
            if supply.path.suffix != ".zip":
                continue
            path = to / supply.source / "all.zip"
            path.parent.mkdir(parents=True)
            with zipfile.ZipFile(supply.path) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
                for name in old.namelist():
                    content = old.read(name)
                    if chance.random() < share:
                        content = json.dumps({**json.loads(content), "details": "changed"}).encode()
                    new.writestr(name, content)
        return supplies(to)

    def plain(self, wanted: Sequence[Supply], to: Path) -> Taken:
        """Import plain files."""
        return Importer(Revisions(to), CLOCK).take(wanted, allow_shrink=True)

    def packed(self, version: int, to: Path) -> Taken:
        """Import a bundle."""
        to.mkdir(exist_ok=True)
        witness = KeyWitness((self.folder / "key.pub",), CLOCK)
        with opened(self.folder / f"{version}.tar", witness, to) as bundle:
            return Importer(Revisions(to), CLOCK).take(bundle.supplies, [bundle.edition])

    def run(self, what: str, act: Callable[[Path], Taken], base: Path | None = None) -> None:
        """Measure an import into a fresh folder, or into a copy of `base`."""
        walls, processor = [], []
        for _ in range(self._rounds):
            to = self.folder / "data"
            shutil.rmtree(to, ignore_errors=True)
            if base is not None:
                shutil.copytree(base, to)
            wall, cpu = time.perf_counter(), time.process_time()
            taken = act(to)
            walls.append(time.perf_counter() - wall)
            processor.append(time.process_time() - cpu)
        told = sum(one.added + one.changed for one in taken.outcomes)
        same = sum(one.unchanged for one in taken.outcomes)
        print(
            f"{what}: {median(walls):.2f} ({min(walls):.2f}) s; {median(processor):.2f} s; "
            f"{told:,} new or changed, {same:,} unchanged",
            flush=True,
        )

    def ask(self, base: Path) -> None:
        """Ask about single packages."""
        answers = Answers(Revisions(base))
        for purl in ASKED:
            component = component_of(purl)
            assert component is not None
            answers.about(component)
            begun = time.perf_counter()
            found = answers.about(component)
            print(f"{purl}: {len(found)} advisories in {(time.perf_counter() - begun) * 1_000:.1f} ms")
        answers.close()
        size = max(path.stat().st_size for path in base.glob("*.sqlite"))
        print(f"a revision has {size / 10**6:.0f} MB")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.advising", description=__doc__)
    parser.add_argument("osv", type=Path, help="a folder as OSV exports it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.01, help="of the records that changed")
    parser.add_argument("--directory", help="where data is kept while measuring")
    return parser.parse_args()


if __name__ == "__main__":
    main()
