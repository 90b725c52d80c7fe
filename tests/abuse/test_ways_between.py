"""The leak matrix over HTTP, part two: mounts, copies and the catalog, which need a right on something else too.

Asked by people, each with a project of his own to mount and copy into; robots are asked at the rooms.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.abuse.asking import Asker
from tests.abuse.exits import ACTORS, EXITS, STAGES, Actor, Answer, Stage, expected
from tests.abuse.theatre import Cast, Play, Stagehand
from tests.doors import over_http
from tests.houses import furnish
from tests.scenes import NUMBERS

from pratique.access import Role

HOUR: Final = 3_600
PEOPLE: Final = tuple(
    actor for actor in ACTORS if not actor.name.startswith("robot") and not actor.carries_push
)
SIGNED_IN: Final = tuple(actor for actor in PEOPLE if actor.name != "anonymous")
WAYS: Final = {way.name: way for way in EXITS}


@dataclass
class Theatre:
    """Plays behind a server, and where each actor may push."""

    asker: Asker
    plays: Mapping[tuple[str, bool], Play]
    targets: dict[str, str] = field(default_factory=dict)

    def target(self, play: Play, actor: Actor) -> str:
        """A new repository in the actor's own project, which nobody else reads."""
        if actor.name not in self.targets:
            project = self.asker.home.project(f"own{next(NUMBERS)}")
            self.targets[actor.name] = project.name
            if not actor.is_admin:
                self.asker.home.admit(play.cast[actor.name], project, Role.DEVELOPER)
        return f"{self.targets[actor.name]}/new{next(NUMBERS)}"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    directory = tmp_path_factory.mktemp("between")
    home = furnish(f"sqlite:///{directory}/pratique.db", directory / "data")
    hand = Stagehand(home, Cast(home))
    plays = {
        (stage.name, is_public): hand.set_up(stage, is_public=is_public)
        for stage in STAGES
        for is_public in (False, True)
    }
    home.clock.advance(HOUR)
    with over_http(home) as client:
        yield Theatre(Asker(home, client), plays)
    home.house.close()


def mount(theatre: Theatre, play: Play, actor: Actor, source: str) -> Answer:
    target = theatre.target(play, actor)
    token = theatre.asker.token(play, actor, "pull,push", target)
    query = f"?mount={play.layer}{source}"
    got = theatre.asker.client.post(f"/v2/{target}/blobs/uploads/{query}", token)
    assert got.status_code in {201, 202}, got.text
    if got.status_code == 202:
        assert play.layer not in got.text + str(got.headers), "as if unknown"
        # The upload that a 202 begins is not gone on with.
        theatre.asker.client.delete(urlsplit(got.headers["location"]).path, token)
    return Answer.OUT if got.status_code == 201 else Answer.MISSING


def mount_from(theatre: Theatre, play: Play, actor: Actor) -> Answer:
    return mount(theatre, play, actor, f"&from={play.scene.repository}")


def mount_from_anywhere(theatre: Theatre, play: Play, actor: Actor) -> Answer:
    return mount(theatre, play, actor, "")


def copy(theatre: Theatre, play: Play, actor: Actor) -> Answer:
    project, _, path = theatre.target(play, actor).partition("/")
    got = theatre.asker.client.post(
        f"/api/v2.0/projects/{project}/repositories/{path}/artifacts",
        theatre.asker.home.credentials(play.cast[actor.name]),
        params={"from": f"{play.scene.repository}@{play.digest}"},
    )
    if got.status_code == 403 and "verdict" in got.text:
        return Answer.REFUSED
    return Answer.OUT if got.status_code == 201 else Answer.HIDDEN


def catalog(theatre: Theatre, play: Play, actor: Actor) -> Answer:
    who = theatre.asker.home.credentials(play.cast[actor.name])
    got = theatre.asker.client.get("/v2/_catalog", who, params={"n": "1000"})
    assert got.status_code == 200
    return Answer.OUT if play.scene.repository in got.json()["repositories"] else Answer.UNLISTED


ASK: Final[Mapping[str, Callable[[Theatre, Play, Actor], Answer]]] = {
    "mount from": mount_from,
    "mount from anywhere": mount_from_anywhere,
    "copy": copy,
    "catalog": catalog,
}


@pytest.mark.parametrize("way", ASK)
@pytest.mark.parametrize("is_public", [False, True], ids=["private", "public"])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_what_leaves(theatre: Theatre, stage: Stage, is_public: bool, way: str) -> None:
    play = theatre.plays[stage.name, is_public]
    right = {actor.name: expected(stage, actor, WAYS[way], is_public=is_public) for actor in SIGNED_IN}
    assert {actor.name: ASK[way](theatre, play, actor) for actor in SIGNED_IN} == right


def test_nobody_mounts_copies_or_lists_without_an_account(theatre: Theatre) -> None:
    play = theatre.plays["open", True]
    client, target = theatre.asker.client, f"{play.depot}/new"
    assert client.post(f"/v2/{target}/blobs/uploads/?mount={play.layer}", None).status_code == 401
    assert client.get("/v2/_catalog", None).status_code == 401
    assert client.post(f"/api/v2.0/projects/{play.depot}/repositories/new/artifacts", None).status_code == 401
