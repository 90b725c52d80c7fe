"""`python -m tests.bench.following`: advisories about a fleet of artifacts, from the import to committed verdicts.

python -m tests.bench.following --images 100000 --directory /dev/shm

Every image is an artifact of one of twenty projects that prevent vulnerabilities, and stands admitted. Meanwhile
somebody pulls manifests, at a rate that does not fill a core.
"""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

from sqlalchemy import insert
from tests.bench.advised import import_advisories
from tests.bench.fleet import RELEASED_EVERY, TAGS, Fleet, Member
from tests.clocks import ManualClock
from tests.houses import OCI_IMAGE, Furnished, furnish
from tests.osv import SUMMER, record

from pratique.access import Tier
from pratique.admission.following import RENEW_CONTENTS, RevisionWatch
from pratique.advisories import Importer, supplies
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.following import following_of
from pratique.bootstrap.judging import Court
from pratique.clock import Moment
from pratique.db import Tx, metadata
from pratique.errors import Quarantined
from pratique.events import VerdictChanged
from pratique.jobs import Worker, last_published, published_after
from pratique.registry import Reader

PROJECTS: Final = 20
AT_ONCE: Final = 50
PULLS_PER_SECOND: Final = 100
QUIET_SECONDS: Final = 10


def main() -> None:
    """Measure."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
        root = Path(directory)
        home = furnish(f"sqlite:///{root}/pratique.db", root / "data", ManualClock(SUMMER))
        try:
            digests = _fill(home, root, options.images)
            pulling = Pulling(home, digests)
            _tell("pulls, quiet", pulling.during(lambda: time.sleep(QUIET_SECONDS)))
            for count in (1, 1_000):
                _follow(home, root, pulling, count)
            whole = sum(path.stat().st_size for path in root.glob("pratique.db*"))
            _tell("database", f"{whole / 2**20:,.0f} MiB")
        finally:
            home.house.close()
    _tell("RSS at its peak", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


class Pulling:
    """Pulls manifests of the fleet, one after the other."""

    def __init__(self, home: Furnished, digests: Sequence[str]) -> None:
        self._home = home
        self._digests = digests

    def during(self, act: Callable[[], object]) -> str:
        """How long pulls took while `act` ran."""
        stop, took = threading.Event(), list[float]()
        thread = threading.Thread(target=self._pull, args=(stop, took))
        thread.start()
        act()
        stop.set()
        thread.join()
        cuts = quantiles(took, n=100)
        return f"{len(took):,} of them, median {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms"

    def _pull(self, stop: threading.Event, took: list[float]) -> None:
        puller = self._home.house.warehouse.puller
        reader = Reader(self._home.admin, Tier.READ)
        for number in itertools.count():
            if stop.wait(1 / PULLS_PER_SECOND):
                return
            at = number * 7919 % len(self._digests)
            begun = time.perf_counter()
            # What is refused was answered too.
            with contextlib.suppress(Quarantined):
                puller.manifest(_repository(at), self._digests[at], reader)
            took.append(time.perf_counter() - begun)


def _repository(number: int) -> str:
    of = number // TAGS
    return f"p{of % PROJECTS}/r{of}"


def _fill(home: Furnished, root: Path, count: int) -> list[str]:
    """Generating them is not counted, nor is storing."""
    database, court = home.house.stores.database, home.house.court
    import_advisories(root / "data")
    numbers = [home.project(f"p{number}").id for number in range(PROJECTS)]
    for number in numbers:
        database.write(
            lambda tx: tx.execute(
                insert(metadata.tables["project_metadata"]),
                [
                    {"project_id": number, "name": "prevent_vul", "value": "true"},  # noqa: B023 - run at once
                    {"project_id": number, "name": "severity", "value": "high"},  # noqa: B023 - as above
                ],
            )
        )
    digests: list[str] = []
    images = Fleet().images(count)
    while members := list(itertools.islice(images, AT_ONCE)):
        start = len(digests)
        database.write(lambda tx: _store(tx, court, numbers, start, members))  # noqa: B023 - run at once
        digests += [member.digest for member in members]
    # Between two releases of an application its tags have the same packages.
    for digest in digests[::RELEASED_EVERY]:
        database.write(lambda tx: _match(tx, court, digest))  # noqa: B023 - run at once
    return digests


def _store(tx: Tx, court: Court, projects: Sequence[int], start: int, members: Sequence[Member]) -> None:
    of = start // TAGS
    home = {"id": of + 1, "project_id": projects[of % PROJECTS], "name": _repository(start)}
    times = {"description": "", "created_at": 1, "updated_at": 1, "pull_count": 0}
    tx.execute(insert(metadata.tables["repository"]), [home | times])
    for number, member in enumerate(members, start):
        court.recording.put(tx, member.digest, member.contents, Moment(1))
        row = {"repository_id": of + 1, "digest": member.digest, "media_type": OCI_IMAGE, "size": 2}
        more = {"body": b"{}", "annotations": "{}", "is_index": False, "is_evidence": False}
        standing = {"pushed_by": "user:1", "pushed_at": 1, "state": "ADMITTED", "generation": 1}
        tx.execute(
            insert(metadata.tables["manifest"]),
            [row | more | standing | {"pulled_at": number * 7919 % 99991}],
        )


def _match(tx: Tx, court: Court, digest: str) -> None:
    keys = {row.key for row in court.recording.components_of(tx, digest) if row.key is not None}
    court.findings.of(tx, court.findings.missing(tx, keys))


def _follow(home: Furnished, root: Path, pulling: Pulling, count: int) -> None:
    """Import so many, and let another process follow, as a server's worker is one."""
    database = home.house.stores.database
    with database.read() as tx:
        since = last_published(tx)
    folder = root / f"new-{count}"
    folder.mkdir()
    for number in range(count):
        name = f"npm-package-{240 + 11 * number}"
        one = record(f"GHSA-2026-{count:04}{number:05}", "npm", name, database_specific={"severity": "HIGH"})
        (folder / f"{number}.json").write_text(json.dumps(one))
    importer = Importer(revisions_of(home.house.settings), ManualClock(SUMMER))
    importer.take([supply for path in folder.iterdir() for supply in supplies(path, "npm")])
    took: list[float] = []

    def follow() -> None:
        begun = time.perf_counter()
        worker = multiprocessing.get_context("spawn").Process(target=_work, args=(root,))
        worker.start()
        worker.join()
        took.append(time.perf_counter() - begun)

    meanwhile = pulling.during(follow)
    with database.read() as tx:
        rows = published_after(tx, since, 1_000_000)
    changed = [row for row in rows if isinstance(row.event(), VerdictChanged)]
    _tell(
        f"{count:,} advisories",
        f"{len(changed):,} verdicts changed, {took[0]:.1f} s with starting the worker",
    )
    _tell("pulls meanwhile", meanwhile)


def _work(root: Path) -> None:
    """What the worker does of it. Renewals, which come after, are not counted."""
    home = furnish(f"sqlite:///{root}/pratique.db", root / "data", ManualClock(SUMMER))
    house = home.house
    following = following_of(house)
    handlers = {kind: handler for kind, handler in following.handlers().items() if kind != RENEW_CONTENTS}
    watch = RevisionWatch(house.stores.database, revisions_of(house.settings), house.court.findings)
    begun = time.perf_counter()
    Worker(house.stores.database, handlers, home.clock, feeds=(watch,)).run_pending()
    _tell("noticed, matched, judged", f"{time.perf_counter() - begun:.1f} s")
    _tell("RSS of the worker", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    house.close()


def _tell(name: str, what: str) -> None:
    print(f"{name:32} {what}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.following", description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--directory", help="where data is kept while measuring")
    return parser.parse_args()


if __name__ == "__main__":
    main()
