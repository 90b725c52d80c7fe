"""Sources that would say much less, or older things, are refused, with what is known of what that would let out."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.advising import Desk, catalogue, record

from pratique.advisories import Shrinks

MANY = [record(number) for number in range(1, 21)]
WITHDRAWN = "2026-02-01T00:00:00Z"


class Refusals:
    """Who remembers which artifacts are refused because of which records."""

    def __init__(self, **because: str) -> None:
        self._because = because

    def released_by(self, source: str, records: Sequence[str]) -> list[str]:
        assert source == "PyPI"
        return [name for name, record in self._because.items() if record in records]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("how", ["dropped", "withdrawn"])
def test_a_source_that_would_say_much_less_is_refused(desk: Desk, how: str) -> None:
    desk.say("PyPI", *MANY)
    less = MANY[2:]
    if how == "withdrawn":
        less = [record(number, withdrawn=WITHDRAWN) for number in (1, 2)] + MANY[2:]
    path = desk.zip("PyPI", *less)
    with pytest.raises(Shrinks, match="would lose 2 of its 20 advisories"):
        desk.take(path)
    assert desk.ids("pkg:pypi/package-1@1.0") == ["PYSEC-2026-1"]
    assert desk.revisions.number == 1
    desk.take(path, allow_shrink=True)
    assert desk.ids("pkg:pypi/package-1@1.0") == []


def test_a_source_does_not_go_back(desk: Desk) -> None:
    desk.take(desk.zip("PyPI", *[record(number) for number in range(21)], record(27)))
    older = desk.zip("PyPI", *[record(number) for number in range(22)])
    with pytest.raises(Shrinks, match="is older than what is here"):
        desk.take(older)
    desk.take(older, allow_shrink=True)


def test_it_says_which_packages_it_is_about_and_that_it_knows_no_artifacts(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    with pytest.raises(Shrinks) as refused:
        desk.say("PyPI", *MANY[2:])
    assert refused.value.message == (
        "PyPI would lose 2 of its 20 advisories (10%), which speak of 2 packages (PyPI package-1, PyPI package-2); "
        "which artifacts that would release is not known here: nothing was imported; if that is right, "
        "import it with --allow-shrink"
    )
    assert refused.value.detail == {
        "source": "PyPI",
        "of": 20,
        "records": ["PYSEC-2026-1", "PYSEC-2026-2"],
        "packages": ["PyPI package-1", "PyPI package-2"],
        "artifacts": None,
    }


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ({}, "it would release no artifact"),
        ({"app": "PYSEC-2026-9"}, "it would release no artifact"),
        ({"app": "PYSEC-2026-1"}, r"it would release 1 artifact \(app\)"),
        (
            dict.fromkeys("abcdefg", "PYSEC-2026-1"),
            r"it would release 7 artifacts \(a, b, c, d, e, …\)",
        ),
    ],
)
def test_who_knows_what_is_refused_says_what_it_would_release(
    tmp_path: Path, because: dict[str, str], said: str
) -> None:
    desk = Desk(tmp_path, Refusals(**because))
    desk.say("PyPI", *MANY)
    with pytest.raises(Shrinks, match=said) as refused:
        desk.say("PyPI", *MANY[2:])
    assert refused.value.detail["artifacts"] == [
        name for name, record in because.items() if record == "PYSEC-2026-1"
    ]


def test_the_catalogue_of_what_is_exploited_must_not_shrink_either(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    cves = [f"CVE-2026-{number}" for number in range(1, 21)]
    desk.take(desk.file("kev.json", catalogue(*cves)))
    assert desk.take(desk.file("kev.json", catalogue(*cves[1:]))).removed == 1
    less = desk.file("kev.json", catalogue(*cves[3:]))
    with pytest.raises(
        Shrinks, match=r"kev would lose 2 of its 19 .* 2 packages \(PyPI package-2, PyPI package-3\)"
    ):
        desk.take(less)
    older = {**catalogue(*cves[1:])}
    older["vulnerabilities"] = [{**entry, "dateAdded": "2025-12-31"} for entry in older["vulnerabilities"]]
    with pytest.raises(Shrinks, match="is older than what is here"):
        desk.take(desk.file("older.json", older))
    assert desk.take(less, allow_shrink=True).removed == 2


def test_one_in_twenty_may_go(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    assert desk.say("PyPI", *MANY[1:]).removed == 1


def test_what_was_withdrawn_before_is_no_loss(desk: Desk) -> None:
    withdrawn = [record(number, withdrawn=WITHDRAWN) for number in range(1, 6)]
    desk.say("PyPI", *withdrawn, *MANY[5:])
    assert desk.say("PyPI", *MANY[5:]).removed == 0


def test_what_speaks_again_is_no_loss(desk: Desk) -> None:
    desk.say("PyPI", *MANY[:18], *[record(number, withdrawn=WITHDRAWN) for number in (19, 20)])
    assert desk.say("PyPI", *MANY).changed == 2
    assert desk.ids("pkg:pypi/package-19@1") == ["PYSEC-2026-19"]


def test_a_single_record_that_withdraws_much_is_refused_too(desk: Desk) -> None:
    desk.say("PyPI", *MANY[:5])
    single = desk.file("one.json", record(1, withdrawn=WITHDRAWN))
    with pytest.raises(Shrinks, match="would lose 1 of its 5 advisories"):
        desk.take(single, "PyPI")


def test_one_source_that_shrinks_stops_the_others_of_its_call(desk: Desk) -> None:
    desk.say("PyPI", *MANY)
    desk.zip("PyPI", *MANY[10:])
    desk.zip("npm", record(1, id="GHSA-1", affected=[]))
    with pytest.raises(Shrinks):
        desk.take_all("npm", "PyPI")
    assert [holding.source for holding in desk.holdings()] == ["PyPI"]
    assert desk.revisions.number == 1
