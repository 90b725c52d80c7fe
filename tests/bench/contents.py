"""`python -m tests.bench.contents`: what is inside a fleet of images, stored, asked and followed up.

python -m tests.bench.contents --images 100000
python -m tests.bench.contents --images 20000 --database postgresql
"""

import argparse
import contextlib
import itertools
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from sqlalchemy import func, insert, select, text
from tests.bench.advised import import_advisories, import_one
from tests.bench.fleet import RELEASED_EVERY, TAGS, Fleet, Member
from tests.databases import postgresql_server

from pratique.admission.reports.hub import Hub, Search, Summary
from pratique.admission.reports.tallying import Tallying, retally
from pratique.advisories import Revisions
from pratique.advisories.findings import Findings
from pratique.clock import Moment, SystemClock
from pratique.db import Database, Tx, metadata, open_database
from pratique.inventory.recording import Recording
from pratique.packages import Component, Ecosystem

TABLES: Final = (
    "image_contents",
    "image_layer",
    "layer_share",
    "layer_component",
    "component",
    "matched_key",
    "component_match",
)
AT_ONCE: Final = 50
"""Images that are stored in one transaction."""
SAMPLE: Final = 300
TURNS: Final = 3

recording: Final = Recording()


def main() -> None:
    """Measure."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
        root = Path(directory)
        with _database(options.database, root) as database:
            revisions = import_advisories(root)
            findings = Findings(revisions)
            digests = _fill(database, options.images)
            _match(database, findings, digests)
            _sizes(database, root)
            _reports(database, findings, digests)
            _who_has(database)
            _hub(database, findings, digests)
            _follow(database, findings, revisions, root)
    _tell("RSS at its peak", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _fill(database: Database, count: int) -> list[str]:
    """Generating them is not counted."""
    digests: list[str] = []
    packages, took, images = 0, 0.0, Fleet().images(count)
    while members := list(itertools.islice(images, AT_ONCE)):
        packages += sum(len(member.contents.packages) for member in members)
        digests += [member.digest for member in members]
        took += _timed(lambda: database.write(lambda tx: _put(tx, members)))
    _tell("stored", f"{count:,} images with {packages / count:,.0f} packages each in {took:,.0f} s")
    _tell("one image", f"{1000 * took / count:.2f} ms")
    return digests


def _put(tx: Tx, members: Sequence[Member]) -> None:
    for member in members:
        recording.put(tx, member.digest, member.contents, Moment(1))


def _match(database: Database, findings: Findings, digests: Sequence[str]) -> None:
    """As a worker does after it has examined an image; of what was matched before nothing is asked again."""
    known: set[Component] = set()

    def match(tx: Tx) -> None:
        # Between two releases of an application its tags have the same packages.
        for digest in digests[::RELEASED_EVERY]:
            keys = {row.key for row in recording.components_of(tx, digest) if row.key is not None}
            new = keys - known
            if new:
                findings.of(tx, new)
            known.update(new)

    _tell(
        "matched", f"all of them in {_timed(lambda: database.write(match)):,.0f} s; {len(known):,} components"
    )


def _sizes(database: Database, root: Path) -> None:
    with database.read() as tx:
        for name in TABLES:
            rows = tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            size = ""
            if tx.dialect == "postgresql":
                query = select(func.pg_total_relation_size(name))
                size = f", {tx.execute(query).scalar_one() / 2**20:,.0f} MiB with indexes"
            _tell(name, f"{rows:,} rows{size}")
        if tx.dialect == "postgresql":
            whole = tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        else:
            whole = sum(path.stat().st_size for path in root.glob("pratique.db*"))
    _tell("database", f"{whole / 2**20:,.0f} MiB")


def _reports(database: Database, findings: Findings, digests: Sequence[str]) -> None:
    """The best of a few turns counts: other programs have their turns as well."""
    chosen = random.Random(1).sample(digests, min(SAMPLE, len(digests)))  # noqa: S311 - the same each time
    took, busy, found = [], [], 0
    for digest in chosen:
        turns = [_report(database, findings, digest) for _ in range(TURNS)]
        took.append(min(turn[0] for turn in turns))
        busy.append(min(turn[1] for turn in turns))
        found += turns[0][2]
    _tell("one report", f"{_spread(took)}, {found / len(chosen):.0f} findings")
    _tell("one report, processor time", _spread(busy))


def _report(database: Database, findings: Findings, digest: str) -> tuple[float, float, int]:
    """Packages and findings of one image, as values: how long it took, processor time, and how many there are."""
    with database.read() as tx:
        begun, worked = time.perf_counter(), time.thread_time()
        rows = recording.components_of(tx, digest)
        answers = findings.seen(tx, (row.key for row in rows if row.key is not None))
        took = time.perf_counter() - begun, time.thread_time() - worked
    return *took, sum(len(answers[row.key]) for row in rows if row.key is not None)


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds) * 1000:.2f} ms, 95th percentile {quantiles(seconds, n=20)[-1] * 1000:.2f} ms"


def _who_has(database: Database) -> None:
    debian = Ecosystem("Debian", "11")
    asked = {
        "a package of bases": [
            Component(debian, "debian-source-1", f"1.{name % 7}.{build}-{build + 1}")
            for build in range(40)
            for name in (3, 4, 5)
        ],
        "a package of applications": [
            Component(Ecosystem("npm"), "npm-package-240", f"0.{version}.0") for version in range(20)
        ],
    }
    for name, keys in asked.items():
        with database.read() as tx:
            took = _timed(lambda: recording.images_with(tx, keys))  # noqa: B023 - run at once
            count = len(recording.images_with(tx, keys))
        _tell(f"who has {name}", f"{count:,} images in {took * 1000:.1f} ms ({len(keys)} versions asked)")


def _hub(database: Database, findings: Findings, digests: Sequence[str]) -> None:
    """What people ask of all artifacts: every image is one, in repositories of 50 tags each."""
    database.write(lambda tx: _shelve(tx, digests))
    hub = Hub(findings, recording)
    with database.read() as tx:
        names = tx.execute(_MOST_AND_LEAST).scalars().all()
    chosen = {"in most artifacts": names[0], "in the middle": names[len(names) // 2], "in fewest": names[-1]}
    for name, vulnerability in chosen.items():
        _tell_hub(database, f"a vulnerability {name}", lambda tx: _search(hub, tx, vulnerability))  # noqa: B023 - run at once
    _tell_hub(database, "a page of all", lambda tx: hub.search(tx, Search(), 0, 50, exactly=False))
    _tell_hub(database, "a page of all, counted", lambda tx: hub.search(tx, Search(), 0, 50))
    tallying = Tallying(database, findings, recording, hub, SystemClock())
    _tell("hub: all of it counted", _spent(lambda: tallying.tally({})))
    _tell_hub(database, "summary", lambda tx: ((), sum(_summary(hub, tx).counts.values())))
    _tell("hub: summed up again", _spent(lambda: tallying.tally({})))
    with database.read() as tx:
        some = recording.components_with(tx, findings.touched(tx, [names[len(names) // 2]]))
    _tell("hub: taken away by an import", _spent(lambda: database.write(lambda tx: retally(tx, some))))
    _tell("hub: that counted, and summed up", _spent(lambda: tallying.tally({})))


def _summary(hub: Hub, tx: Tx) -> Summary:
    found = hub.summary(tx)
    if found is None:
        raise LookupError("it was not made")
    return found


def _spent(act: Callable[[], object]) -> str:
    busy = time.process_time()
    took = _timed(act)
    return f"{took:.2f} s, of processor time {time.process_time() - busy:.2f} s"


def _search(hub: Hub, tx: Tx, vulnerability: str) -> tuple[Sequence[object], int]:
    return hub.search(tx, Search(vulnerability), 0, 50)


def _tell_hub(database: Database, name: str, ask: Callable[[Tx], tuple[Sequence[object], int]]) -> None:
    took, total = [], 0
    for _ in range(TURNS):
        with database.read() as tx:
            begun = time.perf_counter()
            total = ask(tx)[1]
            took.append(time.perf_counter() - begun)
    _tell(f"hub: {name}", f"{total:,} in {min(took) * 1000:,.1f} ms")


def _shelve(tx: Tx, digests: Sequence[str]) -> None:
    """A manifest for each image."""
    repositories = range(1, len(digests) // TAGS + 2)
    tx.execute(
        insert(metadata.tables["repository"]),
        [
            {"id": number, "project_id": 1 + number % 20, "name": f"p{1 + number % 20}/r{number}"}
            | {"description": "", "created_at": 1, "updated_at": 1, "pull_count": 0}
            for number in repositories
        ],
    )
    tx.execute(
        insert(metadata.tables["manifest"]),
        [
            {"repository_id": 1 + number // TAGS, "digest": digest, "media_type": "m", "size": 1, "body": b""}
            | {"annotations": "{}", "is_index": False, "is_evidence": False, "pushed_by": "user:1"}
            | {"pushed_at": 1, "state": "ADMITTED", "generation": 1}
            for number, digest in enumerate(digests)
        ],
    )


_MOST_AND_LEAST: Final = text(
    "SELECT advisory FROM component_match m JOIN matched_key k ON k.id = m.key_id "
    "JOIN component c ON c.name = k.name AND c.version = k.version "
    "JOIN layer_component p ON p.component_id = c.id JOIN image_layer l ON l.share_id = p.share_id "
    "GROUP BY advisory ORDER BY count(*) DESC"
)


def _follow(database: Database, findings: Findings, revisions: Revisions, root: Path) -> None:
    """An import that changes one package, from its revision to the digests of the images."""
    for number, (ecosystem, name) in enumerate(
        (("Debian:11", "debian-source-1"), ("npm", "npm-package-240"))
    ):
        packages = import_one(revisions, root, ecosystem, name, number)
        touched: list[int] = []

        def follow(tx: Tx) -> None:
            changed = findings.refresh(tx, packages, revisions.number)  # noqa: B023 - run at once
            touched[:] = [len(changed), len(recording.images_with(tx, changed))]  # noqa: B023 - as above

        took = _timed(lambda: database.write(follow))
        _tell(
            f"an advisory about {name}",
            f"{touched[0]} components, {touched[1]:,} images in {took * 1000:.0f} ms",
        )
    took = _timed(lambda: database.write(lambda tx: findings.refresh(tx, None, revisions.number)))
    _tell("nothing new", f"{took * 1000:.1f} ms")


@contextlib.contextmanager
def _database(kind: str, root: Path) -> Iterator[Database]:
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{root}/pratique.db"
        if kind == "postgresql":
            url = stack.enter_context(stack.enter_context(postgresql_server()).new_database())
        database = open_database(url, root)
        stack.callback(database.close)
        database.create_schema()
        yield database


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _tell(name: str, what: str) -> None:
    print(f"{name:32} {what}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.contents", description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--directory", help="where data is kept while measuring")
    return parser.parse_args()


main()
