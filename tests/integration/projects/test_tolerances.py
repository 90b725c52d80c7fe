"""What the judge is told of a project's tolerance: nothing where it does not ask, else whose list counts."""

from tests.integration.projects.conftest import Room

from pratique.clock import SECOND, Moment
from pratique.db import Tx
from pratique.packages import Severity
from pratique.policy import Allowed, Tolerance
from pratique.projects import Allowlist, Tolerances
from pratique.projects.store import allowlists, projects
from pratique.projects.values import SYSTEM_LIST

EXPIRY = Moment(1_900_000_000 * SECOND)


def tolerance(room: Room, name: str, **texts: str) -> Tolerance | None:
    """What a project with these stored texts accepts."""

    def store(tx: Tx) -> None:
        project = projects.by_name(tx, name)
        assert project is not None
        projects.put_metadata(tx, project.id, texts)

    room.do(store)
    project = room.ask(room.projects.by_name, name)
    assert project is not None
    return room.ask(Tolerances(Severity.MEDIUM).of, project)


def test_a_project_that_prevents_nothing_asks_for_nothing(room: Room) -> None:
    room.make("shop", severity="low")
    assert tolerance(room, "shop") is None
    assert tolerance(room, "shop", prevent_vul="false") is None


def test_without_a_severity_everything_counts(room: Room) -> None:
    room.make("shop")
    assert tolerance(room, "shop", prevent_vul="true") == Tolerance(Severity.NONE, Severity.MEDIUM)


def test_the_systems_list_counts_until_the_project_keeps_its_own(room: Room) -> None:
    shop = room.make("shop", severity="high")
    room.do(allowlists.put, Allowlist(SYSTEM_LIST, ("CVE-2026-1",)), Moment(1))
    room.do(allowlists.put, Allowlist(shop.id, ("CVE-2026-2", "GHSA-1"), EXPIRY), Moment(1))
    everywhere = tolerance(room, "shop", prevent_vul="true")
    assert everywhere == Tolerance(Severity.HIGH, Severity.MEDIUM, (Allowed("CVE-2026-1"),))
    assert tolerance(room, "shop", reuse_sys_cve_allowlist="true") == everywhere
    own = tolerance(room, "shop", reuse_sys_cve_allowlist="false", allow_unexamined="true")
    entries = (Allowed("CVE-2026-2", EXPIRY), Allowed("GHSA-1", EXPIRY))
    assert own == Tolerance(Severity.HIGH, Severity.MEDIUM, entries, allow_unexamined=True)
