"""The processes beside the one that measures: a worker that follows imports, and an import."""

import json
import resource
import threading
import time
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from sqlalchemy import text
from tests.clocks import ManualClock
from tests.houses import furnish
from tests.osv import SUMMER, record

from pratique.admission.following import FOLLOW, JUDGE_DUE, RENEW_CONTENTS, RevisionWatch
from pratique.advisories import Importer, Revisions, supplies
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.following import following_of
from pratique.clock import SECOND, Moment
from pratique.db import Database
from pratique.jobs import Worker

_LEFT: Final = text(
    "SELECT (SELECT COUNT(*) FROM judgement_due) + (SELECT COUNT(*) FROM job WHERE kind IN (:follow, :judge))"
)


@dataclass(frozen=True)
class Import:
    """Advisories on packages, each of which affects every version: the `number`th import."""

    root: Path
    number: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Went:
    """What a worker has used up to now: seconds of processor time, and KiB of memory at most."""

    busy: float
    memory: int


class Summer(ManualClock):
    """A clock that goes, and began in summer when it was made."""

    def __init__(self) -> None:
        super().__init__(SUMMER)
        self._began = time.monotonic()

    def now(self) -> Moment:
        return Moment(super().now() + round((time.monotonic() - self._began) * SECOND))

    def monotonic(self) -> float:
        return time.monotonic()


class Told:
    """Whether an import has been followed to its end."""

    def __init__(self, database: Database, findings: Findings) -> None:
        self._database = database
        self._findings = findings

    def is_followed(self, revision: int) -> bool:
        """Matched, and nothing is left to be judged."""
        with self._database.read() as tx:
            if self._findings.followed(tx) < revision:
                return False
            return not tx.execute(_LEFT, {"follow": FOLLOW, "judge": JUDGE_DUE}).scalar_one()


def imported(what: Import) -> None:
    """Import advisories of a source of their own, in one revision."""
    folder = what.root / f"new-{what.number}"
    folder.mkdir()
    for number, name in enumerate(what.names):
        identifier = f"GHSA-2026-9{what.number:03}{number:05}"
        one = record(identifier, "npm", name, database_specific={"severity": "HIGH"})
        (folder / f"{identifier}.json").write_text(json.dumps(one))
    revisions = Revisions(what.root / "data" / "advisories")
    Importer(revisions, ManualClock(SUMMER)).take(supplies(folder, f"new-{what.number}"))


def work(root: Path, stop: Event, told: "Queue[Went]") -> None:
    """What a worker does of it, until it is stopped. Renewals, which come after, are not counted."""
    home = furnish(f"sqlite:///{root}/pratique.db", root / "data", Summer())
    house = home.house
    following = following_of(house)
    handlers = {kind: handler for kind, handler in following.handlers().items() if kind != RENEW_CONTENTS}
    revisions = revisions_of(house.settings)
    watch = RevisionWatch(house.stores.database, revisions, house.court.findings)
    worker = Worker(
        house.stores.database, handlers, home.clock, feeds=(watch,), signs=(lambda: revisions.stamp,)
    )
    ended = threading.Event()

    def wait() -> None:
        stop.wait()
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    before = _went()
    told.put(before)
    worker.run(ended)
    waiting.join()
    after = _went()
    told.put(Went(after.busy - before.busy, after.memory))
    house.close()


def _went() -> Went:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Went(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
