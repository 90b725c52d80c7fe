"""The leak matrix over HTTP: the same table as of the rooms, through real doors, cold and warm."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from tests.abuse.asking import API_EXITS, ASK, ELSEWHERE, OPERATIONS_ASKED, SECRET, Asker
from tests.abuse.exits import ACTORS, EXITS, STAGES, Exit, Stage, expected
from tests.abuse.theatre import Cast, Play, Stagehand
from tests.contained import examined, informed, packages, reported_by_another
from tests.doors import over_http
from tests.houses import furnish

from pratique.http.api import OPERATIONS

HOUR: Final = 3_600
VISIBILITIES: Final = ("private", "public")
WAYS: Final = tuple(way for way in (*EXITS, *API_EXITS) if way.name in ASK)


@pytest.fixture(scope="module")
def theatre(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Asker, Mapping[tuple[str, str], Play]]]:
    """Every stage in both visibilities behind a real server."""
    directory = tmp_path_factory.mktemp("theatre")
    home = furnish(f"sqlite:///{directory}/pratique.db", directory / "data")
    hand = Stagehand(home, Cast(home))
    plays = {
        (stage.name, visibility): hand.set_up(stage, is_public=visibility == "public")
        for stage in STAGES
        for visibility in VISIBILITIES
    }
    informed(home)
    for play in plays.values():
        examined(home, play.image, packages(f"{SECRET}==1.0"))
    reported_by_another(home, [play.digest for play in plays.values()], ELSEWHERE)
    home.clock.advance(HOUR)
    with over_http(home) as client:
        yield Asker(home, client), plays
    home.house.close()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_what_leaves(
    theatre: tuple[Asker, Mapping[tuple[str, str], Play]], stage: Stage, visibility: str, way: Exit
) -> None:
    asker, plays = theatre
    play = plays[stage.name, visibility]
    right = {actor.name: expected(stage, actor, way, is_public=play.is_public) for actor in ACTORS}
    assert {actor.name: asker.answer(play, actor, way) for actor in ACTORS} == right


def test_every_way_of_the_protocol_is_asked() -> None:
    """Mounts, copies and the catalog need a right on something else too: `test_ways_between.py`."""
    between = {"mount from", "mount from anywhere", "copy", "catalog"}
    assert {way.name for way in EXITS} - set(ASK) == between


def test_every_operation_that_tells_of_artifacts_is_asked() -> None:
    """Changes tell nothing: they answer without a body."""
    telling = {
        one.operation_id for one in OPERATIONS if "/artifacts" in one.path and one.response is not None
    }
    assert telling - set(OPERATIONS_ASKED) == set()
    assert set(OPERATIONS_ASKED) <= {one.operation_id for one in OPERATIONS}
    assert set(OPERATIONS_ASKED.values()) <= set(ASK) & {way.name for way in API_EXITS}
