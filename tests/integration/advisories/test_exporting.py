"""The current revision as OSV exports its database: once for each revision, whole, and what is old goes."""

import json
import zipfile
from pathlib import Path

import pytest
from tests.osv import RECORDS, SUMMER, import_records, record

from pratique.advisories import Revisions
from pratique.advisories.exporting import FOLDER, KEPT, Exported
from pratique.errors import Unavailable


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return import_records(tmp_path / "data")


@pytest.fixture
def exported(data: Path) -> Exported:
    return Exported(Revisions(data / "advisories"), data / "exported")


def records(place: Path, ecosystem: str) -> dict[str, object]:
    with zipfile.ZipFile(place / FOLDER / ecosystem / "all.zip") as archive:
        assert archive.testzip() is None
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_records_are_as_they_were_published(exported: Exported) -> None:
    place = exported()
    for ecosystem, said in RECORDS.items():
        assert records(place, ecosystem) == {f"{one['id']}.json": one for one in said}


def test_what_nothing_is_known_of_has_an_archive_too(exported: Exported) -> None:
    place = exported()
    for ecosystem in ("Alpine", "Maven", "Linux", "npm", "crates.io"):
        assert records(place, ecosystem) == {}


def test_a_revision_is_exported_once(exported: Exported) -> None:
    place = exported()
    before = (place / FOLDER / "PyPI" / "all.zip").stat()
    assert exported() == place
    assert (place / FOLDER / "PyPI" / "all.zip").stat() == before


def test_withdrawn_records_are_left_out_and_the_newest_of_one_id_counts(tmp_path: Path) -> None:
    gone = record("PYSEC-1", "PyPI", "a", withdrawn="2026-07-02T00:00:00Z")
    older = record("PYSEC-2", "PyPI", "a")
    newer = {**record("PYSEC-2", "PyPI", "b"), "modified": "2026-07-09T00:00:00Z"}
    data = import_records(tmp_path, SUMMER, {"PyPI": [gone, older], "others": [newer]})
    place = Exported(Revisions(data / "advisories"), data / "exported")()
    assert records(place, "PyPI") == {"PYSEC-2.json": newer}


def test_old_exports_and_what_was_left_unfinished_go(data: Path, tmp_path: Path, exported: Exported) -> None:
    (data / "exported" / "making-x").mkdir(parents=True)
    places = [exported()]
    for number in range(3):
        more = {f"more{number}": [record(f"GHSA-{number}", "PyPI", "x")]}
        import_records(data, SUMMER, more, tmp_path / f"given{number}")
        places.append(exported())
    assert len(set(places)) == 4
    kept = {each for each in (data / "exported").iterdir() if each.is_dir()}
    assert kept == set(places[-KEPT:])


def test_before_the_first_import_all_archives_are_empty(tmp_path: Path) -> None:
    place = Exported(Revisions(tmp_path / "advisories"), tmp_path / "exported")()
    assert records(place, "PyPI") == {}


def test_a_name_of_an_ecosystem_leads_nowhere_else(tmp_path: Path) -> None:
    data = import_records(tmp_path, SUMMER, {"odd": [record("ODD-1", "../../x", "a")]})
    place = Exported(Revisions(data / "advisories"), data / "exported")()
    assert not (place.parent / "x").exists()
    assert ".." not in {each.name for each in (place / FOLDER).iterdir()}


def test_a_disk_that_refuses_is_said(data: Path) -> None:
    (data / "file").touch()
    with pytest.raises(Unavailable, match="can't be exported"):
        Exported(Revisions(data / "advisories"), data / "file")()
