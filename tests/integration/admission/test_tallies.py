"""The hub's summary is what a count from scratch gives, whatever came, went and was found meanwhile."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from sqlalchemy import delete, func, select
from tests.advising import Desk, record
from tests.contained import informed
from tests.databases import Place
from tests.houses import Furnished, furnish

from pratique.admission.examination import EXAMINE
from pratique.admission.examining import Examining
from pratique.admission.following import RevisionWatch
from pratique.admission.keeping import ForgetFeed
from pratique.admission.report import Report
from pratique.admission.reports.hub import RULES, Summary
from pratique.admission.reports.tallying import TallyFeed, retally, tally_later
from pratique.admission.store import tallies
from pratique.admission.store.tallies import SEVERITIES, hub_state, share_tally
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.examining import build_examine_feed
from pratique.bootstrap.following import following_of, keeping_of
from pratique.bootstrap.reporting import build_reporting, build_tallying
from pratique.bootstrap.upkeep import build_upkeep
from pratique.clock import HOUR, SECOND, Moment
from pratique.db import Tx
from pratique.inventory import Contents, CouldNotBeExamined, Located, Package
from pratique.jobs import Feed, Worker
from pratique.oci.manifest import Manifest
from pratique.packages import Severity
from pratique.registry.store import manifests
from pratique.registry.store.tables import manifest as manifest_table
from pratique.registry.sweep import Terms

NAMES = 12
LEVELS = ("CRITICAL", "HIGH", "MODERATE", "LOW", None)
REPOSITORIES = ("shop/app", "shop/tool", "yard/app")


@dataclass
class Yard:
    """A house whose images contain what a test says, and a worker of all that moves the summary."""

    home: Furnished
    desk: Desk
    contents: dict[str, Contents | None] = field(default_factory=dict)

    def push(
        self, seed: str, contents: Contents | None, repository: str = "shop/app", tag: str = ""
    ) -> bytes:
        """None: it can't be examined."""
        content = self.home.image(repository, tag or seed, seed)
        self.contents[json.loads(content)["config"]["digest"]] = contents
        return content

    def work(self) -> None:
        """All that is due, and what that makes due."""
        court, database = self.home.house.court, self.home.house.stores.database
        examining = Examining(
            database,
            self._looking,  # type: ignore[arg-type] # a Looking, which is a callable
            court.recording,
            court.findings,
            court.attested,
            court.digests,
            self.home.clock,
        )
        handlers = {
            EXAMINE: examining,
            **following_of(self.home.house).handlers(),
            **keeping_of(self.home.house).handlers(),
            **build_tallying(self.home.house).handlers(),
        }
        feeds = (
            RevisionWatch(database, revisions_of(self.home.house.settings), court.findings),
            Feed(database, "examine", build_examine_feed(self.home.house).consume),
            Feed(database, "forget", ForgetFeed().consume),
            Feed(database, "tally", TallyFeed().consume),
        )
        for _ in range(3):
            self.home.clock.advance(60)
            Worker(database, handlers, self.home.clock, feeds=feeds).run_pending()

    def summary(self) -> Summary:
        with self.home.house.stores.database.read() as tx:
            found = build_reporting(self.home.house).hub.summary(tx)
        assert found is not None
        return found

    def check(self) -> None:
        """Against every report there is, counted one by one."""
        court, database = self.home.house.court, self.home.house.stores.database
        counts, fixable, examined, worst = Counter[Severity](), 0, 0, list[tuple[int, ...]]()
        with database.read() as tx:
            digests = tx.execute(
                select(manifest_table.c.digest).where(manifest_table.c.is_evidence.is_(False))
            )
            everything = [str(row[0]) for row in digests]
            for digest in everything:
                report = court.examined.report(tx, digest, self.home.clock.now())
                if not isinstance(report, Report):
                    continue
                examined += 1
                harmful = [one for one in report.findings if not one.is_harmless]
                its = Counter(one.severity for one in harmful)
                counts.update(its)
                fixable += sum(bool(one.fixed) for one in harmful)
                worst.append(tuple(its[severity] for severity in SEVERITIES))
        found = self.summary()
        assert {one: number for one, number in found.counts.items() if number} == dict(counts)
        assert (found.artifacts, found.examined, found.fixable) == (len(everything), examined, fixable)
        told = [tuple(place.counts[severity] for severity in SEVERITIES) for place in found.places]
        assert told == sorted((one for one in worst if any(one)), reverse=True)[:5]
        top = max((severity for severity in counts), default=None)
        assert [one.severity for one in found.vulnerabilities[:1]] == ([] if top is None else [top])

    def _looking(self, manifest: Manifest, _told: Callable[[str], None]) -> Contents:
        found = self.contents[manifest.config.digest if manifest.config else ""]
        if found is None:
            raise CouldNotBeExamined("it is not readable")
        return found


@pytest.fixture
def yard(place: Place) -> Iterator[Yard]:
    home = furnish(place.url, place.directory / "data")
    home.project("shop")
    home.project("yard")
    yield Yard(home, informed(home))
    home.house.close()


def layers(chance: random.Random) -> Contents:
    """A base that many have and an application, with packages at several places; some are owned by others."""
    base = chance.randrange(4)
    found = [
        Located(
            Package("pypi", f"package_{base + number}", "1.0"),
            f"lib/{number}",
            f"sha256:{base:064}",
            "python",
        )
        for number in range(4)
    ]
    for number in range(chance.randrange(6)):
        package = Package("pypi", f"package_{chance.randrange(NAMES)}", f"{chance.randrange(4)}.0")
        state: Literal["", "owned"] = chance.choice(("", "", "owned"))
        found.append(Located(package, f"app/{number}", f"sha256:{chance.randrange(99):064}", "python", state))
    return Contents(None, tuple(sorted(found, key=lambda one: one.place)), None)


