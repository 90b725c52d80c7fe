"""The table of events."""

from typing import get_args

import msgspec
import pytest

from pratique import events


def made(kind: type[events.Event]) -> events.Event:
    """An event with some value in each field that must be given."""
    required = {f.name: f.type for f in msgspec.structs.fields(kind) if f.required}
    values = {
        str: "x",
        str | None: None,
        int: 7,
        bool: True,
        float: 0.5,
        tuple[str, ...]: ["x"],
        dict[str, int]: {"a": 1},
    }
    fields = {name: values.get(of, {"a": [1, None]}) for name, of in required.items()}
    for name, of in required.items():
        if choices := [choice for choice in get_args(of) if isinstance(choice, str) and choice]:
            fields[name] = choices[0]
    return msgspec.convert(fields | {"kind": events.kind_of(kind)}, kind)


@pytest.mark.parametrize("kind", events.EVENTS.values(), ids=events.EVENTS.keys())
def test_each_event_comes_back_from_its_row(kind: type[events.Event]) -> None:
    event = made(kind)
    assert events.decode(events.encode(event)) == event


def test_every_event_is_in_the_table() -> None:
    assert set(get_args(events.AnyEvent)) == set(events.EVENTS.values())
    bases = {events.InProject, events.InRepository}
    everything: set[type[events.Event]] = set(events.Event.__subclasses__())
    for base in bases:
        everything.update(base.__subclasses__())
    assert everything - bases == set(events.EVENTS.values())


def test_kinds_are_words_with_underscores() -> None:
    assert events.kind_of(events.RobotSecretRefreshed) == "robot_secret_refreshed"
    assert all(kind.replace("_", "").islower() for kind in events.EVENTS)


def test_every_event_says_when_it_happens() -> None:
    unsaid = [
        kind for kind, event in events.EVENTS.items() if not (event.__doc__ or "").strip().endswith(".")
    ]
    assert unsaid == []


def test_fields_of_a_newer_version_are_passed_over() -> None:
    row = '{"kind":"user_deleted","actor":"a","user_id":1,"username":"u","new":1}'
    assert events.decode(row) == events.UserDeleted(actor="a", user_id=1, username="u")


def test_a_kind_of_a_newer_version_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        events.decode('{"kind":"ship_sunk","actor":"a"}')
