"""Imports into a revision: complete states, single records, what shrinks, what stays when something is wrong."""

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.advising import PUBLISHED, Desk, record

from pratique.advisories import Answers, Importer, UnknownSupply, supplies
from pratique.advisories.record import RecordInvalid
from pratique.advisories.revisions import KEPT
from pratique.errors import Conflict
from pratique.packages import component_of

needs_data = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published advisories are not here")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_nothing_is_known_before_the_first_import(desk: Desk) -> None:
    assert desk.ids("pkg:pypi/package-1@1.0") == []
    assert desk.revisions.number == 0


def test_an_archive_is_the_state_of_the_source_that_its_folder_names(desk: Desk) -> None:
    outcome = desk.take(desk.zip("PyPI", record(1), record(2)))
    assert (outcome.source, outcome.added) == ("PyPI", 2)
    assert desk.ids("pkg:pypi/Package.1@1.0") == ["PYSEC-2026-1"]
    assert desk.ids("pkg:pypi/package-1@2.0") == []


def test_what_has_not_changed_is_told_by_the_archive_and_by_each_record(desk: Desk) -> None:
    many = [record(number) for number in range(1, 41)]
    desk.take(desk.zip("PyPI", *many))
    desk.clock.advance(seconds=60)
    again = desk.take(desk.folder / "PyPI" / "all.zip")
    assert (again.unchanged, again.added, again.changed) == (40, 0, 0)
    changed = desk.take(desk.zip("PyPI", record(1, fixed="3.0"), *many[1:], record(99)))
    assert (changed.unchanged, changed.changed, changed.added, changed.removed) == (39, 1, 1, 0)
    assert desk.ids("pkg:pypi/package-1@2.5") == ["PYSEC-2026-1"]


def test_what_an_archive_no_longer_has_is_gone(desk: Desk) -> None:
    many = [record(number) for number in range(1, 41)]
    desk.take(desk.zip("PyPI", *many))
    assert desk.take(desk.zip("PyPI", *many[1:])).removed == 1
    assert desk.ids("pkg:pypi/package-1@1.0") == []


def test_a_withdrawn_record_says_nothing(desk: Desk) -> None:
    many = [record(number) for number in range(1, 41)]
    desk.take(desk.zip("PyPI", *many))
    outcome = desk.take(desk.zip("PyPI", record(1, withdrawn="2026-02-01T00:00:00Z"), *many[1:]))
    assert outcome.withdrawn == 1
    assert desk.ids("pkg:pypi/package-1@1.0") == []


def test_a_single_record_is_added_or_replaced(desk: Desk) -> None:
    desk.take(desk.zip("PyPI", record(1), record(2)))
    single = desk.folder / "one.json"
    single.write_text(json.dumps(record(1, fixed="9")))
    assert desk.take(single, "PyPI").changed == 1
    assert desk.ids("pkg:pypi/package-1@5") == ["PYSEC-2026-1"]
    assert desk.ids("pkg:pypi/package-2@1") == ["PYSEC-2026-2"]


def test_what_a_source_may_not_say_is_refused_and_counted(desk: Desk) -> None:
    stranger = record(1, id="DSA-1-1")
    outcome = desk.take(desk.zip("PyPI", stranger, record(2)))
    assert (outcome.added, dict(outcome.refused)) == (1, {"id of another source": 1})
    with closing(Answers(desk.revisions)) as answers:
        (source,) = answers.status()["sources"]
    assert source["refused"] == {"id of another source": 1}


def test_one_bad_record_changes_nothing(desk: Desk) -> None:
    desk.take(desk.zip("PyPI", record(1)))
    path = desk.folder / "PyPI" / "all.zip"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("bad.json", b"{")
    with pytest.raises(RecordInvalid, match=r"bad\.json"):
        desk.take(path)
    assert desk.revisions.number == 1
    assert not list(path.parent.parent.glob("data/advisories/draft*"))


