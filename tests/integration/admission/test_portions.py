"""What images have in common is looked into once, and what is remembered is never older than what would be read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.houses import Furnished
from tests.images import file, image
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel

from pratique.admission.known import Memory
from pratique.admission.portions import Inside, Portions
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.bootstrap.following import following_of
from pratique.inventory.recording import Outline, Recording
from pratique.oci.digest import digest_of
from pratique.projects import read_allowlist


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    found.prevent()
    follow(found)
    return found


@pytest.fixture
def remembering(home: Furnished) -> Portions:
    return Portions(Recording(), Findings(revisions_of(home.house.settings)), Memory())


def follow(port: Port) -> None:
    """Match and judge as the newest import says."""
    house = port.scene.home.house
    following = following_of(house)
    following.follow({"revision": revisions_of(house.settings).number})
    following.judge_due({})


def inside(port: Port, content: bytes, portions: Portions) -> Sequence[Inside]:
    recording = Recording()
    with port.scene.home.house.stores.database.read() as tx:
        outline = recording.outline_of(tx, digest_of(content))
        assert isinstance(outline, Outline)
        return portions.of_shares(tx, outline.shares)


def shipped(port: Port, *names: str, more: str = "") -> bytes:
    """An image of a layer with packages, below one that has none."""
    content = port.push(image([wheel(name) for name in names], [file("etc/motd", more)]), f"of-{more}")
    port.scene.home.work()
    follow(port)
    return content


def test_images_with_the_same_layer_are_looked_into_once(port: Port, remembering: Portions) -> None:
    name = f"package-{next(PACKAGES)}"
    one, other = shipped(port, name, more="one"), shipped(port, name, more="other")
    (first,), (second,) = inside(port, one, remembering), inside(port, other, remembering)
    assert first is second


def test_an_import_is_seen_before_it_is_followed_and_afterwards(port: Port, remembering: Portions) -> None:
    name = f"package-{next(PACKAGES)}"
    content = shipped(port, name)
    assert inside(port, content, remembering)[0].portion.findings == ()
    identifier = f"2026-{next(PACKAGES)}"
    port.advise(advisory(name, identifier))
    for _ in range(2):
        (finding,) = inside(port, content, remembering)[0].portion.findings
        assert finding.id == f"PYSEC-{identifier}"
        follow(port)


def follow_another(port: Port, name: str) -> None:
    """As another worker does, up to the judging."""
    house = port.scene.home.house
    port.advise(advisory(name, f"2026-{next(PACKAGES)}"))
    following_of(house).follow({"revision": revisions_of(house.settings).number})


Act = Callable[[Port, str], object]


@pytest.mark.parametrize(
    "narrow",
    [
        pytest.param(lambda port, _: port.set({"severity": "medium"}), id="a lower severity"),
        pytest.param(lambda port, _: port.set({"severity": "low"}), id="and a lower one"),
        pytest.param(
            lambda port, name: port.advise(advisory(name, f"2026-{next(PACKAGES)}", severity="HIGH")),
            id="an import that nobody has followed",
        ),
        pytest.param(follow_another, id="an import that was followed"),
    ],
)
def test_what_narrows_after_preparing_counts(
    port: Port, monkeypatch: pytest.MonkeyPatch, narrow: Act
) -> None:
    """Judging begins outside of the transaction that writes the verdict: whatever comes in between is seen."""
    name = f"package-{next(PACKAGES)}"
    port.advise(advisory(name, f"2026-{next(PACKAGES)}", severity="MODERATE"))
    content = shipped(port, name)
    assert port.scene.state(content) == "ADMITTED"
    _in_between(port, monkeypatch, lambda: narrow(port, name))
    port.scene.home.house.court.digests.judge([digest_of(content)])
    assert port.scene.state(content) == "QUARANTINED"
    assert "VULNERABLE" in port.scene.codes(content)


def test_an_entry_that_is_taken_back_after_preparing_counts(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = next(PACKAGES)
    port.set({"reuse_sys_cve_allowlist": "false"})
    port.advise(advisory(f"package-{number}", f"2026-{number}"))
    _allow(port, f"CVE-2026-{number}")
    content = shipped(port, f"package-{number}")
    assert port.scene.state(content) == "ADMITTED"
    _in_between(port, monkeypatch, lambda: _allow(port))
    port.scene.home.house.court.digests.judge([digest_of(content)])
    assert port.scene.state(content) == "QUARANTINED"


def _in_between(port: Port, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once, after what takes long was prepared and before the transaction."""
    examined = port.scene.home.house.court.examined
    prepare, left = examined.prepare, [act]

    def prepare_then(*args: Any) -> None:
        prepare(*args)
        if left:
            left.pop()()

    monkeypatch.setattr(examined, "prepare", prepare_then)


def _allow(port: Port, *names: str) -> None:
    home, number = port.scene.home, port.scene.project.id
    projects, listed = home.house.departments.projects, read_allowlist(names, None)
    port.scene.change(lambda tx: projects.update(tx, home.admin, projects.get(tx, number), {}, listed))
