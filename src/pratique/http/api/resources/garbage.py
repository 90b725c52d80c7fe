"""Garbage collection: started by hand, its history, its log, stopped. When it runs by itself is a setting."""

import json
from typing import Any, Final

from pratique.access import Permission
from pratique.clock import HOUR, SECOND
from pratique.db import Tx
from pratique.errors import BadRequest, NotFound, PreconditionFailed
from pratique.http.api.call import Call, Reply, page_of_all
from pratique.http.api.listing import number_of, unanswerable
from pratique.http.api.operations import Acts, Changes, Operation, Reads
from pratique.http.api.parameters import LISTING
from pratique.http.api.query import Term
from pratique.http.api.rules import AtSystem
from pratique.http.api.schemas import upkeep as schemas
from pratique.http.api.schemas.fields import shown
from pratique.jobs import enqueue
from pratique.registry.collect import JOB
from pratique.registry.store.runs import Run

_NAME: Final = "GARBAGE_COLLECTION"
_PERIODS: Final = {HOUR // SECOND: "Hourly", 24 * HOUR // SECOND: "Daily", 7 * 24 * HOUR // SECOND: "Weekly"}
_PARAMETERS: Final = frozenset({"delete_untagged", "dry_run"})


def _history(call: Call) -> Reply:
    runs = [
        run for run in call.rooms.collector.history() if all(_matches(run, term) for term in call.query.terms)
    ]
    if "creation_time" in call.sort or "id" in call.sort:
        runs.reverse()
    return page_of_all(call, runs, _shape)


def _matches(run: Run, term: Term) -> bool:
    if term.field not in {"id", "job_status"}:
        return True
    if term.how not in {"is", "any"}:
        raise unanswerable(term)
    if term.field == "id":
        return run.id in {number_of(term, value) for value in term.values}
    return run.status.value in term.values


def _get(call: Call) -> Reply:
    return Reply(_shape(_run(call)))


def _log(call: Call) -> Reply:
    log = call.rooms.collector.log(call.number("gc_id"))
    if log is None:
        raise NotFound(f"there is no run {call.number('gc_id')}")
    return Reply(log)


def _stop(call: Call) -> Reply:
    run = _run(call)
    if not call.rooms.collector.stop(run.id):
        raise PreconditionFailed(f"run {run.id} is not running")
    return Reply()


def _schedule(call: Call, _tx: Tx) -> Reply:
    seconds = call.rooms.settings.gc_interval
    rule = schemas.ScheduleRule(type=_PERIODS.get(seconds, "Custom") if seconds else "None", cron="")
    return Reply(schemas.Schedule(0, _NAME, rule, "{}", deleted=False))


def _start(call: Call, tx: Tx) -> Reply:
    """`Manual` starts a run. A schedule is refused rather than stored and not kept."""
    asked = call.body(schemas.ScheduleRequest)
    kind = asked.schedule.type or ""
    if kind == "None" and not call.rooms.settings.gc_interval:
        return Reply(headers=call.location("system", "gc"))
    if kind != "Manual":
        raise BadRequest(
            "only Manual can be asked for: when it runs by itself is the setting registry.gc_interval"
        )
    given = asked.parameters or {}
    payload = {name: _boolean(name, given[name]) for name in _PARAMETERS if given.get(name) is not None}
    enqueue(tx, JOB, payload, dedupe_key=f"{JOB}:{json.dumps(payload, sort_keys=True)}", priority=40)
    return Reply(headers=call.location("system", "gc"))


def _boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(f"the parameter {name} is true or false")
    return value


def _run(call: Call) -> Run:
    run = call.rooms.collector.get(call.number("gc_id"))
    if run is None:
        raise NotFound(f"there is no run {call.number('gc_id')}")
    return run


def _shape(run: Run) -> schemas.CollectionRun:
    """The counts stand among the parameters, in Harbor's words too."""
    parameters = {
        **run.parameters,
        **run.counts,
        "purged_blobs": run.counts.get("blobs", 0),
        "purged_manifests": run.counts.get("manifests", 0),
        "freed_space": run.counts.get("freed_bytes", 0),
    }
    return schemas.CollectionRun(
        id=run.id,
        job_name=_NAME,
        job_kind="MANUAL",
        job_parameters=json.dumps(parameters, sort_keys=True),
        schedule=schemas.ScheduleRule(type="Manual", cron=""),
        job_status=run.status.value,
        deleted=False,
        creation_time=shown(run.started_at),
        update_time=shown(run.ended_at or run.seen_at),
    )


def _rule(action: str) -> AtSystem:
    return AtSystem(Permission("garbage-collection", action))


_ONE: Final = "/system/gc/{gc_id}"
_SCHEDULE: Final = "/system/gc/schedule"
_TAG: Final = "gc"

OPERATIONS: Final = (
    Operation(
        "GET",
        "/system/gc",
        "getGCHistory",
        "List the runs of garbage collection, the newest first",
        _TAG,
        _rule("list"),
        Acts(_history),
        list[schemas.CollectionRun],
        parameters=LISTING,
        errors=(BadRequest,),
    ),
    Operation(
        "GET",
        _ONE,
        "getGC",
        "A run of garbage collection",
        _TAG,
        _rule("read"),
        Acts(_get),
        schemas.CollectionRun,
        errors=(NotFound,),
    ),
    Operation(
        "PUT",
        _ONE,
        "stopGC",
        "Ask a run to stop",
        _TAG,
        _rule("stop"),
        Acts(_stop),
        errors=(NotFound, PreconditionFailed),
    ),
    Operation(
        "GET",
        f"{_ONE}/log",
        "getGCLog",
        "What a run has deleted, line by line",
        _TAG,
        _rule("read"),
        Acts(_log),
        str,
        media="text/plain",
        errors=(NotFound,),
    ),
    Operation(
        "GET",
        _SCHEDULE,
        "getGCSchedule",
        "When garbage is collected",
        _TAG,
        _rule("read"),
        Reads(_schedule),
        schemas.Schedule,
    ),
    Operation(
        "POST",
        _SCHEDULE,
        "createGCSchedule",
        "Start a run",
        _TAG,
        _rule("create"),
        Changes(_start),
        request=schemas.ScheduleRequest,
        success=201,
        errors=(BadRequest,),
        headers=("Location",),
    ),
    Operation(
        "PUT",
        _SCHEDULE,
        "updateGCSchedule",
        "Start a run",
        _TAG,
        _rule("update"),
        Changes(_start),
        request=schemas.ScheduleRequest,
        errors=(BadRequest,),
    ),
)
