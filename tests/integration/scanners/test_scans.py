"""Scans by another scanner: asked on push and by hand, heard, refused, ended; what they find counts at the gate."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import text
from tests.adapters import SBOM, Said, vulnerability
from tests.contained import examined, packages
from tests.integration.http.api.conftest import artifact_path
from tests.integration.scanners.conftest import CREDENTIAL, REPOSITORY, Harbour

from pratique.access import ANONYMOUS, SCANNER
from pratique.db import Tx
from pratique.events import ForeignScanEnded, ScanEnded, ScanStopped
from pratique.jobs import published_after
from pratique.oci.digest import digest_of
from pratique.scanners import SCAN, Capability, Target
from pratique.scanners.reports import SIZE_LIMIT

CLEAN = packages("package_7==1.0")


def verdict(harbour: Harbour, content: bytes) -> str:
    path = artifact_path(REPOSITORY, digest_of(content), "/verdict")
    return str(harbour.api.get(path)["state"])


def report(harbour: Harbour, content: bytes) -> dict[str, Any]:
    found = harbour.api.get(artifact_path(REPOSITORY, digest_of(content), "/additions/vulnerabilities"))
    return dict(next(iter(found.values())))


def through(harbour: Harbour) -> None:
    """From the asking to the report: begun, asked too early, told."""
    for seconds in (0, 3, 10):
        harbour.work(seconds)


def test_what_is_pushed_is_scanned_and_what_is_found_beside_ours_refuses(harbour: Harbour) -> None:
    harbour.shop(auto_scan=True, prevent_vul="true", severity="high")
    harbour.choose(harbour.register(auth="Bearer", access_credential=CREDENTIAL))
    harbour.adapter.finds(vulnerability("CVE-2027-1", fix_version="9.1", status="fixed"))
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.work()
    assert verdict(harbour, app) == "ADMITTED"
    assert harbour.overview(app)["scan_status"] == "Running"
    harbour.work(3)
    assert harbour.overview(app)["scan_status"] == "Running"
    harbour.work(10)
    assert verdict(harbour, app) == "QUARANTINED"
    assert harbour.overview(app)["summary"]["total"] == 1
    (found,) = report(harbour, app)["vulnerabilities"]
    assert (found["id"], found["package"], found["fix_version"]) == ("CVE-2027-1", "package_9", "9.1")
    (asked,) = harbour.adapter.requests
    assert asked["artifact"]["repository"] == REPOSITORY
    assert asked["artifact"]["digest"] == digest_of(app)
    assert asked["registry"]["url"] == "https://registry.example.test"


def test_the_last_verdict_holds_while_a_scan_runs_and_changes_with_its_report(harbour: Harbour) -> None:
    harbour.shop(prevent_vul="true", severity="high")
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.finds(vulnerability("CVE-2027-1"))
    harbour.scan(app)
    through(harbour)
    assert verdict(harbour, app) == "QUARANTINED"
    harbour.adapter.finds()
    harbour.scan(app)
    harbour.work()
    assert verdict(harbour, app) == "QUARANTINED"
    through(harbour)
    assert verdict(harbour, app) == "ADMITTED"


def test_the_credential_reads_one_repository_in_any_state_and_ends(harbour: Harbour) -> None:
    harbour.shop(prevent_vul="true", severity="low")
    harbour.choose(harbour.register())
    rooms, client = harbour.api.rooms, harbour.api.client
    app, other = rooms.image(REPOSITORY), rooms.image("shop/other", seed="two")
    harbour.scan(app)
    harbour.work()
    header = harbour.adapter.requests[0]["registry"]["authorization"]
    name, _, token = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    mine, path = (name, token), f"/v2/{REPOSITORY}/manifests/{digest_of(app)}"
    assert name == SCANNER.name
    assert client.get(path, ANONYMOUS.name).status_code == 401
    assert client.get(path, mine).content == app
    config = json.loads(app)["config"]["digest"]
    assert client.get(f"/v2/{REPOSITORY}/blobs/{config}", mine).status_code == 200
    issued = client.token(mine, f"repository:{REPOSITORY}:pull,push", "repository:shop/other:pull")
    assert client.get(path, issued).content == app
    for who in (mine, issued):
        assert client.get(f"/v2/shop/other/manifests/{digest_of(other)}", who).status_code in {401, 403, 404}
        assert client.post(f"/v2/{REPOSITORY}/blobs/uploads/", who).status_code in {401, 403, 404}
        assert client.get("/v2/_catalog", who).status_code in {401, 403}
    assert client.get("/api/v2.0/projects/shop", mine).status_code == 401
    rooms.clock.advance(31 * 60)
    assert client.get(path, mine).status_code == 401
    assert client.get("/service/token", mine).status_code == 401


def without_end(into: Any) -> None:
    """More than any report may have."""
    into.write(b'{"vulnerabilities": [')
    for _ in range(SIZE_LIMIT // 2**20 + 1):
        into.write(b" " * 2**20)
    into.write(b"]}")


CLEAN_REPORT = b'{"vulnerabilities": []}'
JSON = {"content-type": "application/json"}


def test_failures_are_errors_of_the_scan_and_never_clean(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    wrong = [
        Said(500, b'{"error": {"message": "out of cheese"}}'),
        Said(404),
        Said(200, b"<html>", {"content-type": "text/html"}),
        Said(200, b"{}", {"content-type": "application/json"}),
        Said(200, b'{"vulnerabilities": [{"id": ""}]}', {"content-type": "application/json"}),
        Said(200, b'{"vulnerabilities": [' + b"[" * 100, {"content-type": "application/json"}),
        Said(
            200,
            b'{"vulnerabilities": [], "artifact": {"digest": "sha256:other"}}',
            {"content-type": "application/json"},
        ),
        Said(200, without_end, JSON),
        Said(200, b"\x1f\x8b\x08" + CLEAN_REPORT, {**JSON, "content-encoding": "gzip"}),
        Said(200, b"", JSON),
        Said(204, b""),
        Said(206, CLEAN_REPORT, JSON),
        Said(301, CLEAN_REPORT, {**JSON, "location": harbour.adapter.url}),
        Said(200, CLEAN_REPORT[:-1], JSON),
        Said(200, CLEAN_REPORT + CLEAN_REPORT, JSON),
        Said(200, b'{"vulnerabilities": "none"}', JSON),
        Said(200, CLEAN_REPORT, {"content-type": "text/plain"}),
    ]
    for said in wrong:
        harbour.adapter.reports = [said]
        harbour.scan(app)
        through(harbour)
        found = harbour.overview(app)
        assert found["scan_status"] == "Error", said
        assert report(harbour, app)["severity"] == "Unknown"
        assert "the other scanner has failed" in str(report(harbour, app)["errors"])
        harbour.api.rooms.clock.advance(1)


def cut_short(into: Any) -> None:
    """The connection ends within what was announced."""
    into.write(CLEAN_REPORT)


def test_a_report_that_breaks_off_is_asked_for_again_and_then_an_error(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.reports = [Said(200, cut_short, {**JSON, "content-length": "1000"})]
    harbour.scan(app)
    through(harbour)
    assert harbour.overview(app)["scan_status"] == "Running"
    harbour.work(31 * 60)
    assert harbour.overview(app)["scan_status"] == "Error"
    assert report(harbour, app)["severity"] == "Unknown"


@pytest.mark.parametrize("part", ["metadata", "scan"])
def test_a_scanner_that_can_not_begin_is_an_error(sqlite_harbour: Harbour, part: str) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    for said in (Said(500), Said(200, b"<html>"), Said(200, without_end), Said(302), Said(202, b'{"id": 7}')):
        setattr(harbour.adapter, part, said)
        harbour.scan(app)
        harbour.work()
        assert harbour.overview(app)["scan_status"] == "Error", said
        assert report(harbour, app)["severity"] == "Unknown"
        harbour.api.rooms.clock.advance(1)


def test_a_scanner_that_does_not_answer_or_never_ends_is_an_error(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.reports = [Said(302)]
    harbour.scan(app)
    through(harbour)
    assert harbour.overview(app)["scan_status"] == "Running"
    harbour.work(31 * 60)
    assert harbour.overview(app)["scan_status"] == "Error"
    harbour.adapter.scan = Said(503)
    harbour.scan(app)
    harbour.work()
    assert harbour.overview(app)["scan_status"] == "Error"


def test_a_scan_whose_job_is_dead_is_an_error(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.scan(app)

    def bury(tx: Tx) -> None:
        dead = text("UPDATE job SET state = 'dead', last_error = 'it broke' WHERE kind = :kind")
        tx.execute(dead, {"kind": SCAN})

    harbour.api.rooms.house.stores.database.write(bury)
    harbour.work()
    assert harbour.overview(app)["scan_status"] == "Error"
    assert "it broke" in str(report(harbour, app)["errors"])
    harbour.adapter.finds()
    harbour.scan(app)
    through(harbour)
    assert harbour.overview(app)["scan_status"] == "Success"


def test_a_scan_is_stopped_and_what_comes_later_is_not_heard(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.finds(vulnerability("CVE-2027-1"))
    harbour.scan(app)
    harbour.work()
    harbour.api.do("POST", artifact_path(REPOSITORY, digest_of(app), "/scan/stop"))
    through(harbour)
    assert report(harbour, app)["vulnerabilities"] == []


def test_findings_count_no_longer_where_their_scanner_does_not(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop(prevent_vul="true", severity="high")
    number = harbour.register()
    harbour.choose(number)
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.finds(vulnerability("CVE-2027-1"))
    harbour.scan(app)
    through(harbour)
    assert verdict(harbour, app) == "QUARANTINED"
    body = {"name": "fake", "url": harbour.adapter.url, "disabled": True}
    harbour.api.do("PUT", f"/scanners/{number}", body)
    harbour.work()
    assert verdict(harbour, app) == "ADMITTED"
    harbour.api.do("PUT", f"/scanners/{number}", {**body, "disabled": False})
    harbour.work()
    assert verdict(harbour, app) == "QUARANTINED"
    harbour.api.do("DELETE", f"/scanners/{number}")
    harbour.work()
    assert verdict(harbour, app) == "ADMITTED"


def test_a_list_of_contents_is_kept_as_it_came(harbour: Harbour) -> None:
    harbour.shop()
    harbour.choose(harbour.register())
    rooms = harbour.api.rooms
    app, scanners = rooms.image(REPOSITORY), rooms.house.scanners
    document = b'{"spdxVersion": "SPDX-2.3", "packages": []}'
    content = b'{"media_type": "application/spdx+json", "sbom": ' + document + b"}"
    harbour.adapter.reports = [Said(200, content, {"content-type": SBOM})]
    project = rooms.house.departments.projects
    database = rooms.house.stores.database
    with database.read() as tx:
        found = project.by_name(tx, "shop")
    assert found is not None
    media_type = json.loads(app)["mediaType"]
    target = Target(found.id, REPOSITORY, digest_of(app), media_type, len(app))
    assert database.write(lambda tx: scanners.scans.ask(tx, target, capability=Capability.SBOM))
    through(harbour)
    assert "sbom_media_type=application%2Fspdx%2Bjson" in harbour.adapter.heads[-1][1]
    with database.read() as tx:
        sbom = scanners.scans.sbom(tx, found.id, digest_of(app))
    assert sbom is not None
    assert (sbom.media_type, sbom.document) == ("application/spdx+json", document)


def test_disagreements_with_the_other_scanner_are_listed(harbour: Harbour) -> None:
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, packages("package_1==1.0"))
    path = artifact_path(REPOSITORY, digest_of(app), "/disagreements")
    assert harbour.api.get(path) == []
    harbour.adapter.finds(vulnerability("CVE-2027-1"))
    harbour.scan(app)
    through(harbour)
    mine, other = harbour.api.get(path)
    assert (mine["id"], mine["sources"]["fake"]) == ("CVE-2026-1", None)
    assert (other["id"], other["sources"]["Pratique"]) == ("CVE-2027-1", None)
    assert other["differs"] == ["presence"]
    assert other["sources"]["fake"]["severity"] == "high"


def test_all_images_are_scanned_by_it_too(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    for seed in ("one", "two"):
        examined(harbour.api.rooms, harbour.api.rooms.image(REPOSITORY, seed, seed), CLEAN)
    harbour.api.do("POST", "/system/scanAll/schedule", {"schedule": {"type": "Manual"}})
    harbour.work()
    assert len(harbour.adapter.requests) == 2


def test_a_round_waits_for_it_and_counts_where_it_has_failed(harbour: Harbour) -> None:
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.reports = [Said(302), Said(500, b'{"error": {"message": "out of cheese"}}')]
    harbour.api.do("POST", "/system/scanAll/schedule", {"schedule": {"type": "Manual"}})
    harbour.work()
    harbour.work(3)
    going = harbour.api.get("/scans/all/metrics")
    assert (going["metrics"]["Running"], going["ongoing"]) == (1, True)
    for _ in range(3):
        harbour.work(60)
    over = harbour.api.get("/scans/all/metrics")
    assert (over["metrics"]["Error"], over["ongoing"]) == (1, False)
    (problem,) = over["problems"]
    assert problem.startswith("the other scanner has failed: ")
    assert "out of cheese" in problem


def test_each_of_its_scans_is_told_of_once_however_it_ends(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.adapter.finds(vulnerability("CVE-2027-1"))
    harbour.scan(app)
    through(harbour)
    harbour.adapter.reports = [Said(404)]
    harbour.api.rooms.clock.advance(1)
    harbour.scan(app)
    through(harbour)
    harbour.api.rooms.clock.advance(1)
    harbour.scan(app)
    stop = artifact_path(REPOSITORY, digest_of(app), "/scan/stop")
    for _ in range(2):
        harbour.api.do("POST", stop)
    through(harbour)
    with harbour.api.rooms.house.stores.database.read() as tx:
        events = [row.event() for row in published_after(tx, 0, 10_000)]
    theirs = [one.state for one in events if isinstance(one, ForeignScanEnded)]
    assert theirs == ["Success", "Error", "Stopped"]
    assert [type(one) for one in events if isinstance(one, ScanEnded | ScanStopped)] == [
        ScanEnded,
        ScanEnded,
        ScanStopped,
    ]


def test_a_bill_of_materials_is_asked_of_nobody_else(sqlite_harbour: Harbour) -> None:
    harbour = sqlite_harbour
    harbour.shop()
    harbour.choose(harbour.register())
    app = harbour.api.rooms.image(REPOSITORY)
    examined(harbour.api.rooms, app, CLEAN)
    harbour.api.do("POST", artifact_path(REPOSITORY, digest_of(app), "/scan"), {"scan_type": "sbom"})
    harbour.work()
    assert harbour.adapter.requests == []


def test_nobodys_credential_is_in_the_log_or_in_events(sqlite_harbour: Harbour, capfd: Any) -> None:
    harbour = sqlite_harbour
    harbour.shop(auto_scan=True)
    harbour.choose(harbour.register(auth="X-ScannerAdapter-API-Key", access_credential=CREDENTIAL))
    harbour.adapter.reports = [Said(500, CREDENTIAL[:5].encode())]
    harbour.api.rooms.image(REPOSITORY)
    through(harbour)
    assert harbour.adapter.heads[0][2]["x-scanneradapter-api-key"] == CREDENTIAL
    harbour.api.advance_audit()
    told = json.dumps(harbour.api.get("/auditlog-exts?page_size=100"))
    written = "".join(capfd.readouterr())
    token = harbour.adapter.requests[0]["registry"]["authorization"].partition(" ")[2]
    for secret in (CREDENTIAL, token):
        assert secret not in told
        assert secret not in written
