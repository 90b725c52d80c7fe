"""Projects on both databases: made, found, changed, deleted; and what each tells the others."""

import pytest
from tests.integration.projects.conftest import ADMIN, ALICE, BOB, Room

from pratique import events
from pratique.access import Role
from pratique.errors import BadRequest, Conflict, NotFound, PreconditionFailed
from pratique.projects import Admission, Person, ProjectFilter, Visible


def names(room: Room, wanted: ProjectFilter, *sort: str) -> list[str]:
    page, total = room.ask(room.projects.list, wanted, sort=sort)
    assert total == len(page)
    return [project.name for project in page]


def test_the_owner_of_a_new_project_is_its_admin(room: Room) -> None:
    project = room.make("shop", public="true")
    assert (project.public, project.admission, project.owner) == (True, Admission.OPEN, "alice")
    members, total = room.ask(room.members.list, project)
    assert total == 1
    assert (members[0].username, members[0].role) == ("alice", Role.PROJECT_ADMIN)
    assert room.told() == [
        events.ProjectCreated(
            actor="alice", project_id=project.id, project="shop", public=True, owner="alice"
        ),
        events.MemberAdded(
            actor="alice", project_id=project.id, project="shop", member="alice", role="projectAdmin"
        ),
    ]
    assert room.neighbours.turned == [(project.id, [])]
    assert room.neighbours.bumped == ["user:2"]


def test_found_by_name_and_number_with_all_metadata(room: Room) -> None:
    made = room.make("shop", admission="signed", severity="high")
    assert room.ask(room.projects.by_name, "shop") == made
    assert room.ask(room.projects.by_id, made.id) == made
    assert made.metadata == {
        "public": "false",
        "admission": "signed",
        "enable_content_trust_cosign": "false",
        "enable_content_trust": "false",
        "severity": "high",
    }
    assert room.ask(room.projects.by_name, "other") is None
    with pytest.raises(NotFound):
        room.ask(room.projects.get, 4_711)


@pytest.mark.parametrize("name", ["", "Shop", "a__b", "a--b", "-a", "a-", "a/b", "a" * 256, "a\n", "ä"])
def test_names_follow_harbors_rule(room: Room, name: str) -> None:
    with pytest.raises(BadRequest, match="is not a project name"):
        room.make(name)


@pytest.mark.parametrize("name", ["a", "0", "a.b_c-d", "a" * 255])
def test_names_that_harbor_allows(room: Room, name: str) -> None:
    assert room.make(name).name == name


def test_a_name_is_taken_once(room: Room) -> None:
    room.make("shop")
    with pytest.raises(Conflict, match="shop already exists"):
        room.make("shop", owner=BOB)


def test_a_refused_project_leaves_nothing_behind(room: Room) -> None:
    with pytest.raises(BadRequest, match="retention_id can't be set"):
        room.make("shop", retention_id="1")
    with pytest.raises(BadRequest, match="not a storage limit"):
        room.do(room.projects.create, ADMIN, "shop", {}, owner=Person(1, "admin"), storage=-2)
    assert names(room, ProjectFilter()) == []
    assert room.told() == []


def test_an_update_tells_what_differs_and_turns_admission(room: Room) -> None:
    project = room.make("shop")
    room.told()
    before = room.database.changed()
    updated = room.do(
        room.projects.update, ALICE, project, {"enable_content_trust_cosign": "true", "public": "true"}
    )
    changed = updated.project
    assert updated.pending == 7
    assert (changed.public, changed.admission) == (True, Admission.SIGNED)
    assert changed.updated_at > project.updated_at
    assert room.neighbours.turned[-1] == (project.id, True)
    (event,) = room.told()
    assert event == events.ProjectUpdated(
        actor="alice",
        project_id=project.id,
        project="shop",
        before={"public": "false", "admission": "open", "enable_content_trust_cosign": "false"},
        after={"public": "true", "admission": "signed", "enable_content_trust_cosign": "true"},
    )
    _, scopes = room.database.changes_since(before)
    assert scopes is not None
    assert f"project:{project.id}" in scopes