def test_a_torn_archive_changes_nothing(desk: Desk) -> None:
    path = desk.zip("PyPI", *[record(number) for number in range(50)])
    content = path.read_bytes()
    damaged = bytearray(content)
    damaged[60] ^= 0xFF
    path.write_bytes(bytes(damaged))
    with pytest.raises(RecordInvalid):
        desk.take(path)
    assert desk.revisions.number == 0


def test_only_one_import_at_a_time(desk: Desk) -> None:
    path = desk.zip("PyPI", record(1))
    with desk.revisions.next(), pytest.raises(Conflict):
        desk.take(path)


def test_a_reader_keeps_the_revision_that_it_opened(desk: Desk) -> None:
    desk.take(desk.zip("PyPI", record(1)))
    component = component_of("pkg:pypi/package-1@1.0")
    assert component is not None
    with closing(Answers(desk.revisions)) as before:
        for number in range(KEPT + 2):
            desk.take(desk.zip("PyPI", record(1), *[record(more) for more in range(2, 3 + number)]))
        assert [answer.id for answer in before.about(component)] == ["PYSEC-2026-1"]
    files = list((desk.folder / "data" / "advisories").glob("revision-*.sqlite"))
    assert len(files) == KEPT


def test_kev_and_epss_are_told_by_what_they_are(desk: Desk) -> None:
    kev = desk.folder / "known.json"
    entry = {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "knownRansomwareCampaignUse": "Known"}
    kev.write_text(json.dumps({"catalogVersion": "2026.01.01", "vulnerabilities": [entry]}))
    epss = desk.folder / "epss.csv"
    epss.write_text("#model_version:v2026\ncve,epss,percentile\nCVE-2021-44228,0.97,0.99\n")
    assert desk.take(kev).added == 1
    assert desk.take(epss).added == 1
    with closing(Answers(desk.revisions)) as answers:
        found = answers.status()
    assert (found["kev"], found["epss"]) == (1, 1)


@pytest.mark.parametrize("name", ["empty", "notes.md"])
def test_what_holds_nothing_is_said(desk: Desk, name: str) -> None:
    path = desk.folder / name
    if name == "empty":
        path.mkdir()
    else:
        path.write_text("no advisories")
    with pytest.raises(UnknownSupply):
        supplies(path)


def test_an_advisory_without_severity_has_that_of_its_alias(desk: Desk) -> None:
    scored = record(1, id="GHSA-1", database_specific={"severity": "HIGH"})
    scored["affected"][0]["package"]["name"] = "other"
    desk.take(desk.zip("PyPI", record(1), scored, record(2)))
    assert desk.severities("pkg:pypi/package-1@1.0") == ["high"]
    assert desk.severities("pkg:pypi/package-2@1.0") == ["unknown"]


def test_what_is_known_to_be_exploited_is_critical(desk: Desk) -> None:
    desk.take(desk.zip("PyPI", record(1, database_specific={"severity": "LOW"})))
    assert desk.severities("pkg:pypi/package-1@1.0") == ["low"]
    kev = desk.folder / "known.json"
    entry = {"cveID": "CVE-2026-1", "dateAdded": "2026-01-10"}
    kev.write_text(json.dumps({"catalogVersion": "2026.01.11", "vulnerabilities": [entry]}))
    desk.take(kev)
    assert desk.severities("pkg:pypi/package-1@1.0") == ["critical"]


@needs_data
@pytest.mark.timeout(120)
def test_all_that_is_published(desk: Desk) -> None:
    outcomes = Importer(desk.revisions, desk.clock).take(supplies(PUBLISHED)).outcomes
    assert sum(outcome.added for outcome in outcomes if outcome.source != "kev") == 73_697
    assert not any(outcome.refused for outcome in outcomes)
    assert desk.ids("pkg:deb/debian/libcurl4@7.74.0-1.3?distro=debian-11&upstream=curl") == [
        "DSA-5197-1",
        "DSA-5330-1",
        "DSA-5365-1",
    ]
    assert desk.ids("pkg:deb/debian/curl@7.74.0-1.3?distro=debian-12") == []
    assert "RUSTSEC-2020-0071" in desk.ids("pkg:cargo/time@0.1.42")
    assert "GO-2023-1621" in desk.ids("pkg:golang/stdlib@go1.20.1")
