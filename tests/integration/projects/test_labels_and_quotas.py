"""Labels and quotas on both databases."""

import pytest
from tests.integration.projects.conftest import ADMIN, ALICE, Room

from pratique import events
from pratique.errors import BadRequest, Conflict, NotFound, QuotaExceeded
from pratique.oci.digest import digest_of

ONE, TWO = digest_of(b"one"), digest_of(b"two")


def test_a_label_is_made_changed_and_deleted(room: Room) -> None:
    project = room.make("shop")
    room.told()
    label = room.do(room.labels.create, ALICE, "prod", color="#00AB9A", project_id=project.id)
    assert (label.scope, label.name, label.color) == ("p", "prod", "#00AB9A")
    changed = room.do(room.labels.update, ALICE, label.id, name="production", description="live")
    assert (changed.name, changed.description, changed.project_id) == ("production", "live", project.id)
    room.do(room.labels.delete, ALICE, label.id)
    with pytest.raises(NotFound):
        room.ask(room.labels.get, label.id)
    told = [event for event in room.told() if isinstance(event, events.LabelChanged)]
    assert [(event.change, event.project) for event in told] == [
        ("created", "shop"),
        ("updated", "shop"),
        ("deleted", "shop"),
    ]


def test_names_are_taken_per_scope(room: Room) -> None:
    project = room.make("shop")
    room.do(room.labels.create, ADMIN, "prod")
    mine = room.do(room.labels.create, ALICE, "prod", project_id=project.id)
    other = room.do(room.labels.create, ALICE, "test", project_id=project.id)
    with pytest.raises(Conflict):
        room.do(room.labels.create, ADMIN, "prod")
    with pytest.raises(Conflict):
        room.do(room.labels.update, ALICE, other.id, name="prod")
    assert room.do(room.labels.update, ALICE, mine.id, name="prod").name == "prod"
    with pytest.raises(NotFound):
        room.do(room.labels.create, ALICE, "x", project_id=4_711)


@pytest.mark.parametrize(
    ("name", "description", "color"),
    [(" ", "", ""), ("x" * 129, "", ""), ("x", "", "red"), ("x", "y" * 5_000, "")],
)
def test_what_a_label_says_is_bounded(room: Room, name: str, description: str, color: str) -> None:
    with pytest.raises(BadRequest):
        room.do(room.labels.create, ADMIN, name, description=description, color=color)


def test_labels_are_listed_by_scope_and_name(room: Room) -> None:
    project = room.make("shop")
    for name, project_id in (("b", 0), ("a", 0), ("c", project.id)):
        room.do(room.labels.create, ADMIN, name, project_id=project_id)
    everything, total = room.ask(room.labels.list, limit=2)
    assert ([label.name for label in everything], total) == (["a", "b"], 3)
    own, total = room.ask(room.labels.list, project_id=project.id)
    assert ([label.name for label in own], total) == (["c"], 1)
    like, _ = room.ask(room.labels.list, project_id=0, name_like="B")
    assert [label.name for label in like] == ["b"]


def test_labels_on_artifacts(room: Room) -> None:
    project = room.make("shop")
    prod = room.do(room.labels.create, ADMIN, "prod")
    test = room.do(room.labels.create, ALICE, "test", project_id=project.id)
    for digest, label in ((ONE, prod), (ONE, test), (TWO, test)):
        room.do(room.labels.attach, ALICE, project, "shop/app", digest, label.id)
    with pytest.raises(Conflict):
        room.do(room.labels.attach, ALICE, project, "shop/app", ONE, prod.id)
    found = room.ask(room.labels.of_artifacts, "shop/app", (ONE, TWO))
    assert {digest: [label.name for label in has] for digest, has in found.items()} == {
        ONE: ["prod", "test"],
        TWO: ["test"],
    }
    both = frozenset({prod.id, test.id})
    assert room.ask(room.labels.artifacts_with, "shop/app", both) == {ONE}
    room.do(room.labels.detach, ALICE, project, "shop/app", ONE, prod.id)
    with pytest.raises(NotFound):
        room.do(room.labels.detach, ALICE, project, "shop/app", ONE, prod.id)
    room.do(room.labels.forget, "shop/app", (ONE,))
    assert set(room.ask(room.labels.of_artifacts, "shop/app", (ONE, TWO))) == {TWO}
    room.do(room.labels.forget, "shop/app")
    assert room.ask(room.labels.of_artifacts, "shop/app", (ONE, TWO)) == {}


def test_a_label_of_another_project_is_not_found(room: Room) -> None:
    shop, mine = room.make("shop"), room.make("mine")
    label = room.do(room.labels.create, ALICE, "x", project_id=mine.id)
    with pytest.raises(NotFound, match="not found in project shop"):
        room.do(room.labels.attach, ALICE, shop, "shop/app", ONE, label.id)


def test_deleting_a_label_takes_it_off_artifacts(room: Room) -> None:
    project = room.make("shop")
    label = room.do(room.labels.create, ALICE, "x", project_id=project.id)
    room.do(room.labels.attach, ALICE, project, "shop/app", ONE, label.id)
    room.do(room.labels.delete, ALICE, label.id)
    assert room.ask(room.labels.of_artifacts, "shop/app", (ONE,)) == {}


def test_a_project_without_a_limit_takes_anything(room: Room) -> None:
    project = room.make("shop")
    assert room.ask(room.quotas.hard, project.id) is None
    room.ask(room.quotas.require, project.id, 2**60)


def test_a_limit_is_set_told_and_held(room: Room) -> None:
    project = room.make("shop")
    room.told()
    quota = room.ask(room.quotas.of_project, project.id)
    changed = room.do(room.quotas.update, ADMIN, quota.id, 10 * 2**20)
    room.neighbours.stored[project.id] = 9 * 2**20
    assert changed.hard == room.ask(room.quotas.hard, project.id) == 10 * 2**20
    room.ask(room.quotas.require, project.id, 2**20)
    with pytest.raises(QuotaExceeded, match=r"adding 1\.0 MiB .* usage of 9\.0 MiB .* limit of 10\.0 MiB"):
        room.ask(room.quotas.require, project.id, 2**20 + 1)
    assert room.told() == [
        events.QuotaChanged(
            actor="admin", project_id=project.id, project="shop", limit=10 * 2**20, previous=-1
        )
    ]


@pytest.mark.parametrize("hard", [0, -2, 2**50 + 1])
def test_a_limit_makes_sense(room: Room, hard: int) -> None:
    project = room.make("shop")
    quota = room.ask(room.quotas.of_project, project.id)
    with pytest.raises(BadRequest, match="not a storage limit"):
        room.do(room.quotas.update, ADMIN, quota.id, hard)


def test_quotas_are_listed_by_what_is_used(room: Room) -> None:
    made = [room.make(name) for name in ("a", "b", "c")]
    for project, used in zip(made, (5, 50, 20), strict=True):
        room.neighbours.stored[project.id] = used
    page, total = room.ask(room.quotas.list, sort=("-used.storage",), limit=2)
    assert ([(quota.project, quota.used) for quota in page], total) == ([("b", 50), ("c", 20)], 3)
    one, total = room.ask(room.quotas.list, project_id=made[0].id)
    assert ([quota.project for quota in one], total) == (["a"], 1)
    with pytest.raises(NotFound):
        room.ask(room.quotas.get, 4_711)
