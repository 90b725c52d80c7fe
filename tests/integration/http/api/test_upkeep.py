"""What those who run the registry ask: garbage collection, the audit log, facts and numbers."""

import json

from tests.houses import PASSWORD
from tests.integration.http.api.conftest import Api

from pratique.access import Role
from pratique.bootstrap.upkeep import build_upkeep
from pratique.jobs import Worker
from pratique.registry.collect import JOB


def test_garbage_is_collected_when_asked_and_the_run_is_kept(api: Api) -> None:
    assert api.get("/system/gc") == []
    asked = {"schedule": {"type": "Manual"}, "parameters": {"delete_untagged": False, "dry_run": True}}
    assert api.do("POST", "/system/gc/schedule", asked).status_code == 201
    house = api.rooms.house
    handlers = {**house.warehouse.rejudging.handlers(), JOB: build_upkeep(house).collect_job}
    assert Worker(house.stores.database, handlers, api.rooms.clock).run_pending() == 1
    run = api.get("/system/gc")[0]
    assert run["job_status"] == "Success"
    assert json.loads(run["job_parameters"])["dry_run"] is True
    assert api.get(f"/system/gc/{run['id']}") == run
    log = api.ask("GET", f"/system/gc/{run['id']}/log")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert api.refused("PUT", f"/system/gc/{run['id']}") == (412, "PRECONDITION")
    assert api.refused("GET", "/system/gc/99") == (404, "NOT_FOUND")
    assert api.refused("GET", "/system/gc/99/log") == (404, "NOT_FOUND")
    assert api.get("/system/gc?q=job_status%3DError") == []


def test_a_schedule_that_would_not_be_kept_is_refused(sqlite_api: Api) -> None:
    assert sqlite_api.get("/system/gc/schedule")["schedule"]["type"] in {"Daily", "Hourly", "None", "Custom"}
    daily = {"schedule": {"type": "Custom", "cron": "0 0 0 * * *"}}
    assert sqlite_api.refused("PUT", "/system/gc/schedule", daily) == (400, "BAD_REQUEST")
    wrong = {"schedule": {"type": "Manual"}, "parameters": {"dry_run": "yes"}}
    assert sqlite_api.refused("POST", "/system/gc/schedule", wrong) == (400, "BAD_REQUEST")


def test_who_did_what_is_read_by_who_may(api: Api) -> None:
    shop = api.rooms.project("shop")
    boss = api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    guest = api.rooms.user("guest", shop, Role.GUEST)
    api.do("PUT", "/projects/shop", {"metadata": {"severity": "low"}}, by=boss)
    api.rooms.project("yard")
    api.advance_audit()
    newest = api.get("/auditlog-exts?sort=-id")
    assert {"create", "update"} <= {each["operation"] for each in newest}
    updates = api.get("/audit-logs?q=operation%3Dupdate,resource%3D~sho&page_size=1", by=boss)
    assert [(each["username"], each["resource"]) for each in updates] == [("boss", "shop")]
    seen = {each["resource"] for each in api.get("/auditlog-exts?page_size=100", by=boss)}
    assert not {name for name in seen if name.startswith("yard")}
    assert api.get("/auditlog-exts", by=guest) == []
    assert api.get("/projects/shop/logs", by=boss) != []
    assert api.get("/projects/shop/auditlog-exts?q=op_time%3D[2000-01-01T00:00:00~]", by=boss) != []
    assert api.refused("GET", "/projects/shop/logs", by=guest) == (403, "FORBIDDEN")
    assert api.refused("GET", "/audit-logs", by=None) == (401, "UNAUTHORIZED")
    assert {"event_type": "create_artifact"} in api.get("/auditlog-exts/events", by=guest)


def test_wrong_credentials_are_recorded(api: Api) -> None:
    api.secrets["admin"] = "wrong"
    assert api.refused("GET", "/projects") == (401, "UNAUTHORIZED")
    api.secrets["admin"] = PASSWORD
    failed = api.get("/auditlog-exts?q=operation%3Dlogin")
    assert [(each["username"], each["operation_result"]) for each in failed] == [("admin", False)]


def test_the_registry_says_how_it_is(api: Api) -> None:
    assert api.ask("GET", "/ping", by=None).text == "Pong"
    health = api.get("/health", by=None)
    assert health["status"] == "healthy"
    assert "database" in {each["name"] for each in health["components"]}
    assert set(api.get("/systeminfo", by=None)) == {"auth_mode", "primary_auth_mode", "self_registration"}
    assert api.get("/systeminfo")["harbor_version"].startswith("v2.")
    assert api.get("/systeminfo/volumes")["storage"][0]["total"] > 0
    version = api.client.get("/api/version", None)
    assert version.json() == {"version": "v2.0"}


def test_numbers_count_what_the_caller_sees(api: Api) -> None:
    shop = api.rooms.project("shop")
    api.rooms.project("street", public=True)
    ann = api.rooms.user("ann", shop, Role.GUEST)
    bob = api.rooms.user("bob")
    api.rooms.image("shop/app")
    of_ann = api.get("/statistics", by=ann)
    assert (of_ann["private_project_count"], of_ann["private_repo_count"]) == (1, 1)
    assert "total_project_count" not in of_ann
    assert api.get("/statistics", by=bob)["private_project_count"] == 0
    of_admin = api.get("/statistics")
    assert of_admin["total_repo_count"] == 1
    assert of_admin["total_storage_consumption"] > 0
    found = api.get("/search?q=sh", by=ann)
    assert [each["name"] for each in found["project"]] == ["shop"]
    assert [each["artifact_count"] for each in found["repository"]] == [1]
