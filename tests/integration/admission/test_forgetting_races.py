"""A digest that is pushed again at the moment at which its contents are forgotten: it never stands by what is gone."""

import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.databases import until_somebody_waits
from tests.houses import Furnished
from tests.images import Member
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel
from tests.vexing import CYCLONEDX_TYPE, attest

from pratique.admission.judging import Judging
from pratique.admission.keeping import Keeping
from pratique.bootstrap.following import keeping_of
from pratique.db import Tx
from pratique.inventory.recording import Image, Recording
from pratique.oci.digest import digest_of
from pratique.packages import Component, component_of
from pratique.trust.parties import Purpose

ROUNDS = 8


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as workers:
        yield workers


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    found.prevent()
    return found


class Gone:
    """An image that was examined, and whose last manifest has just been deleted."""

    def __init__(self, port: Port) -> None:
        self.port, self.home = port, port.scene.home
        self.package = f"package-{next(PACKAGES)}"
        self._layers: list[Member] = [wheel(self.package)]
        self.content = self.push()
        self.home.work()
        assert self.is_known
        digest = digest_of(self.content)
        self.home.house.warehouse.deleter.manifest(port.scene.repository, digest, self.home.admin)

    def push(self) -> bytes:
        return self.port.push(self._layers)

    def forget(self, recording: Recording | None = None) -> None:
        keeping = keeping_of(self.home.house) if recording is None else with_recording(self.home, recording)
        keeping.forget({"digests": [digest_of(self.content)]})

    @property
    def is_known(self) -> bool:
        with self.home.house.stores.database.read() as tx:
            found = self.home.house.court.recording.image_of(tx, digest_of(self.content))
        return isinstance(found, Image)

    def assert_right(self) -> None:
        """It stands by what is known of it, and is let out once that is known."""
        assert self.is_known == (self.port.scene.artifact(self.content).standing.state.value == "ADMITTED")
        self.home.work()
        assert self.is_known
        assert self.port.scene.is_let_out(self.content)


def with_recording(home: Furnished, recording: Recording) -> Keeping:
    court = home.house.court
    database, foreign = home.house.stores.database, home.house.scanners.findings
    return Keeping(database, recording, court.findings, court.attested, foreign)


side_by_side = pytest.mark.parametrize("home", ["postgresql"], indirect=True)
"""Where transactions run beside each other; SQLite has one writer."""


class AfterTheLook(Recording):
    """Does something when it was seen that nobody has the image, and before that is acted upon."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def claim(self, tx: Tx, digests: Collection[str]) -> None:
        self._act()
        super().claim(tx, digests)


@side_by_side
def test_pushed_after_the_look(port: Port) -> None:
    gone = Gone(port)
    gone.forget(AfterTheLook(gone.push))
    assert port.scene.is_let_out(gone.content)
    gone.assert_right()


@side_by_side
def test_judged_and_not_yet_committed(
    port: Port, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who forgets waits for the push, and sees it."""
    gone = Gone(port)
    judged = threading.Event()
    judging = port.scene.home.house.warehouse.gate._judging
    lineage: Callable[..., None] = Judging.lineage.__get__(judging)

    def and_wait(*given: Any) -> None:
        lineage(*given)
        judged.set()
        until_somebody_waits(port.scene.home.house.stores.database)

    monkeypatch.setattr(judging, "lineage", and_wait)
    pushing = pool.submit(gone.push)
    assert judged.wait(30)
    gone.forget()
    pushing.result(30)
    assert port.scene.is_let_out(gone.content)
    gone.assert_right()


class Slow(Recording):
    """Forgets when somebody waits for it."""

    def __init__(self, home: Furnished, claimed: threading.Event) -> None:
        self._database = home.house.stores.database
        self._claimed = claimed

    def forget(self, tx: Tx, digest: str) -> set[Component]:
        self._claimed.set()
        until_somebody_waits(self._database)
        return super().forget(tx, digest)


@side_by_side
def test_pushed_while_it_is_forgotten(port: Port, pool: ThreadPoolExecutor) -> None:
    """The push waits, and finds it unexamined."""
    gone = Gone(port)
    claimed = threading.Event()
    forgetting = pool.submit(gone.forget, Slow(port.scene.home, claimed))
    assert claimed.wait(30)
    gone.push()
    forgetting.result(30)
    assert not gone.is_known
    assert port.scene.state(gone.content) == "PENDING"
    gone.assert_right()


class Swept(Recording):
    """Has forgotten an image, and goes on to what nobody names when somebody waits for it."""

    def __init__(self, home: Furnished, swept: threading.Event) -> None:
        self._database = home.house.stores.database
        self._swept = swept

    def forget(self, tx: Tx, digest: str) -> set[Component]:
        unused = super().forget(tx, digest)
        self._swept.set()
        until_somebody_waits(self._database)
        return unused


@side_by_side
def test_an_sbom_names_what_is_forgotten(port: Port, pool: ThreadPoolExecutor) -> None:
    """It is matched again: else no import would ever have the image judged that is said to have it."""
    home, scene, gone = port.scene.home, port.scene, Gone(port)
    other = port.push([wheel(f"package-{next(PACKAGES)}")], "other")
    home.work()
    key = home.trust(scene.project, "builder", purposes=(Purpose.SBOM,))
    swept = threading.Event()
    forgetting = pool.submit(gone.forget, Swept(home, swept))
    assert swept.wait(30)
    purl = f"pkg:pypi/{gone.package}@1.0"
    named = {"type": "library", "name": gone.package, "purl": purl}
    attest(
        scene,
        other,
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [named]},
        key,
        CYCLONEDX_TYPE,
    )
    forgetting.result(30)
    home.work()
    component = component_of(purl)
    assert component is not None
    with home.house.stores.database.read() as tx:
        assert home.house.court.findings.missing(tx, [component]) == []


def test_at_the_same_time(port: Port, pool: ThreadPoolExecutor) -> None:
    for _ in range(ROUNDS):
        gone = Gone(port)
        start = threading.Barrier(2, timeout=30)

        def together(act: Callable[[], object], start: threading.Barrier = start) -> None:
            start.wait()
            act()

        for done in [pool.submit(partial(together, act)) for act in (gone.push, gone.forget)]:
            done.result(50)
        gone.assert_right()
