"""Long CVE allowlists are read once for each version, and a change counts at once, whoever has made it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.counting import counted_statements
from tests.databases import Place

from pratique.clock import Moment
from pratique.db import Database, Tx, open_database
from pratique.packages import Severity
from pratique.policy import Policy, Tolerance
from pratique.policy.canonical import policy_digest
from pratique.projects import Admission, Allowlist, Project, Tolerances
from pratique.projects.store import allowlists
from pratique.projects.values import SYSTEM_LIST

MANY = tuple(f"CVE-2026-{number}" for number in range(5_000))
CHANGE = """
import sys
from pathlib import Path
from pratique.clock import Moment
from pratique.db import open_database
from pratique.projects import Allowlist
from pratique.projects.store import allowlists
database = open_database(sys.argv[1], Path(sys.argv[2]))
database.write(lambda tx: allowlists.put(tx, Allowlist(0, ("CVE-ELSEWHERE",)), Moment(1)))
database.close()
"""


@pytest.fixture
def open_place(place: Place) -> Iterator[Database]:
    database = open_database(place.url, place.directory)
    database.create_schema()
    yield database
    database.close()


def project(**metadata: str) -> Project:
    said = {"prevent_vul": "true", "severity": "high", **metadata}
    return Project(7, "shop", False, Admission.OPEN, "ann", 1, Moment(1), Moment(1), said)


def write(database: Database, *ids: str, at: int = 1) -> None:
    database.write(lambda tx: allowlists.put(tx, Allowlist(SYSTEM_LIST, ids), Moment(at)))


def ids(tolerance: Tolerance | None) -> tuple[str, ...]:
    assert tolerance is not None
    return tuple(entry.id for entry in tolerance.allowed)


def ask(database: Database, tolerances: Tolerances, of: Project) -> Tolerance | None:
    with database.read() as tx:
        return tolerances.of(tx, of)


def test_a_list_is_read_once(open_place: Database) -> None:
    write(open_place, *MANY)
    tolerances, shop = Tolerances(Severity.HIGH), project()
    with counted_statements() as statements:
        found = [ask(open_place, tolerances, shop) for _ in range(20)]
    assert ids(found[0]) == MANY
    assert all(one is found[0] for one in found)
    assert statements.naming("cve_allowlist.ids") == 1
    assert statements.count <= 21


def test_a_change_counts_at_once_though_the_clock_stands(open_place: Database) -> None:
    tolerances, shop = Tolerances(Severity.HIGH), project()
    assert ids(ask(open_place, tolerances, shop)) == ()
    for names in (("CVE-1",), ("CVE-2",), (), ("CVE-1",)):
        write(open_place, *names)
        assert ids(ask(open_place, tolerances, shop)) == names
    stricter = ask(open_place, tolerances, project(severity="low"))
    assert stricter is not None
    assert stricter.severity is Severity.LOW
    assert ids(ask(open_place, tolerances, project(reuse_sys_cve_allowlist="false"))) == ()


def test_a_change_by_another_process_counts_at_once(open_place: Database, place: Place) -> None:
    write(open_place, *MANY, at=1_000)
    tolerances, shop = Tolerances(Severity.HIGH), project()
    assert ids(ask(open_place, tolerances, shop)) == MANY
    subprocess.run([sys.executable, "-c", CHANGE, place.url, str(place.directory)], check=True)
    assert ids(ask(open_place, tolerances, shop)) == ("CVE-ELSEWHERE",)


class Undone(Exception):
    """The transaction is rolled back."""


def test_what_was_never_committed_is_not_remembered(open_place: Database) -> None:
    tolerances, shop = Tolerances(Severity.HIGH), project()

    def work(tx: Tx) -> None:
        allowlists.put(tx, Allowlist(SYSTEM_LIST, ("CVE-NEVER",)), Moment(5))
        assert ids(tolerances.of(tx, shop)) == ("CVE-NEVER",)
        raise Undone

    with pytest.raises(Undone):
        open_place.write(work)
    write(open_place, "CVE-1", at=5)
    assert ids(ask(open_place, tolerances, shop)) == ("CVE-1",)


def test_one_that_was_deleted_accepts_nothing(open_place: Database) -> None:
    own = project(reuse_sys_cve_allowlist="false")
    tolerances = Tolerances(Severity.HIGH)
    for names in (("CVE-1",), ("CVE-2",)):
        listed = Allowlist(own.id, names)
        open_place.write(lambda tx, listed=listed: allowlists.put(tx, listed, Moment(1)))  # type: ignore[misc]  # bound now
        assert ids(ask(open_place, tolerances, own)) == names
        open_place.write(lambda tx: allowlists.remove(tx, own.id))
        assert ids(ask(open_place, tolerances, own)) == ()


def test_a_policy_is_hashed_as_before(open_place: Database) -> None:
    """The list's part is written once; the digest is that of the whole document."""
    write(open_place, "CVE-1", "CVE-2")
    found = ask(open_place, Tolerances(Severity.HIGH), project())
    policy = Policy("open", 3, frozenset({"cosign"}), found)
    assert (
        policy_digest(policy, ()) == "sha256:f310a45f7fca5019dc468a18afd617e24116732dfcf7d58a2e5b86e3a5a05296"
    )
    assert found is not None
    assert policy_digest(replace(policy, tolerance=replace(found)), ()) == policy_digest(policy, ())
