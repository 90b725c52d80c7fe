"""Advisories that come later: what they touch is judged again, nothing is lost, and nothing lapses meanwhile."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.houses import Furnished
from tests.scenes import Scene, new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel
from tests.vexing import CYCLONEDX_TYPE, attest

from pratique.admission.digests import DigestJudging
from pratique.admission.following import Following, RevisionWatch, follow_later
from pratique.admission.store import due
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.following import following_of
from pratique.clock import DAY, SECOND
from pratique.db import Tx
from pratique.errors import Conflict
from pratique.events import VerdictChanged
from pratique.jobs import Worker, last_published, published_after
from pratique.oci.digest import digest_of
from pratique.registry.store import manifests
from pratique.trust.parties import Purpose


class Follower:
    """The worker, as far as it follows imports."""

    def __init__(self, home: Furnished, following: Following | None = None) -> None:
        house = home.house
        self.home = home
        self.database = house.stores.database
        self.watch = RevisionWatch(self.database, revisions_of(house.settings), house.court.findings)
        self.following = following or following_of(house)

    def work(self) -> int:
        """Notice, match, judge, renew."""
        feeds = (self.watch,)
        return Worker(self.database, self.following.handlers(), self.home.clock, feeds=feeds).run_pending()


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    found.prevent()
    return found


@pytest.fixture
def follower(home: Furnished) -> Follower:
    return Follower(home)


def shipped(port: Port) -> tuple[str, bytes]:
    """An image that stands admitted, and what is in it."""
    name = f"package-{next(PACKAGES)}"
    content = port.push([wheel(name)], f"of-{name}")
    port.scene.home.work()
    Follower(port.scene.home).work()
    assert standing(port.scene, content)[0] == "ADMITTED"
    return name, content


def standing(scene: Scene, content: bytes) -> tuple[str, int | None]:
    """As it is written, which readers go by."""
    with scene.home.house.stores.database.read() as tx:
        (artifact,) = manifests.of_digests(tx, [digest_of(content)])
    return artifact.standing.state.value, artifact.standing.valid_until


def changes(home: Furnished, since: int) -> list[VerdictChanged]:
    with home.house.stores.database.read() as tx:
        events = [row.event() for row in published_after(tx, since, 1_000)]
    return [event for event in events if isinstance(event, VerdictChanged)]


def test_who_has_what_an_import_speaks_of_is_refused(port: Port, follower: Follower) -> None:
    name, content = shipped(port)
    _, other = shipped(port)
    with follower.database.read() as tx:
        since = last_published(tx)
    port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    assert follower.work() >= 2
    assert standing(port.scene, content)[0] == "QUARANTINED"
    assert standing(port.scene, other)[0] == "ADMITTED"
    (told,) = changes(port.scene.home, since)
    assert (told.state, told.previous, told.reasons) == ("QUARANTINED", "ADMITTED", ("VULNERABLE",))


def test_what_an_advisory_no_longer_says_is_let_out(port: Port, follower: Follower) -> None:
    name, content = shipped(port)
    said = advisory(name, f"2026-{next(PACKAGES)}")
    source = port.advise(said)
    follower.work()
    assert standing(port.scene, content)[0] == "QUARANTINED"
    port.advise({**said, "withdrawn": "2026-12-02T00:00:00Z"}, source=source)
    follower.work()
    assert standing(port.scene, content)[0] == "ADMITTED"


def test_nothing_new_costs_nothing(follower: Follower) -> None:
    follower.work()
    assert follower.work() == 0


def test_several_imports_before_anybody_looked(port: Port, follower: Follower) -> None:
    ones = [shipped(port) for _ in range(2)]
    for name, _ in ones:
        port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    follower.work()
    assert {standing(port.scene, content)[0] for _, content in ones} == {"QUARANTINED"}


class Killed(BaseException):
    """The process is gone."""


class Dying(Following):
    """Dies before it judges."""

    def judge_due(self, _: Mapping[str, Any], /) -> None:
        raise Killed


def test_a_worker_that_dies_between_matching_and_judging(port: Port, home: Furnished) -> None:
    name, content = shipped(port)
    port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    whole = following_of(home.house)
    court = home.house.court
    dying = Dying(
        home.house.stores.database,
        court.findings,
        court.recording,
        court.digests,
        home.clock,
        named=court.named,
        max_age=DAY,
    )
    with pytest.raises(Killed):
        Follower(home, dying).work()
    assert standing(port.scene, content)[0] == "ADMITTED"
    # Its lease ends, and another takes over.
    home.clock.advance(60)
    Follower(home, whole).work()
    assert standing(port.scene, content)[0] == "QUARANTINED"


class Torn(Findings):
    """Dies after its first step, before that is committed or after."""

    steps = 0

    def step(self, *args: Any, **more: Any) -> Any:
        self.steps += 1
        if self.steps > 1:
            raise Killed
        return super().step(*args, **more)


def test_packages_that_only_an_sbom_names_are_followed_too(port: Port, follower: Follower) -> None:
    """By the word of a party trusted for it; layers show nothing of them."""
    _, content = shipped(port)
    scene, other = port.scene, f"package-{next(PACKAGES)}"
    key = scene.home.trust(scene.project, "builder", purposes=(Purpose.SBOM,))
    named = {"type": "library", "name": other, "purl": f"pkg:pypi/{other}@1.0"}
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [named]}
    attest(scene, content, bill, key, CYCLONEDX_TYPE)
    scene.home.work()
    follower.work()
    assert standing(scene, content)[0] == "ADMITTED"
    port.advise(advisory(other, f"2026-{next(PACKAGES)}"))
    follower.work()
    assert standing(scene, content)[0] == "QUARANTINED"


def test_a_worker_that_dies_between_two_steps(port: Port, home: Furnished) -> None:
    name, content = shipped(port)
    port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    house = home.house
    torn = Torn(revisions_of(house.settings))
    court = house.court
    dying = Following(
        house.stores.database,
        torn,
        court.recording,
        court.digests,
        home.clock,
        named=court.named,
        max_age=DAY,
    )
    with pytest.raises(Killed):
        Follower(home, dying).work()
    home.clock.advance(60)
    Follower(home).work()
    assert standing(port.scene, content)[0] == "QUARANTINED"


def test_a_machine_that_does_not_have_the_import_yet_tries_later(port: Port, follower: Follower) -> None:
    shipped(port)
    ahead = revisions_of(port.scene.home.house.settings).number + 1

    def work(tx: Tx) -> None:
        follow_later(tx, ahead)

    follower.database.write(work)
    with pytest.raises(Conflict):
        follower.following.follow({"revision": ahead})
    port.advise(advisory("late", f"2026-{next(PACKAGES)}"))
    follower.work()
    with follower.database.read() as tx:
        assert port.scene.home.house.court.findings.followed(tx) == ahead


def test_verdicts_are_renewed_long_before_their_advisories_are_too_old(
    port: Port, follower: Follower
) -> None:
    _, content = shipped(port)
    clock = port.scene.home.clock
    first = standing(port.scene, content)[1]
    assert first is not None
    clock.advance(10 * DAY / SECOND)
    port.advise(advisory("another", f"2026-{next(PACKAGES)}"))
    follower.work()
    assert standing(port.scene, content)[1] == first
    clock.advance(10 * DAY / SECOND)
    port.advise(advisory("another", f"2026-{next(PACKAGES)}"))
    follower.work()
    renewed = standing(port.scene, content)[1]
    assert renewed is not None
    assert renewed > first + 15 * DAY
    clock.advance(11 * DAY / SECOND)
    assert port.scene.is_let_out(content)


class Faulty(DigestJudging):
    """Can't judge one digest, for whatever reason."""

    hopeless = ""

    def judge(self, digests: Collection[str]) -> int:
        if self.hopeless in digests:
            raise ZeroDivisionError
        return super().judge(digests)


def test_what_can_not_be_judged_holds_up_nobody_and_is_not_forgotten(port: Port, home: Furnished) -> None:
    ones = [shipped(port) for _ in range(3)]
    house, court = home.house, home.house.court
    judging = Faulty(house.stores.database, court.benches, court.examined, court.judging, home.clock)
    judging.hopeless = digest_of(ones[1][1])
    following = following_of(house)
    following._judging = judging
    for name, _ in ones:
        port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    Follower(home, following).work()
    assert [standing(port.scene, content)[0] for _, content in ones] == [
        "QUARANTINED",
        "ADMITTED",
        "QUARANTINED",
    ]
    with house.stores.database.read() as tx:
        assert [digest for digest, _ in due.upcoming(tx, 10)] == [judging.hopeless]
    with pytest.raises(ZeroDivisionError):
        following.judge_due({})
    following_of(house).judge_due({})
    assert standing(port.scene, ones[1][1])[0] == "QUARANTINED"
    with house.stores.database.read() as tx:
        assert due.upcoming(tx, 10) == []