def test_an_update_that_changes_nothing_tells_nothing(room: Room) -> None:
    project = room.make("shop", public="true")
    room.told()
    turned = len(room.neighbours.turned)
    room.do(room.projects.update, ALICE, project, {"public": "true", "admission": "open"})
    assert room.told() == []
    assert len(room.neighbours.turned) == turned


def test_metadata_can_be_taken_back(room: Room) -> None:
    project = room.make("shop", public="true", admission="signed", severity="high")
    for name in ("severity", "public", "admission"):
        project = room.do(room.projects.remove_metadata, ALICE, project, name).project
    assert project.metadata == {
        "public": "false",
        "admission": "open",
        "enable_content_trust_cosign": "false",
        "enable_content_trust": "false",
    }
    with pytest.raises(NotFound, match="no metadata 'severity'"):
        room.do(room.projects.remove_metadata, ALICE, project, "severity")


def test_a_project_with_repositories_is_not_deleted(room: Room) -> None:
    project = room.make("shop")
    room.neighbours.held[project.id] = 2
    assert "2 repositories" in room.ask(room.projects.why_not_deletable, project)
    with pytest.raises(PreconditionFailed, match="contains 2 repositories"):
        room.do(room.projects.delete, ALICE, project)
    assert room.neighbours.forgotten == []
    assert names(room, ProjectFilter()) == ["shop"]


def test_deletion_takes_everything_along_and_numbers_are_not_reused(room: Room) -> None:
    project = room.make("shop", severity="low")
    label = room.do(room.labels.create, ALICE, "prod", project_id=project.id)
    room.told()
    room.neighbours.bumped.clear()
    room.do(room.projects.delete, ALICE, project)
    assert room.neighbours.forgotten == ["shop"]
    assert room.neighbours.bumped == ["user:2"]
    assert room.told() == [events.ProjectDeleted(actor="alice", project_id=project.id, project="shop")]
    with pytest.raises(NotFound):
        room.ask(room.labels.get, label.id)
    again = room.make("shop", owner=BOB)
    assert again.id > project.id
    assert "severity" not in again.metadata
    with pytest.raises(NotFound):
        room.do(room.projects.delete, ALICE, project)


def test_lists_show_what_may_be_seen(room: Room) -> None:
    room.make("open", public="true")
    room.make("mine")
    room.make("yours", owner=BOB)
    assert names(room, ProjectFilter()) == ["mine", "open", "yours"]
    assert names(room, ProjectFilter(visible=Visible())) == ["open"]
    assert names(room, ProjectFilter(visible=Visible(user_id=ALICE.id))) == ["mine", "open"]
    yours = room.ask(room.projects.by_name, "yours")
    assert yours is not None
    reached = Visible(project_ids=frozenset({yours.id}))
    assert names(room, ProjectFilter(visible=reached)) == ["open", "yours"]


def test_lists_filter_sort_and_page(room: Room) -> None:
    for name in ("a-one", "b-two", "c-one", "under_score"):
        room.make(name, public="true" if name.startswith("b") else "false")
    room.make("d-bob", owner=BOB)
    assert names(room, ProjectFilter(name_like="ONE")) == ["a-one", "c-one"]
    assert names(room, ProjectFilter(name_like="_")) == ["under_score"]
    assert names(room, ProjectFilter(name="a-one")) == ["a-one"]
    assert names(room, ProjectFilter(public=True)) == ["b-two"]
    assert names(room, ProjectFilter(public=False, owner="bob")) == ["d-bob"]
    assert names(room, ProjectFilter(), "-creation_time")[0] == "d-bob"
    assert names(room, ProjectFilter(), "nonsense", "-name")[0] == "under_score"
    page, total = room.ask(room.projects.list, ProjectFilter(), offset=1, limit=2)
    assert ([project.name for project in page], total) == (["b-two", "c-one"], 5)


def test_a_summary_counts(room: Room) -> None:
    project = room.make("shop")
    room.do(room.members.add, ALICE, project, Role.GUEST, username="bob")
    room.neighbours.held[project.id] = 3
    room.neighbours.stored[project.id] = 1_000
    summary = room.ask(room.projects.summary, project)
    assert (summary.repositories, summary.hard, summary.used) == (3, -1, 1_000)
    assert summary.members == {Role.PROJECT_ADMIN: 1, Role.GUEST: 1}
