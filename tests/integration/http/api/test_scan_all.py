"""Scanning all images by Harbor's API: by hand, by a timetable, watched and stopped."""

import pytest
from tests.contained import informed, packages, scanned
from tests.integration.http.api.conftest import Api, artifact_path

from pratique.access import Role
from pratique.bootstrap.reporting import build_reporting
from pratique.jobs import Worker
from pratique.oci.digest import digest_of

SCHEDULE = "/system/scanAll/schedule"
MANUAL = {"schedule": {"type": "Manual"}}


def rounds(api: Api) -> Worker:
    """A worker that goes on with rounds and examines nothing."""
    handlers = build_reporting(api.rooms.house).rounds.handlers()
    return Worker(api.rooms.house.stores.database, handlers, api.rooms.clock)


def test_all_images_are_scanned_by_hand_watched_and_stopped(api: Api) -> None:
    informed(api.rooms)
    project = api.rooms.project("shop")
    one, two = api.rooms.image("shop/team/app"), api.rooms.image("shop/other", seed="two")
    api.rooms.image("shop/copy")
    nothing = {"total": 0, "completed": 0, "metrics": {}, "problems": {}, "ongoing": False}
    assert api.get("/scans/all/metrics") == nothing
    assert api.refused("POST", "/system/scanAll/stop") == (400, "BAD_REQUEST")
    assert api.do("POST", SCHEDULE, MANUAL).status_code == 201
    assert api.refused("POST", SCHEDULE, MANUAL) == (
        409,
        "CONFLICT",
    )
    worker = rounds(api)
    worker.run_pending()
    going = api.get("/scans/all/metrics")
    assert (going["total"], going["completed"], going["ongoing"], going["trigger"]) == (2, 0, True, "Manual")
    assert going["metrics"]["Pending"] == 2
    scanned(api.rooms, project, one, packages("package_1==1.0"))
    assert api.get("/scans/all/metrics")["metrics"]["Success"] == 1
    assert api.do("POST", "/system/scanAll/stop").status_code == 202
    worker.run_pending()
    over = api.get("/scans/all/metrics")
    assert (over["ongoing"], over["completed"]) == (False, 2)
    assert over["metrics"] == {"Error": 0, "Pending": 0, "Running": 0, "Stopped": 1, "Success": 1}
    assert api.get("/scans/schedule/metrics")["total"] == 0
    shown = api.get(artifact_path("shop/other", digest_of(two), "?with_scan_overview=true"))
    assert "scan_overview" not in shown


def test_a_round_ends_by_itself_when_all_images_have_been_examined(api: Api) -> None:
    informed(api.rooms)
    project = api.rooms.project("shop")
    app = api.rooms.image("shop/app")
    api.do("POST", SCHEDULE, MANUAL)
    worker = rounds(api)
    worker.run_pending()
    scanned(api.rooms, project, app, "it is no archive")
    api.rooms.clock.advance(60)
    worker.run_pending()
    over = api.get("/scans/all/metrics")
    assert (over["ongoing"], over["metrics"]["Error"], over["total"]) == (False, 1, 1)
    api.do("POST", SCHEDULE, MANUAL)
    assert api.get("/scans/all/metrics")["total"] == 0


def test_a_timetable_is_set_changed_kept_and_taken_away(api: Api) -> None:
    assert api.get(SCHEDULE)["schedule"]["type"] == "None"
    daily = {"schedule": {"type": "Daily", "cron": "0 0 0 * * *"}}
    api.do("POST", SCHEDULE, daily)
    set_ = api.get(SCHEDULE)["schedule"]
    assert (set_["type"], set_["cron"]) == ("Daily", "0 0 0 * * *")
    assert set_["next_scheduled_time"].endswith("T00:00:00.000Z")
    assert api.refused("POST", SCHEDULE, daily) == (412, "PRECONDITION")
    api.do("PUT", SCHEDULE, {"schedule": {"type": "Custom", "cron": "0 30 * * * *"}})
    assert ":30:00" in api.get(SCHEDULE)["schedule"]["next_scheduled_time"]
    assert api.do("POST", SCHEDULE, {"schedule": {"type": "None"}}).status_code == 201
    assert api.get(SCHEDULE)["schedule"]["type"] == "Custom"
    api.do("PUT", SCHEDULE, {"schedule": {"type": "None"}})
    assert api.get(SCHEDULE)["schedule"]["type"] == "None"
    api.advance_audit()
    changes = api.get("/auditlog-exts?q=resource_type%3Dscan_all&sort=op_time")
    assert [each["operation"] for each in changes] == ["update"] * 3


@pytest.mark.parametrize(
    "schedule",
    [
        {"type": "Manual"},
        {"type": "Custom", "cron": "0 0 * * *"},
        {"type": "Custom"},
        {"type": "Sometimes", "cron": "0 0 0 * * *"},
        {},
    ],
)
def test_what_is_no_timetable_is_refused(sqlite_api: Api, schedule: dict[str, str]) -> None:
    assert sqlite_api.refused("PUT", SCHEDULE, {"schedule": schedule}) == (400, "BAD_REQUEST")


def test_a_round_begins_by_the_timetable(api: Api) -> None:
    informed(api.rooms)
    api.rooms.project("shop")
    api.rooms.image("shop/app")
    api.do("PUT", SCHEDULE, {"schedule": {"type": "Hourly"}})
    worker = rounds(api)
    assert worker.run_pending() == 0
    api.rooms.clock.advance(3_600)
    worker.run_pending()
    going = api.get("/scans/schedule/metrics")
    assert (going["total"], going["trigger"], going["ongoing"]) == (1, "Schedule", True)
    api.do("POST", "/system/scanAll/stop")
    worker.run_pending()
    # Another timetable takes the place of this one: what was noted for it begins nothing.
    api.do("PUT", SCHEDULE, {"schedule": {"type": "None"}})
    api.rooms.clock.advance(3_600)
    worker.run_pending()
    assert api.get("/scans/schedule/metrics")["ongoing"] is False


def test_who_may_scan_all(sqlite_api: Api) -> None:
    shop = sqlite_api.rooms.project("shop")
    boss = sqlite_api.rooms.user("boss", shop, Role.PROJECT_ADMIN)
    for method, path, body in (
        ("GET", SCHEDULE, None),
        ("POST", SCHEDULE, MANUAL),
        ("PUT", SCHEDULE, MANUAL),
        ("POST", "/system/scanAll/stop", None),
        ("GET", "/scans/all/metrics", None),
        ("GET", "/scans/schedule/metrics", None),
    ):
        assert sqlite_api.refused(method, path, body, by=boss) == (403, "FORBIDDEN")
        assert sqlite_api.refused(method, path, body, by=None) == (401, "UNAUTHORIZED")
