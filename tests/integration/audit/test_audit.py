"""Every event becomes a row on both databases; the log is read by Harbor's fields; wrong log-ins are there too."""

from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pratique import events
from pratique.audit import EVENT_TYPES, ROWS, AuditEntry, AuditQuery, AuditRecorder, AuditTrail, Term
from pratique.clock import MINUTE, SECOND, Moment
from pratique.db import Database, Tx
from pratique.jobs import Feed, OutboxRow, publish

START = 1_800_000_000 * SECOND


class StandingClock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> Moment:
        return Moment(self.at)

    def monotonic(self) -> float:
        return self.at / SECOND


def record(database: Database, *told: events.Event) -> None:
    def work(tx: Tx) -> None:
        for event in told:
            publish(tx, event)

    database.write(work)
    feed = Feed(database, "audit", AuditRecorder().consume)
    while feed.advance():
        pass


def entries(
    database: Database, *terms: Term, projects: frozenset[int] | None = None, **paging: Any
) -> list[AuditEntry]:
    with database.read() as tx:
        return AuditTrail(StandingClock()).list(tx, AuditQuery(terms, projects), **paging)[0]


def pushed(repository: str, actor: str = "alice", project_id: int = 1) -> events.ManifestPushed:
    return events.ManifestPushed(
        actor=actor,
        project_id=project_id,
        project=repository.partition("/")[0],
        repository=repository,
        digest="sha256:" + "a" * 64,
        media_type="m",
        size=3,
        tags=("1.0",),
    )


def test_every_event_has_a_row() -> None:
    assert set(ROWS) == set(events.EVENTS.values()) == set(get_args(events.AnyEvent))
    assert all(len(row.operation) <= 32 and len(row.resource_type) <= 32 for row in ROWS.values())
    assert {"create_artifact", "delete_artifact", "create_project", "delete_repository", "login_user"} <= set(
        EVENT_TYPES
    )
    assert {"create_member", "update_member", "delete_member", "create_robot", "delete_robot"} <= set(
        EVENT_TYPES
    )


@pytest.mark.parametrize("kind", sorted(events.EVENTS))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_event_can_be_told_in_words(kind: str, data: st.DataObject) -> None:
    event_class = events.EVENTS[kind]
    # What differs is JSON values by name, which a type can't say.
    differing = st.dictionaries(
        st.text(max_size=8), st.none() | st.booleans() | st.text(max_size=8), max_size=3
    )
    fields = {name: differing for name in ("before", "after") if name in event_class.__struct_fields__}
    event = data.draw(st.builds(event_class, **fields))
    row = ROWS[type(event)]
    assert row.description(event).startswith(f"{row.operation} {row.resource_type}: {row.resource(event)}")


def test_a_push_reads_as_in_harbor(database: Database) -> None:
    record(database, pushed("shop/app"))
    (entry,) = entries(database)
    assert (entry.username, entry.operation, entry.resource_type) == ("alice", "create", "artifact")
    assert entry.resource == "shop/app@sha256:" + "a" * 64
    assert entry.description.endswith("(1.0)")
    assert (entry.succeeded, entry.project_id, entry.detail["size"]) == (True, 1, 3)


def test_each_event_is_recorded_once(database: Database) -> None:
    record(database, pushed("shop/a"), pushed("shop/b"))
    record(database)
    assert [entry.detail["repository"] for entry in entries(database)] == ["shop/b", "shop/a"]


def test_before_and_after_are_kept(database: Database) -> None:
    record(
        database,
        events.ProjectUpdated(
            actor="alice",
            project_id=7,
            project="shop",
            before={"admission": "open"},
            after={"admission": "signed"},
        ),
    )
    (entry,) = entries(database)
    assert "admission: 'open' -> 'signed'" in entry.description
    assert (entry.detail["before"], entry.detail["after"]) == ({"admission": "open"}, {"admission": "signed"})


def test_failures_are_marked(database: Database) -> None:
    record(database, events.LoginsThrottled(actor="mallory", username="admin", address="10.0.0.9"))
    assert [entry.succeeded for entry in entries(database)] == [False]


def test_an_event_of_a_newer_version_is_kept_as_it_is(database: Database) -> None:
    row = OutboxRow(1, Moment(START), "moon_landed", '{"kind":"moon_landed","actor":"neil","project_id":4}')
    database.write(lambda tx: AuditRecorder().consume(tx, [row]))
    (entry,) = entries(database)
    assert (entry.username, entry.operation, entry.resource, entry.project_id) == (
        "neil",
        "other",
        "moon_landed",
        4,
    )


def test_the_log_is_asked_by_field(database: Database) -> None:
    record(
        database,
        pushed("shop/app"),
        pushed("shop/APP-two", actor="bob"),
        events.UserCreated(actor="admin", user_id=3, username="bob"),
    )
    assert len(entries(database, Term("username", "is", ("bob",)))) == 1
    assert len(entries(database, Term("username", "is", ("bob", "admin")))) == 2
    assert len(entries(database, Term("resource", "like", ("app",)))) == 2
    assert len(entries(database, Term("resource", "like", ("%",)))) == 0
    assert (
        len(entries(database, Term("operation", "is", ("create",)), Term("resource_type", "is", ("user",))))
        == 1
    )
    assert len(entries(database, Term("nonsense", "is", ("x",)))) == 3
    assert len(entries(database, projects=frozenset({1}))) == 2
    assert entries(database, projects=frozenset()) == []


def test_the_log_is_asked_by_time(database: Database) -> None:
    rows = [
        OutboxRow(
            number,
            Moment(START + number * SECOND),
            "manifest_pushed",
            events.encode(pushed(f"shop/{number}")),
        )
        for number in range(1, 5)
    ]
    database.write(lambda tx: AuditRecorder().consume(tx, rows))
    within = Term("op_time", "between", (START + 2 * SECOND, START + 3 * SECOND))
    assert [entry.detail["repository"] for entry in entries(database, within)] == ["shop/3", "shop/2"]
    assert len(entries(database, Term("op_time", "between", (START + 2 * SECOND, None)))) == 3
    assert len(entries(database, Term("op_time", "between", (None, START)))) == 0


def test_pages_and_order(database: Database) -> None:
    record(database, *(pushed(f"shop/{name}", actor=name) for name in "cab"))
    with database.read() as tx:
        page, total = AuditTrail(StandingClock()).list(
            tx, AuditQuery(), sort=("username",), offset=1, limit=1
        )
    assert ([entry.username for entry in page], total) == (["b"], 3)
    assert [entry.username for entry in entries(database, sort=("-username",))] == ["c", "b", "a"]
    assert [entry.username for entry in entries(database)] == ["b", "a", "c"]


def test_wrong_logins_are_recorded_once_a_minute_per_name(database: Database) -> None:
    clock = StandingClock()
    trail = AuditTrail(clock)
    assert database.write(lambda tx: trail.wrong_login(tx, "admin", "10.0.0.9"))
    assert not database.write(lambda tx: trail.wrong_login(tx, "admin", "10.0.0.9"))
    assert database.write(lambda tx: trail.wrong_login(tx, "x" * 1_000))
    clock.at += MINUTE + 1
    assert database.write(lambda tx: trail.wrong_login(tx, "admin"))
    last, _, first = entries(database)
    assert (first.username, first.operation, first.resource_type, first.succeeded) == (
        "admin",
        "login",
        "user",
        False,
    )
    assert "10.0.0.9" in first.description
    assert last.description == "wrong credentials from an unknown address"
