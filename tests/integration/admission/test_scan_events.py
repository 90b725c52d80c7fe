"""Scans are told of once each, however they end, to whoever listens; and a round counts what could not be examined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.contained import LAYER, examined, informed, packages
from tests.databases import Place
from tests.houses import Furnished, furnish

from pratique.admission.examination import EXAMINE, examine_later
from pratique.admission.reports import DeadScanFeed, Noting
from pratique.bootstrap.examining import build_examine_feed
from pratique.bootstrap.reporting import build_reporting
from pratique.clock import HOUR, SECOND
from pratique.events import Event, ScanEnded, ScanStopped
from pratique.inventory import Contents, Located, Package
from pratique.jobs import Feed, Worker, published_after
from pratique.oci.digest import digest_of
from pratique.projects import Project
from pratique.registry.store import manifests, repositories

BAD = packages("package_1==1.0", "package_2==1.0")
UNCOVERED = Contents(None, (Located(Package("gem", "rack", "1.0"), "gems/rack", LAYER, "ruby"),), None)


@dataclass
class Listener:
    """A worker whose images contain what a test says, and the events that it leaves."""

    home: Furnished
    contents: dict[str, tuple[bytes, Contents | str]] = field(default_factory=dict)

    def push(self, contents: Contents | str, repository: str = "shop/app", seed: str = "one") -> bytes:
        content = self.home.image(repository, "1", seed)
        self.contents[digest_of(content)] = (content, contents)
        return content

    def work(self, seconds: int = 3) -> None:
        self.home.clock.advance(seconds)
        database, reporting = self.home.house.stores.database, build_reporting(self.home.house)
        noting = Noting(database, self._examine, reporting.scans, self.home.clock)
        handlers = {EXAMINE: noting, **reporting.rounds.handlers()}
        feeds = (
            Feed(database, "examine", build_examine_feed(self.home.house).consume),
            Feed(database, "dead_scans", DeadScanFeed().consume),
        )
        Worker(database, handlers, self.home.clock, feeds=feeds).run_pending()

    def scan(self, content: bytes, *, stop: bool = False) -> None:
        database, scans = self.home.house.stores.database, build_reporting(self.home.house).scans
        with database.read() as tx:
            place = repositories.by_name(tx, "shop/app")
            assert place is not None
            artifact = manifests.by_digest(tx, place.id, digest_of(content))
            assert artifact is not None
        if stop:
            database.write(lambda tx: scans.stop(tx, self.home.admin, place, artifact))
        else:
            database.write(lambda tx: scans.start(tx, self.home.admin, place, artifact))

    def told(self) -> list[Event]:
        with self.home.house.stores.database.read() as tx:
            events = [row.event() for row in published_after(tx, 0, 10_000)]
        return [one for one in events if isinstance(one, ScanEnded | ScanStopped)]

    def ended(self) -> list[tuple[str, str, int]]:
        return [(one.repository, one.state, one.total) for one in self.told() if isinstance(one, ScanEnded)]

    def _examine(self, payload: Mapping[str, Any], /) -> None:
        content, contents = self.contents[payload["digest"]]
        if contents == "":
            raise OSError("the disk is gone")
        examined(self.home, content, contents)


@pytest.fixture
def listener(place: Place) -> Iterator[Listener]:
    home = furnish(place.url, place.directory / "data")
    informed(home)
    home.project("shop")
    yield Listener(home)
    home.house.close()


def project_of(listener: Listener) -> Project:
    with listener.home.house.stores.database.read() as tx:
        found = listener.home.house.departments.projects.by_name(tx, "shop")
    assert found is not None
    return found


def test_a_scan_by_hand_is_told_of_once_with_what_a_consumer_needs(listener: Listener) -> None:
    content = listener.push(BAD)
    listener.work()
    assert listener.told() == [], "nobody asked"
    asked_at = listener.home.clock.now()
    listener.scan(content)
    listener.work()
    listener.home.house.stores.database.write(
        lambda tx: examine_later(tx, project_of(listener).id, digest_of(content))
    )
    listener.work()
    assert listener.told() == [
        ScanEnded(
            actor="pratique",
            project_id=project_of(listener).id,
            project="shop",
            repository="shop/app",
            digest=digest_of(content),
            state="Success",
            severity="Low",
            total=2,
            fixable=2,
            findings={"Low": 1, "Unknown": 1},
            asked_at=asked_at,
        )
    ]


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        ("layer 2 is no archive", "could not be examined: layer 2 is no archive"),
        (UNCOVERED, "could not be examined: no current advisories for RubyGems"),
    ],
    ids=("unreadable", "uncovered"),
)
def test_one_that_could_not_be_done_has_failed_and_says_why(
    listener: Listener, contents: Contents | str, problem: str
) -> None:
    listener.scan(listener.push(contents))
    listener.work()
    (told,) = listener.told()
    assert isinstance(told, ScanEnded)
    assert (told.state, told.severity) == ("Error", "Unknown")
    assert told.problem.startswith(problem)


def test_one_that_was_stopped_is_told_of_as_that_alone(listener: Listener) -> None:
    content = listener.push(BAD)
    listener.scan(content)
    listener.scan(content, stop=True)
    listener.scan(content, stop=True)
    # A verdict, or somebody else, waits for it all the same.
    listener.work()
    assert [type(one) for one in listener.told()] == [ScanStopped]
    listener.scan(content)
    listener.work()
    listener.scan(content, stop=True)
    assert [type(one) for one in listener.told()] == [ScanStopped, ScanEnded], "that one was over"


def test_what_is_pushed_is_told_of_where_auto_scan_is_on(listener: Listener) -> None:
    home, project = listener.home, project_of(listener)
    projects = home.house.departments.projects
    home.house.stores.database.write(
        lambda tx: projects.update(tx, home.admin, projects.get(tx, project.id), {"auto_scan": "true"})
    )
    listener.push(BAD)
    listener.push(BAD, "shop/tool")
    listener.work()
    assert sorted(listener.ended()) == [("shop/app", "Success", 2), ("shop/tool", "Success", 2)]


def test_one_whose_job_fails_for_good_has_failed(listener: Listener) -> None:
    listener.scan(listener.push(""))
    for _ in range(15):
        listener.work(2 * HOUR // SECOND)
    (told,) = listener.told()
    assert isinstance(told, ScanEnded)
    assert told.state == "Error"
    assert "the disk is gone" in told.problem


def test_a_round_counts_what_could_not_be_examined_with_the_reasons(listener: Listener) -> None:
    for seed, contents in (("one", BAD), ("two", UNCOVERED), ("three", UNCOVERED), ("four", "no archive")):
        listener.push(contents, seed=seed)
    rounds, database = build_reporting(listener.home.house).rounds, listener.home.house.stores.database
    database.write(lambda tx: rounds.begin(tx, listener.home.admin))
    listener.work()
    with database.read() as tx:
        going = rounds.progress(tx)
    listener.work(60)
    with database.read() as tx:
        over = rounds.progress(tx)
    assert going is not None
    assert over is not None
    assert (over.is_going_on, dict(over.counts)) == (False, {"Success": 1, "Error": 3})
    for progress in (going, over):
        assert sorted(progress.problems.values()) == [1, 2]
        assert progress.problems["could not be examined: no archive"] == 1
    assert sorted(state for _, state, _ in listener.ended()) == ["Error", "Error", "Error", "Success"]
