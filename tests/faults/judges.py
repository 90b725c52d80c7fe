"""The processes that get killed while they judge: a worker that follows an import, one that examines, and the import.

What they run is the program's own, with small batches, so that there is a middle to be killed in.
"""

import importlib
import json
import os
import zipfile
from pathlib import Path
from typing import Final

from sqlalchemy import text
from tests.clocks import ManualClock
from tests.faults.tripwire import Tripwire
from tests.houses import Furnished
from tests.scenes import Scene, new_scene
from tests.shipping import Port, advisory, wheel

from pratique.admission.attesting import said_about
from pratique.advisories import Importer, supplies
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.house import build
from pratique.bootstrap.working import build_worker
from pratique.clock import MINUTE, Moment, SystemClock
from pratique.db import Database, Tx
from pratique.events import VerdictChanged
from pratique.jobs import last_published, published_after
from pratique.oci.digest import Digest, digest_of
from pratique.registry.pull import known
from pratique.registry.store import manifests
from pratique.settings import Settings, load
from pratique.telemetry import open_log
from pratique.trust.store import signing

IMAGES: Final = 5
AT_ONCE: Final = 2
SOURCE: Final = "somebody"
KEPT: Final = advisory("of-nobody", "2026-9000")
"""A record that every state of the source has: so none is empty."""


def clock_of(moment: int) -> ManualClock:
    """A minute a step: whatever a killed worker held is free by then."""
    return ManualClock(SystemClock().now() + moment * MINUTE)


def settings_of(url: str, directory: Path) -> Settings:
    """As `tests.houses.furnish` has them."""
    return load(
        None,
        {},
        {
            "database": {"url": url},
            "storage": {"directory": str(directory), "keep_free": 0},
            "server": {"external_url": "https://registry.example.test"},
        },
    )


def package(number: int) -> str:
    """What image `number` has inside, and no other."""
    return f"package-{number}"


def archive(directory: Path, *, speaks: bool) -> Path:
    """The whole state of the source: on every package, or on none that anybody has."""
    path = directory / f"{SOURCE}-{speaks}" / "all.zip"
    if not path.exists():
        path.parent.mkdir()
        told = [advisory(package(number), f"2026-{number}") for number in range(IMAGES)] if speaks else []
        with zipfile.ZipFile(path, "w") as made:
            for one in (KEPT, *told):
                made.writestr(f"{one['id']}.json", json.dumps(one))
    return path


def advise(settings: Settings, directory: Path, clock: ManualClock, *, speaks: bool) -> None:
    """`pratique advisories import`."""
    importer = Importer(revisions_of(settings), clock)
    importer.take(supplies(archive(directory, speaks=speaks), SOURCE), allow_shrink=True)


BATCHES: Final = (
    ("pratique.admission.digests", "JUDGED_AT_ONCE"),
    ("pratique.admission.following", "DIGESTS_AT_ONCE"),
    ("pratique.advisories.findings", "PACKAGES"),
    ("pratique.admission.matching", "MATCHED_AT_ONCE"),
)
"""How much is done in one transaction."""


def small_batches() -> None:
    """In this process, which is the worker's alone."""
    for module, name in BATCHES:
        there = importlib.import_module(module)
        assert isinstance(getattr(there, name), int), name
        setattr(there, name, AT_ONCE)


def follow(url: str, directory: Path, moment: int, speaks: bool, step: int, count: Path | None) -> None:
    """Import, then notice, match and judge; die at a step, or count them."""
    clock, settings = clock_of(moment), settings_of(url, directory)
    small_batches()
    house = build(settings, clock)
    wire = Tripwire(step)
    wire.lay()
    advise(settings, directory, clock, speaks=speaks)
    build_worker(house, open_log()).run_pending()
    end(wire, count)


def examine(url: str, directory: Path, moment: int, step: int, count: Path | None) -> None:
    """Examine whatever waits; die at a step, or count them."""
    small_batches()
    house = build(settings_of(url, directory), clock_of(moment))
    wire = Tripwire(step)
    wire.lay()
    build_worker(house, open_log()).run_pending()
    end(wire, count)


