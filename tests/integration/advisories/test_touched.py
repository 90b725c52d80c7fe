"""Which packages an import touches: exactly those have to be judged again."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.advising import Desk, affected, catalogue, record

from pratique.advisories import Answers, Revisions, Taken, Touch, supplies

MANY = [record(number) for number in range(1, 41)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.say("PyPI", *MANY)
    return made


def again(desk: Desk) -> Taken:
    return desk.take_all("PyPI")


def told_by_file(desk: Desk) -> Touch:
    """As another process reads it, which did not import."""
    with closing(Answers(Revisions(desk.folder / "data" / "advisories"))) as answers:
        return answers.touched()


def test_the_file_says_it_to_whoever_comes_later(desk: Desk) -> None:
    assert told_by_file(desk) == Touch(None, frozenset({"PyPI"}))
    again(desk)
    assert told_by_file(desk) == Touch(frozenset(), frozenset())
    desk.zip("PyPI", *MANY, record(99))
    again(desk)
    assert told_by_file(desk) == Touch(frozenset({("PyPI", "package-99")}), frozenset())


def test_before_any_import_nothing_is_known_of_what_was_before(tmp_path: Path) -> None:
    assert told_by_file(Desk(tmp_path)).packages is None


def test_the_file_says_of_which_ecosystems_others_are_covered(desk: Desk) -> None:
    desk.say(
        "npm", record(1, id="GHSA-1", aliases=[], affected=[affected("npm", "left", {"introduced": "0"})])
    )
    assert told_by_file(desk) == Touch(frozenset({("npm", "left")}), frozenset({"npm"}))
    desk.zip("npm")
    desk.importer.take(supplies(desk.folder / "npm"), allow_shrink=True)
    assert told_by_file(desk).families == frozenset({"npm"})


def test_of_a_first_import_everything(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.zip("PyPI", *MANY)
    taken = again(desk)
    assert (taken.revision, taken.touched) == (1, None)


def test_of_the_same_again_nothing(desk: Desk) -> None:
    assert again(desk).touched == frozenset()


def test_what_is_new_changed_withdrawn_and_gone(desk: Desk) -> None:
    renamed = record(1, affected=[affected("PyPI", "renamed", {"introduced": "0"})])
    desk.zip("PyPI", renamed, record(2, withdrawn="2026-02-01T00:00:00Z"), *MANY[3:], record(99))
    taken = desk.importer.take(supplies(desk.folder / "PyPI"), allow_shrink=True)
    assert taken.revision == 2
    names = ("package-1", "renamed", "package-2", "package-3", "package-99")
    assert taken.touched == frozenset(("PyPI", name) for name in names)


def test_what_has_its_severity_from_a_record_that_changed(desk: Desk) -> None:
    scored = record(1, id="GHSA-1", database_specific={"severity": "HIGH"}, aliases=["PYSEC-2026-1"])
    scored["affected"] = [affected("npm", "other", {"introduced": "0"})]
    desk.zip("npm", scored)
    assert desk.severities("pkg:pypi/package-1@1") == ["unknown"]
    taken = desk.take_all("npm")
    assert taken.touched == frozenset((("npm", "other"), ("PyPI", "package-1")))
    assert desk.severities("pkg:pypi/package-1@1") == ["high"]


def test_what_is_exploited_now_or_no_more(desk: Desk) -> None:
    (desk.folder / "kev").mkdir()
    for cves, touched in ((["CVE-2026-1"], {1}), (["CVE-2026-1", "CVE-2026-2"], {2}), (["CVE-2026-2"], {1})):
        (desk.folder / "kev" / "kev.json").write_text(json.dumps(catalogue(*cves)))
        taken = desk.importer.take(supplies(desk.folder / "kev"), allow_shrink=True)
        assert taken.touched == frozenset(("PyPI", f"package-{number}") for number in touched)
