"""gate.md 1, "Dates narrow too", of contents: an allowlist that ends (harbor#18078), advisories that grow too old."""

from pathlib import Path

import pytest
from tests.houses import Furnished
from tests.images import file
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel

from pratique.clock import DAY, HOUR, SECOND, Moment
from pratique.projects import read_allowlist


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    """A project with `admission: open`, and a source that speaks of one package."""
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    return found


def accept(port: Port, identifier: str, until: Moment) -> None:
    """On the project's own allowlist, until a moment (whole seconds)."""
    home, number = port.scene.home, port.scene.project.id
    projects, listed = home.house.departments.projects, read_allowlist([identifier], until // SECOND)
    port.scene.change(lambda tx: projects.update(tx, home.admin, projects.get(tx, number), {}, listed))


def test_an_allowlist_that_ends_accepts_nothing_from_then_on_with_no_job_run(port: Port) -> None:
    number, clock = next(PACKAGES), port.scene.home.clock
    port.advise(advisory(f"package-{number}", f"2026-{number}"))
    port.prevent(reuse_sys_cve_allowlist="false")
    pushed = port.push([wheel(f"package-{number}")])
    ends = Moment((clock.now() + HOUR) // SECOND * SECOND)
    accept(port, f"CVE-2026-{number}", ends)
    port.scene.home.work()
    assert port.scene.opinion(pushed).valid_until == ends
    clock.advance((ends - clock.now()) / SECOND - 1)
    puller = port.scene.home.house.warehouse.puller
    kept = puller.manifest(port.scene.repository, "1.0", port.scene.guest)
    assert kept.passage.until == ends, "no longer is it kept warm"
    clock.advance(1)
    assert not port.scene.is_let_out(pushed)
    assert not port.scene.is_let_out("1.0")
    port.scene.home.work()
    assert port.scene.codes(pushed) == ["VULNERABLE"]


def test_advisories_that_grow_too_old_cover_nothing_from_then_on_with_no_job_run(port: Port) -> None:
    clock = port.scene.home.clock
    imported = clock.now()
    port.prevent()
    # Whatever others brought in the meantime: one wheel of its own, which nobody examined before.
    pushed = port.push([wheel(f"harmless-{next(PACKAGES)}"), file("etc/motd", "dated")])
    port.scene.home.work()
    assert port.scene.is_let_out(pushed)
    ends = port.scene.opinion(pushed).valid_until
    assert ends is not None
    assert imported < ends <= imported + 30 * DAY + 1
    clock.advance((ends - clock.now()) / SECOND)
    assert not port.scene.is_let_out(pushed)
    assert not port.scene.is_let_out("1.0")