def end(wire: Tripwire, count: Path | None) -> None:
    """Leave as a process leaves that was not killed."""
    if count is not None:
        count.write_text(str(wire.steps))
    os._exit(0)


class Registry:
    """The registry between two deaths: what is pushed, and what stands."""

    def __init__(self, url: str, directory: Path, moment: int) -> None:
        self.directory = directory
        self.home = Furnished(build(settings_of(url, directory), clock_of(moment)), clock_of(moment))

    @property
    def database(self) -> Database:
        """Its database."""
        return self.home.house.stores.database

    def scene(self, **switches: str) -> Scene:
        """A project that prevents vulnerabilities."""
        made = new_scene(self.home, "open")
        Port(made, self.directory).prevent(**switches)
        return made

    def push(self, scene: Scene, tag: str) -> dict[Digest, int]:
        """One image for each package; their digests with the numbers of the packages."""
        port = Port(scene, self.directory)
        found = {}
        for number in range(IMAGES):
            content = port.push([wheel(package(number)), wheel(f"of-{tag}-{number}")], f"{tag}-{number}")
            found[digest_of(content)] = number
        return found

    def work(self) -> None:
        """A worker that nobody kills."""
        build_worker(self.home.house, open_log()).run_pending()

    def advise(self, *, speaks: bool) -> None:
        """Import, as whoever was interrupted does again."""
        advise(self.home.house.settings, self.directory, self.home.clock, speaks=speaks)

    def states(self, of: dict[Digest, int]) -> set[str]:
        """How they stand, as it is written."""
        with self.database.read() as tx:
            return {one.standing.state.value for one in manifests.of_digests(tx, of)}

    def unknown(self, of: dict[Digest, int]) -> list[str]:
        """Those of which nothing is recorded."""
        with self.database.read() as tx:
            return sorted(of.keys() - self.home.house.court.recording.examinations(tx, of).keys())

    def said(self, scene: Scene, digest: Digest) -> list[str]:
        """What is attested of an image: each referrer of the registry's is known to it, and each known one is there.

        An admission is signed beside it; classic signatures of it share one manifest.
        """
        with self.database.read() as tx:
            home = known(tx, scene.repository)
            rows = said_about(tx, home.id, digest)
            signed = signing.about(tx, home.id, digest)
            referrers = [one.digest for one in manifests.referring_to(tx, home.id, digest)]
        assert not [row.problem for row in rows if row.problem]
        carried = [
            name for name in (*(one.manifest for one in rows), *(one.manifest for one in signed)) if name
        ]
        classic = 1 if any(not one.manifest for one in signed) else 0
        assert signed
        assert set(carried) <= set(referrers)
        assert len(referrers) == len(carried) + classic
        return sorted(row.form for row in rows)

    def scan_keys(self, scene: Scene) -> int:
        """How many keys sign what is said of contents in a project."""
        asked = "SELECT count(*) FROM signing_key WHERE project_id = :number AND kind = 'scan'"
        with self.database.read() as tx:
            return int(tx.execute(text(asked), {"number": scene.project.id}).scalar_one())

    def position(self) -> int:
        """The number of the last fact."""
        with self.database.read() as tx:
            return last_published(tx)

    def told(self, since: int) -> list[tuple[str, str]]:
        """The verdicts that changed since, by digest and state."""
        with self.database.read() as tx:
            facts = [row.event() for row in published_after(tx, since, 10_000)]
        return sorted((fact.digest, fact.state) for fact in facts if isinstance(fact, VerdictChanged))

    def left(self) -> list[str]:
        """Jobs of admission that are due or dead, and digests that are due."""

        def work(tx: Tx) -> list[str]:
            asked = (
                "SELECT kind FROM job WHERE kind LIKE 'admission.%' AND (state = 'dead' OR run_at <= :now)"
            )
            rows = tx.execute(text(asked), {"now": Moment(self.home.clock.now())})
            due = tx.execute(text("SELECT digest FROM judgement_due"))
            return [str(row[0]) for row in (*rows, *due)]

        with self.database.read() as tx:
            return work(tx)

    def close(self) -> None:
        """Until the next death."""
        self.home.house.close()
