"""Images that hold more than anybody looks at: they are refused for it, and keep nobody else waiting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.clocks import ManualClock
from tests.houses import Furnished
from tests.images import file, image
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory

from pratique.admission import portions, report
from pratique.admission.examination import EXAMINE
from pratique.admission.examining import Examining
from pratique.admission.looking import NOTHING_INSIDE
from pratique.admission.turns import SECONDS, TURNS, Turn, TurnIsOver
from pratique.inventory import Contents, CouldNotBeExamined
from pratique.jobs import Worker
from pratique.oci.manifest import Manifest


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    return Port(new_scene(home, "open"), tmp_path)


def flooded(port: Port, *versions: str) -> tuple[str, bytes]:
    """A package with two advisories, in an image with some of its versions; its name, and the manifest."""
    name = f"package-{next(PACKAGES)}"
    port.advise(*(advisory(name, f"2026-{next(PACKAGES)}") for _ in range(2)))
    port.prevent()
    members = [
        file(f"{n}/{name}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n")
        for n, version in enumerate(versions)
    ]
    return name, port.push(members)


def test_a_package_at_very_many_places_is_told_of_at_some(port: Port) -> None:
    name, pushed = flooded(port, *["1.0"] * 25)
    port.scene.home.work()
    told = [reason.message for reason in port.scene.opinion(pushed).reasons]
    assert port.scene.state(pushed) == "QUARANTINED"
    assert len([one for one in told if name in one]) == 2 * portions.PLACES_TOLD


def test_more_findings_than_anybody_reads(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (portions, report):
        monkeypatch.setattr(room, "FINDINGS_LIMIT", 5)
    _, pushed = flooded(port, "1.0", "1.1", "1.2")
    port.scene.home.work()
    assert set(port.scene.codes(pushed)) == {"VULNERABLE", "COULD_NOT_BE_EXAMINED"}
    assert "more than 50000 findings" in " ".join(
        reason.message for reason in port.scene.opinion(pushed).reasons
    )
    port.set({"allow_unexamined": "true"})
    port.scene.home.work()
    assert set(port.scene.codes(pushed)) == {"VULNERABLE"}


@dataclass
class Slow:
    """Looks into layers, each of which takes more than a turn."""

    clock: ManualClock
    looked_at: list[str] = field(default_factory=list)

    def __call__(self, manifest: Manifest, told: Callable[[str], None]) -> Contents:
        for layer in manifest.layers:
            if layer.digest not in self.looked_at:
                self.looked_at.append(layer.digest)
                self.clock.advance(SECONDS + 1)
            told(layer.digest)
        return NOTHING_INSIDE


def test_an_image_of_slow_layers_takes_turns_with_others(port: Port) -> None:
    home, court = port.scene.home, port.scene.home.house.court
    other = Port(new_scene(home, "open"), port.folder)
    port.prevent()
    other.prevent()
    mark = next(PACKAGES)
    slow = image(*([file(f"{mark}/{n}")] for n in range(3)))
    quick = image([file(f"{mark}/quick")])
    pushed = port.push(slow), other.push(quick)
    database, looking = home.house.stores.database, Slow(home.clock)
    examining = Examining(
        database,
        looking,  # type: ignore[arg-type] # a Looking, which is a callable
        court.recording,
        court.findings,
        court.named,
        court.digests,
        home.clock,
    )
    Worker(database, {EXAMINE: examining}, home.clock).run_pending()
    assert looking.looked_at.index(quick.digests[0]) < looking.looked_at.index(slow.digests[1])
    assert [port.scene.state(pushed[0]), other.scene.state(pushed[1])] == ["ADMITTED"] * 2


def test_turns_have_an_end() -> None:
    clock = ManualClock()
    early, last = Turn(clock, 0), Turn(clock, TURNS - 1)
    early.told("sha256:x")
    clock.advance(SECONDS)
    with pytest.raises(TurnIsOver):
        early.told("sha256:x")
    with pytest.raises(CouldNotBeExamined, match="more than 60 minutes"):
        last.told("sha256:x")
