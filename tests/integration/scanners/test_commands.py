"""Scanners that are programs of this machine: among the others, run on what lies in storage, heard, stopped, ended."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.advising import record
from tests.contained import examined, informed, packages
from tests.databases import Place
from tests.integration.http.api.conftest import artifact_path
from tests.integration.scanners.conftest import REPOSITORY, Harbour
from tests.programs import VERSION, contents, results, saying, script
from tests.waiting import eventually

from pratique.oci.digest import digest_of
from pratique.scanners import Capability, Target
from pratique.scanners.commands.kinds import COMMANDS, Kind
from pratique.scanners.store.tables import foreign_scan
from pratique.settings import SettingsInvalid, load

OSV = COMMANDS[Kind.OSV_SCANNER].described.registration
SYFT = COMMANDS[Kind.SYFT].described.registration
CLEAN = packages("package_7==1.0")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    for name in ("osv-scanner", "syft"):
        script(folder / name, "exit 127")
    return folder


@pytest.fixture
def settings(programs: Path) -> dict[str, Any]:
    return {"scanners": {"osv_scanner": f"{programs}/osv-scanner", "syft": f"{programs}/syft"}}


@pytest.fixture
def harbour(place: Place, make_harbour: Callable[..., Harbour], settings: dict[str, Any]) -> Harbour:
    """With both programs, over each kind of database."""
    made = make_harbour(place, **settings)
    made.work()
    return made


@pytest.fixture
def sqlite_harbour(
    make_place: Callable[[str], Place], make_harbour: Callable[..., Harbour], settings: dict[str, Any]
) -> Harbour:
    made = make_harbour(make_place("sqlite"), **settings)
    made.work()
    return made


def verdict(harbour: Harbour, content: bytes) -> str:
    return str(harbour.api.get(artifact_path(REPOSITORY, digest_of(content), "/verdict"))["state"])


def found(harbour: Harbour, content: bytes) -> list[str]:
    told = harbour.api.get(artifact_path(REPOSITORY, digest_of(content), "/additions/vulnerabilities"))
    return [each["id"] for each in next(iter(told.values()))["vulnerabilities"]]


def problem(harbour: Harbour, content: bytes) -> str:
    """Of a scan that has failed."""
    assert harbour.overview(content)["scan_status"] == "Error"
    told = harbour.api.get(artifact_path(REPOSITORY, digest_of(content), "/additions/vulnerabilities"))
    return str(next(iter(told.values()))["errors"])


def test_programs_that_the_settings_name_are_among_the_scanners(harbour: Harbour) -> None:
    ours, osv, syft = harbour.api.get("/scanners")
    assert ours["is_default"] is True
    assert (osv["uuid"], osv["name"], osv["url"]) == (
        OSV.id,
        "osv-scanner",
        "urn:pratique:command:osv-scanner",
    )
    assert (syft["uuid"], syft["name"], syft["disabled"]) == (SYFT.id, "Syft", False)
    told = harbour.api.get(f"/scanners/{OSV.id}/metadata")
    assert told["scanner"] == {"name": "osv-scanner", "vendor": "Google", "version": VERSION}
    told = harbour.api.get(f"/scanners/{SYFT.id}/metadata")
    assert [one["type"] for one in told["capabilities"]] == ["vulnerability", "sbom"]
    harbour.work()
    assert len(harbour.api.get("/scanners")) == 3


def test_they_are_chosen_and_disabled_as_others_and_lead_nowhere_else(sqlite_harbour: Harbour) -> None:
    api = sqlite_harbour.api
    path, body = f"/scanners/{OSV.id}", {"name": "osv", "url": OSV.url, "disabled": True}
    api.do("PUT", path, body)
    sqlite_harbour.work()
    assert (api.get(path)["name"], api.get(path)["disabled"]) == ("osv", True)
    elsewhere = {"name": "osv", "url": "https://scanner.example"}
    with_secret = {"name": "osv", "url": OSV.url, "auth": "Bearer", "access_credential": "x"}
    for wrong in (elsewhere, with_secret):
        assert api.ask("PUT", path, wrong).status_code == 400
    for address in (OSV.url, "urn:pratique:command:sh"):
        assert api.ask("POST", "/scanners", {"name": "mine", "url": address}).status_code == 400
        assert api.ask("POST", "/scanners/ping", {"name": "mine", "url": address}).status_code == 400
    api.do("PATCH", f"/scanners/{SYFT.id}", {"is_default": True})
    sqlite_harbour.api.rooms.project("another")
    assert api.get("/projects/another/scanner")["uuid"] == SYFT.id


def test_who_has_taken_its_name_keeps_it(
    make_place: Callable[[str], Place], make_harbour: Callable[..., Harbour], settings: dict[str, Any]
) -> None:
    place = make_place("sqlite")
    before = make_harbour(place)
    before.register(name="Syft")
    after = make_harbour(place, **settings)
    after.work()
    names = [one["name"] for one in after.api.get("/scanners")]
    assert names == ["Pratique", "Syft", "osv-scanner", f"Syft ({SYFT.id})"]


def test_what_is_pushed_is_scanned_and_what_is_found_beside_ours_refuses(
    harbour: Harbour, programs: Path
) -> None:
    script(programs / "osv-scanner", saying(results(("OSV-1", "package_9", "9.0")), code=1))
    harbour.shop(auto_scan=True, prevent_vul="true", severity="high")
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.work()
    assert verdict(harbour, app) == "QUARANTINED"
    assert harbour.overview(app)["scan_status"] == "Success"
    assert found(harbour, app) == ["OSV-1"]
    path = artifact_path(REPOSITORY, digest_of(app), "/disagreements")
    (one,) = harbour.api.get(path)
    assert (one["id"], one["sources"]["Pratique"]) == ("OSV-1", None)
    script(programs / "osv-scanner", saying(results()))
    harbour.scan(app)
    harbour.work()
    assert verdict(harbour, app) == "ADMITTED"


def test_it_gets_the_image_and_the_advisories_in_a_folder_that_goes(
    sqlite_harbour: Harbour, programs: Path
) -> None:
    harbour = sqlite_harbour
    script(
        programs / "osv-scanner",
        'cd "$OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY/osv-scalibr/PyPI" && ls >&2;'
        ' for last; do :; done; tar tf "$last" >&2; exit 9',
    )
    harbour.shop()
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)
    harbour.work()
    manifest, said = json.loads(app), problem(harbour, app)
    for digest in (manifest["config"]["digest"], manifest["layers"][0]["digest"]):
        assert digest.partition(":")[2] in said
    assert "osv-scanner ended with 9" in said
    assert "all.zip" in said
    scanning = Path(harbour.api.rooms.house.settings.storage.directory) / "scanning"
    assert [each.name for each in scanning.iterdir()] == ["lock"]


def test_an_image_layout_holds_links_that_nobody_can_write_to(
    sqlite_harbour: Harbour, programs: Path
) -> None:
    harbour = sqlite_harbour
    script(
        programs / "syft",
        "cd ../given/layout/blobs/sha256 && for one in *; do stat -c '%h %n' $one >&2; "
        "(echo x >> $one) 2>/dev/null && echo written >&2; done; exit 9",
    )
    harbour.shop()
    harbour.choose(SYFT.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)
    harbour.work()
    said = problem(harbour, app)
    assert "Syft ended with 9" in said
    layer = json.loads(app)["layers"][0]["digest"].partition(":")[2]
    assert f"2 {layer}" in said
    assert f"1 {digest_of(app).partition(':')[2]}" in said
    assert "written" not in said


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("echo no such thing >&2; exit 127", "ended with 127: no such thing"),
        ("kill -9 $$", "was killed"),
        ("exit 0", "read"),
        ("echo '<html>'", "read"),
        (saying({"other": []}), "read"),
        (saying(results(("", "a", "1"))), "read"),
        ("head -c 70000000 /dev/zero", "says more than"),
        (f"echo 'could not load db for PyPI ecosystem: none' >&2; {saying(results())}", "not all advisories"),
        ("exit 2", "ended with 2: without a word"),
    ],
)
def test_failures_are_errors_of_the_scan_and_what_was_reported_stays(
    sqlite_harbour: Harbour, programs: Path, body: str, why: str
) -> None:
    harbour = sqlite_harbour
    script(programs / "osv-scanner", saying(results(("OSV-1", "package_9", "9.0")), code=1))
    harbour.shop(prevent_vul="true", severity="high")
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)
    harbour.work()
    script(programs / "osv-scanner", body)
    harbour.scan(app)
    harbour.work()
    assert why in problem(harbour, app)
    assert verdict(harbour, app) == "QUARANTINED"


def test_all_images_are_scanned_by_it_too(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    script(programs / "osv-scanner", saying(results(("OSV-1", "package_9", "9.0")), code=1))
    harbour.shop()
    harbour.choose(OSV.id)
    images = [harbour.api.rooms.image(REPOSITORY, seed, seed) for seed in ("one", "two")]
    for image in images:
        examined(harbour.api.rooms, image, CLEAN)
    harbour.api.do("POST", "/system/scanAll/schedule", {"schedule": {"type": "Manual"}})
    harbour.work(1)
    assert [found(harbour, image) for image in images] == [["OSV-1"], ["OSV-1"]]


def test_a_program_that_is_not_here_is_an_error(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    (programs / "osv-scanner").unlink()
    harbour.scan(app)
    harbour.work()
    assert "no program that can be run here" in problem(harbour, app)
    assert harbour.api.ask("GET", f"/scanners/{OSV.id}/metadata").status_code == 400


def test_a_layer_that_is_gone_is_an_error(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    script(programs / "osv-scanner", saying(results()))
    harbour.shop()
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.api.rooms.house.stores.blobs.delete(json.loads(app)["layers"][0]["digest"])
    harbour.scan(app)
    harbour.work()
    assert "a part of the image is not here" in problem(harbour, app)


def test_stopping_a_scan_ends_its_program(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    directory = Path(harbour.api.rooms.house.settings.storage.directory)
    script(programs / "osv-scanner", "echo $$ > me; sleep 600")
    harbour.shop()
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)
    worker = threading.Thread(target=harbour.work)
    worker.start()
    me = eventually(lambda: next((directory / "scanning").glob("scan-*/own/me"), None))
    assert harbour.overview(app)["scan_status"] == "Running"
    process = Path(f"/proc/{eventually(me.read_text).strip()}")
    harbour.api.do("POST", artifact_path(REPOSITORY, digest_of(app), "/scan/stop"))
    worker.join(20)
    assert not worker.is_alive()
    assert eventually(lambda: not process.exists())
    assert found(harbour, app) == []


def test_a_program_whose_worker_died_twice_is_not_begun_again(
    sqlite_harbour: Harbour, programs: Path
) -> None:
    harbour = sqlite_harbour
    script(programs / "osv-scanner", saying(results()))
    harbour.shop()
    harbour.choose(OSV.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)
    database = harbour.api.rooms.house.stores.database

    at = harbour.api.rooms.clock.now()
    database.write(
        lambda tx: tx.execute(update(foreign_scan).values(state="Running", request="2", started_at=at))
    )
    harbour.work()
    assert "the worker has ended each time" in problem(harbour, app)


def test_packages_that_a_scanner_names_beside_ours_are_matched_as_ours(
    harbour: Harbour, programs: Path
) -> None:
    script(programs / "syft", saying(contents("pkg:pypi/package-1@1.0", "pkg:pypi/package-7@1.0")))
    harbour.shop(prevent_vul="true", severity="medium", auto_scan=True)
    harbour.choose(SYFT.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, packages("package_7==1.0", "package_2==1.0"))
    harbour.work()
    assert verdict(harbour, app) == "QUARANTINED"
    assert set(found(harbour, app)) == {"PYSEC-2026-1", "PYSEC-2026-2"}
    listed = harbour.api.get(artifact_path(REPOSITORY, digest_of(app), "/disagreements"))
    by_kind = {(one["differs"][0], one["package"]): one["sources"] for one in listed}
    assert by_kind["package", "package-1"]["Pratique"] is None
    assert by_kind["package", "package_2"]["Syft"] is None
    assert by_kind["presence", "package-1"]["Pratique"] is None
    assert ("package", "package-7") not in by_kind
    # It takes nothing away: what our own examination finds stays, whatever is named now.
    script(programs / "syft", saying(contents()))
    harbour.scan(app)
    harbour.work()
    assert found(harbour, app) == ["PYSEC-2026-2"]


def test_an_import_finds_what_only_a_scanner_has_named(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    script(programs / "syft", saying(contents("pkg:pypi/package-3@1.0")))
    harbour.shop(prevent_vul="true", severity="high", auto_scan=True)
    harbour.choose(SYFT.id)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.work()
    assert verdict(harbour, app) == "ADMITTED"
    informed(harbour.api.rooms, record(1), record(2, fixed="3.0"), record(3))
    harbour.work()
    assert verdict(harbour, app) == "QUARANTINED"


def test_a_list_of_contents_is_kept_as_it_came(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    document = {"spdxVersion": "SPDX-2.3", "packages": []}
    script(programs / "syft", saying(document))
    harbour.shop()
    harbour.choose(SYFT.id)
    rooms = harbour.api.rooms
    app, scanners, database = rooms.image(REPOSITORY), rooms.house.scanners, rooms.house.stores.database
    with database.read() as tx:
        project = rooms.house.departments.projects.by_name(tx, "shop")
    assert project is not None
    target = Target(project.id, REPOSITORY, digest_of(app), json.loads(app)["mediaType"], len(app))
    assert database.write(lambda tx: scanners.scans.ask(tx, target, capability=Capability.SBOM))
    harbour.work()
    with database.read() as tx:
        sbom = scanners.scans.sbom(tx, project.id, digest_of(app))
    assert sbom is not None
    assert json.loads(sbom.document) == document


def test_a_program_is_named_by_its_whole_path() -> None:
    with pytest.raises(SettingsInvalid, match="no absolute path"):
        load(None, {}, {"scanners": {"syft": "syft"}})


def test_what_was_named_goes_with_its_image(sqlite_harbour: Harbour, programs: Path) -> None:
    harbour = sqlite_harbour
    script(programs / "syft", saying(contents("pkg:pypi/package-1@1.0", "pkg:pypi/package-7@1.0")))
    harbour.shop(auto_scan=True)
    harbour.choose(SYFT.id)
    house = harbour.api.rooms.house
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.work()
    with house.stores.database.read() as tx:
        named = set(house.court.named.components_of(tx, digest_of(app)))
        assert (len(named), house.court.findings.missing(tx, named)) == (2, [])
    harbour.api.do("DELETE", artifact_path(REPOSITORY, digest_of(app)))
    harbour.work(3_600)
    with house.stores.database.read() as tx:
        assert house.court.named.held(tx, named) == set()
        assert set(house.court.findings.missing(tx, named)) == named
