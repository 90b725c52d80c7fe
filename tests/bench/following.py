"""`python -m tests.bench.following`: advisories about a fleet of artifacts, from the import to committed verdicts.

python -m tests.bench.following --images 100000 --directory /dev/shm
make bench ROWS=following ARGS="--directory /dev/shm --write docs/performance.md"

Every image is an artifact of one of twenty projects that prevent vulnerabilities, stands admitted, and is refused after
the import that touches it. The worker is a process of its own, and so is the import; what is counted begins when the
import counts and ends with the last verdict's commit. Meanwhile somebody pulls manifests, at a rate that does not fill
a core. Other work on the machine lengthens all of that, and not the processor time.
"""

import argparse
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from sqlalchemy import text
from tests.bench.pulling import Pulling
from tests.bench.standing import fill, name_in
from tests.bench.working import Import, Told, Went, imported, work
from tests.clocks import ManualClock
from tests.houses import Furnished, furnish
from tests.osv import SUMMER

from pratique.admission.report import Report
from pratique.bootstrap.advising import revisions_of
from pratique.db import Tx
from pratique.events import VerdictChanged
from pratique.jobs import last_published, published_after

IMAGES: Final = 100_000
QUIET_SECONDS: Final = 10
REPORTS: Final = 300
PATIENCE: Final = 1_800
"""Seconds after which an import is not followed any more."""
SPAWN: Final[SpawnContext] = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    figure: str
    aim: str = ""


def measured(images: int, directory: str | None) -> Iterator[Figure]:
    """All of it, line by line."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=directory) as made:
        root = Path(made)
        home = furnish(f"sqlite:///{root}/pratique.db", root / "data", ManualClock(SUMMER))
        try:
            begun = time.perf_counter()
            digests = fill(home, root, images)
            yield Figure("the fleet", f"{images:,} images, stored in {time.perf_counter() - begun:,.0f} s")
            yield from _sizes(home, root)
            yield from _reports(home, digests)
            pulling = Pulling(home, digests)
            yield Figure("pulls, nothing else going on", pulling.during(lambda: time.sleep(QUIET_SECONDS)))
            for number, names in enumerate(_chosen(home, images)):
                yield from _followed(home, root, pulling, number, names)
        finally:
            home.house.close()


def table(figures: Sequence[Figure]) -> str:
    """As Markdown."""
    lines = [f"| {one.name} | {one.figure} | {one.aim} |" for one in figures]
    return "\n".join(["| | figure | aim |", "| --- | --- | --- |", *lines])


def _sizes(home: Furnished, root: Path) -> Iterator[Figure]:
    """Of the whole database, and of the two tables by which it is known whom an advisory touches."""
    whole = sum(path.stat().st_size for path in root.glob("pratique.db*"))
    with home.house.stores.database.read() as tx:
        kept = {name: int(tx.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one()) for name in _INDEX}  # noqa: S608 - our own tables
    rows = ", ".join(f"{count:,} {name}" for name, count in kept.items())
    yield Figure("the database, with all of its indexes", f"{whole / 2**20:,.0f} MiB ({rows})")
    revisions = sum(path.stat().st_size for path in (root / "data" / "advisories").glob("*.sqlite"))
    yield Figure("the advisories themselves", f"{revisions / 2**20:,.0f} MiB")


_INDEX: Final = ("layer_share", "layer_component", "matched_key", "component_match")


def _reports(home: Furnished, digests: Sequence[str]) -> Iterator[Figure]:
    """Reports on artifacts chosen by chance, of which nothing is remembered, and again."""
    chosen = random.Random(1).sample(digests, min(REPORTS, len(digests)))  # noqa: S311 - the same each time
    for turn in ("the first time", "again"):
        took, worked, found = [], [], []
        for digest in chosen:
            with home.house.stores.database.read() as tx:
                begun, busy = time.perf_counter(), time.thread_time()
                report = home.house.court.examined.report(tx, digest, home.clock.now())
                took.append(time.perf_counter() - begun)
                worked.append(time.thread_time() - busy)
            assert isinstance(report, Report)
            found.append(len(report.findings))
        said = (
            f"{_spread(took)}; {median(worked) * 1000:.1f} ms of processor time; {median(found):.0f} findings"
        )
        yield Figure(f"one artifact's report, {turn}", said, "<= 5 ms")


def _chosen(home: Furnished, images: int) -> Iterator[Sequence[str]]:
    """Packages to be advised on: one that a hundredth of the images have, then a thousand of all sorts."""
    with home.house.stores.database.read() as tx:
        yield [name_in(tx, images // 100)]
    yield [f"npm-package-{240 + 11 * number}" for number in range(1_000)]


def _followed(
    home: Furnished, root: Path, pulling: Pulling, number: int, names: Sequence[str]
) -> Iterator[Figure]:
    """Import advisories on these packages and have them followed."""
    database = home.house.stores.database
    with database.read() as tx:
        since = last_published(tx)
    stop, told = SPAWN.Event(), SPAWN.Queue()
    worker = SPAWN.Process(target=work, args=(root, stop, told))
    worker.start()
    went: Went = told.get(timeout=PATIENCE)
    load = os.getloadavg()[0]
    took: list[float] = []
    pulled = pulling.during(lambda: took.append(_until_followed(home, Import(root, number, tuple(names)))))
    stop.set()
    went = told.get(timeout=PATIENCE)
    worker.join()
    with database.read() as tx:
        changed = sum(isinstance(row.event(), VerdictChanged) for row in _published(tx, since))
    name = f"{len(names):,} {'advisory' if len(names) == 1 else 'advisories'}"
    aim = "<= 5 s for 1,000 artifacts" if len(names) == 1 else "<= 60 s"
    figure = f"{changed:,} verdicts in {took[0]:.1f} s; {went.busy:.1f} s of processor time; load {load:.1f}"
    yield Figure(f"{name}, from the import to the last commit", figure, aim)
    yield Figure("pulls meanwhile", pulled, "<= 2x the quiet p99")
    yield Figure("memory of the worker, at most", f"{went.memory / 1024:,.0f} MiB")


def _published(tx: Tx, since: int) -> Iterator[Any]:
    yield from published_after(tx, since, 10_000_000)


def _until_followed(home: Furnished, what: Import) -> float:
    """Seconds from the moment at which an import counts until nothing of it is left to do."""
    house = home.house
    revisions = revisions_of(house.settings)
    before = revisions.number
    importing = SPAWN.Process(target=imported, args=(what,))
    importing.start()
    _wait(lambda: revisions.number > before)
    begun = time.perf_counter()
    told = Told(house.stores.database, house.court.findings)
    _wait(lambda: told.is_followed(before + 1))
    took = time.perf_counter() - begun
    importing.join()
    return took


def _wait(look: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < until, "it takes too long"
        # Whoever pulls shares this interpreter.
        time.sleep(0.05)


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.1f} ms, 95th percentile {quantiles(seconds, n=20)[-1] * 1000:.1f} ms"


def main() -> None:
    """Measure, and tell each figure at once."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.following", description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--directory", help="where data is kept while measuring")
    options = parser.parse_args()
    for one in measured(options.images, options.directory):
        print(f"{one.name:50} {one.figure}", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory of this process, at most':50} {most:,.0f} MiB")


if __name__ == "__main__":
    main()