def say(yard: Yard, chance: random.Random) -> None:
    """The whole state of a source, some of it otherwise than before."""
    records = [
        record(
            number,
            fixed=f"{chance.randrange(1, 5)}.0",
            database_specific={"severity": level} if level else {},
        )
        for number in range(NAMES)
        if (level := chance.choice(LEVELS)) != "LOW" or chance.random() < 0.5
    ]
    yard.desk.zip("pypi", *records)
    yard.desk.take(yard.desk.folder / "pypi" / "all.zip", "pypi", allow_shrink=True)


def drop(yard: Yard, chance: random.Random) -> None:
    database = yard.home.house.stores.database
    with database.read() as tx:
        rows = tx.execute(select(manifest_table.c.id, manifest_table.c.digest)).all()
        if not rows:
            return
        (found, *_) = manifests.of_digests(tx, [chance.choice(rows)[1]])
        name = manifests.home_of(tx, found).name
    yard.home.house.warehouse.deleter.manifest(name, found.digest, yard.home.admin)


def forget(yard: Yard, chance: random.Random) -> None:
    yard.home.clock.advance(2 * HOUR // SECOND)
    build_upkeep(yard.home.house).collector.run(Terms(0, 0, delete_untagged=chance.random() < 0.5))


@pytest.mark.parametrize("seed", range(4))
def test_after_anything_it_is_what_a_count_from_scratch_gives(yard: Yard, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time

    def push() -> None:
        contents = None if chance.random() < 0.1 else layers(chance)
        yard.push(
            f"image-{chance.randrange(30)}", contents, chance.choice(REPOSITORIES), f"t{chance.randrange(9)}"
        )

    actions: list[Callable[[], object]] = [
        *[push] * 6,
        lambda: drop(yard, chance),
        lambda: say(yard, chance),
        lambda: forget(yard, chance),
        yard.work,
        lambda: build_tallying(yard.home.house).tally({}),
    ]
    for _ in range(2):
        for _ in range(25):
            chance.choice(actions)()
        yard.work()
        yard.check()


def test_what_an_import_touches_is_counted_again_and_nothing_else(yard: Yard) -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time
    for number in range(8):
        yard.push(f"image-{number}", layers(chance))
    yard.work()
    yard.check()
    database, court = yard.home.house.stores.database, yard.home.house.court
    with database.read() as tx:
        everything = tx.execute(select(func.count()).select_from(share_tally)).scalar_one()
        assert tallies.uncounted(tx, 0, 100) == []
        keys = court.findings.touched(tx, ["PYSEC-2026-1"])
        components = court.recording.components_with(tx, keys)
        shares = {share for share, its in tallies.parts_of(tx, range(100)).items() if {*its} & {*components}}
    assert 0 < len(shares) < everything
    database.write(lambda tx: retally(tx, components))
    with database.read() as tx:
        assert set(tallies.uncounted(tx, 0, 100)) == shares
    yard.work()
    yard.check()


def test_who_has_counted_while_something_changed_counts_again(yard: Yard) -> None:
    yard.push("one", layers(random.Random(1)))  # noqa: S311 - the same each time
    yard.work()
    database = yard.home.house.stores.database
    tallying = build_tallying(yard.home.house)

    def interrupted(tx: Tx) -> None:
        tallies.drop(tx, [])

    database.write(lambda tx: tx.execute(delete(share_tally)))
    count, turns = tallying._count, iter((True, False))

    def counting(*arguments: object) -> object:
        found = count(*arguments)  # type: ignore[arg-type] # passed through
        if next(turns, False):
            database.write(interrupted)
        return found

    tallying._count = counting  # type: ignore[method-assign, assignment] # between its read and its write
    tallying.tally({})
    assert next(turns, "all taken") == "all taken"
    yard.check()


def test_what_was_counted_by_other_rules_is_counted_anew(yard: Yard) -> None:
    yard.push("one", layers(random.Random(1)))  # noqa: S311 - the same each time
    yard.work()
    database = yard.home.house.stores.database
    database.write(lambda tx: tx.execute(share_tally.update().values(critical=99)))
    database.write(lambda tx: tx.execute(hub_state.update().values(rules=RULES - 1)))
    with database.read() as tx:
        assert build_reporting(yard.home.house).hub.summary(tx) is None
    yard.home.house.stores.database.write(tally_later)
    yard.work()
    yard.check()


def test_many_changes_make_one_summary_and_it_rests(yard: Yard) -> None:
    database, clock = yard.home.house.stores.database, yard.home.clock
    worker = Worker(database, build_tallying(yard.home.house).handlers(), clock)
    database.write(lambda tx: yard.home.house.court.findings.refresh(tx, None, 1))
    for _ in range(3):
        database.write(tally_later)
    assert worker.run_pending() == 0, "more changes are waited for"
    clock.advance(2)
    assert worker.run_pending() == 1
    before = yard.summary().at
    # A store whose summary takes long is not summed up all the time.
    rests_until = Moment(clock.now() + HOUR)
    database.write(lambda tx: tallies.say(tx, b"", rests_until))
    database.write(tally_later)
    clock.advance(HOUR // SECOND - 1)
    assert worker.run_pending() == 0
    clock.advance(1)
    assert worker.run_pending() == 1
    assert yard.summary().at == before + 2 * SECOND + HOUR - 2 * SECOND
