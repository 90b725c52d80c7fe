"""Scanning all images: by hand or by a timetable, stopped, and how far it is."""

from typing import Final

from pratique.access import Permission
from pratique.admission.reports.scans import Status
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, PreconditionFailed
from pratique.http.api.call import Call, Reply
from pratique.http.api.operations import Changes, Operation, Reads
from pratique.http.api.rules import AtSystem
from pratique.http.api.schemas import scanning as schemas
from pratique.http.api.schemas.fields import shown
from pratique.http.api.schemas.upkeep import ScheduleRule


def _schedule(call: Call, tx: Tx) -> Reply:
    found = call.rooms.rounds.timetable(tx)
    if found is None:
        never = shown(None)
        return Reply(schemas.ScanSchedule(0, "", never, never, ScheduleRule(type="None", cron=""), None))
    rule = ScheduleRule(type=found.kind, cron=found.cron, next_scheduled_time=shown(found.due_at))
    created, updated = shown(found.created_at), shown(found.updated_at)
    return Reply(schemas.ScanSchedule(1, "Scheduled", created, updated, rule, None))


def _create(call: Call, tx: Tx) -> Reply:
    """As in Harbor: `Manual` begins a round, `None` is nothing, and a schedule is made only where there is none."""
    asked = call.body(schemas.ScanScheduleRequest).schedule
    if asked.type == "Manual":
        call.rooms.rounds.begin(tx, call.principal)
    elif asked.type != "None":
        call.rooms.rounds.set_timetable(tx, call.principal, asked.type or "", asked.cron or "", is_new=True)
    return Reply(headers=call.location("system", "scanAll", "schedule"))


def _update(call: Call, tx: Tx) -> Reply:
    asked = call.body(schemas.ScanScheduleRequest).schedule
    if asked.type == "Manual":
        raise BadRequest("Manual is no schedule: POST it to scan all images once and now")
    if asked.type == "None":
        call.rooms.rounds.drop_timetable(tx, call.principal)
    else:
        call.rooms.rounds.set_timetable(tx, call.principal, asked.type or "", asked.cron or "")
    return Reply()


def _stop(call: Call, tx: Tx) -> Reply:
    call.rooms.rounds.stop(tx, call.principal)
    return Reply()


def _metrics(call: Call, tx: Tx) -> Reply:
    return _progress(call, tx, "")


def _scheduled_metrics(call: Call, tx: Tx) -> Reply:
    return _progress(call, tx, "Schedule")


def _progress(call: Call, tx: Tx, trigger: str) -> Reply:
    found = call.rooms.rounds.progress(tx, trigger)
    if found is None:
        return Reply(schemas.Stats(0, 0, {}, {}, ongoing=False))
    counts = {status.value: found.counts.get(status.value, 0) for status in Status}
    return Reply(
        schemas.Stats(found.total, found.completed, counts, found.problems, found.is_going_on, found.trigger)
    )


def _rule(action: str) -> AtSystem:
    return AtSystem(Permission("scan-all", action))


_SCHEDULE: Final = "/system/scanAll/schedule"
_TAG: Final = "scanAll"

OPERATIONS: Final = (
    Operation(
        "GET",
        _SCHEDULE,
        "getScanAllSchedule",
        "When all images are scanned",
        _TAG,
        _rule("read"),
        Reads(_schedule),
        schemas.ScanSchedule,
    ),
    Operation(
        "POST",
        _SCHEDULE,
        "createScanAllSchedule",
        "Scan all images now, or say when they are to be",
        _TAG,
        _rule("create"),
        Changes(_create),
        request=schemas.ScanScheduleRequest,
        success=201,
        errors=(BadRequest, Conflict, PreconditionFailed),
        headers=("Location",),
    ),
    Operation(
        "PUT",
        _SCHEDULE,
        "updateScanAllSchedule",
        "Say when all images are to be scanned",
        _TAG,
        _rule("update"),
        Changes(_update),
        request=schemas.ScanScheduleRequest,
        errors=(BadRequest,),
    ),
    Operation(
        "POST",
        "/system/scanAll/stop",
        "stopScanAll",
        "Have no more images scanned; what runs already runs to its end",
        _TAG,
        _rule("stop"),
        Changes(_stop),
        success=202,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        "/scans/all/metrics",
        "getLatestScanAllMetrics",
        "How far the newest scan of all images is",
        _TAG,
        _rule("read"),
        Reads(_metrics),
        schemas.Stats,
    ),
    Operation(
        "GET",
        "/scans/schedule/metrics",
        "getLatestScheduledScanAllMetrics",
        "How far the newest one by the timetable is",
        _TAG,
        _rule("read"),
        Reads(_scheduled_metrics),
        schemas.Stats,
    ),
)
