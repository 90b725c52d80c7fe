"""Images that hold more than anybody looks at: they are refused for it, and keep nobody else waiting."""

from pathlib import Path

import pytest
from tests.houses import Furnished
from tests.images import file
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory

from pratique.admission import portions, report


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
