"""The leak matrix: every way out, every state, every actor (gate.md 6), asked of the rooms.

In the process that changed things, and in another one that reads the same database through a house of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import pytest
from tests.abuse.exits import ACTORS, EXITS, STAGES, Actor, Answer, Exit, Stage, expected
from tests.abuse.theatre import Cast, Play, Stagehand
from tests.houses import Furnished
from tests.scenes import NUMBERS

from pratique.access import Principal, Tier
from pratique.bootstrap.house import House, build
from pratique.errors import BlobUnknown, ManifestUnknown, Quarantined, RepositoryUnknown
from pratique.oci.digest import Digest, digest_of
from pratique.oci.names import fallback_tag_of
from pratique.registry import Page, Reader

HOUR: Final = 3_600
VISIBILITIES: Final = ("private", "public")
Asked = tuple[House, Play, Actor]


@pytest.fixture(scope="session")
def plays(home: Furnished) -> Mapping[tuple[str, str], Play]:
    """Every stage in both visibilities; the last act is that an hour passes."""
    hand = Stagehand(home, Cast(home))
    made = {
        (stage.name, visibility): hand.set_up(stage, is_public=visibility == "public")
        for stage in STAGES
        for visibility in VISIBILITIES
    }
    home.clock.advance(HOUR)
    return made


@pytest.fixture(scope="session")
def second(home: Furnished) -> Iterator[House]:
    """A house of another process, on the same stores."""
    built = build(home.house.settings, home.clock)
    yield built
    built.close()


# --- how an exit is asked -----------------------------------------------------------------------------------------


def reader_of(asked: Asked, repository: str | None = None) -> Reader:
    house, play, actor = asked
    principal = play.cast[actor.name]
    name = repository or play.scene.repository
    with house.stores.database.read() as tx:
        granted = house.departments.rights.rights_of(tx, principal, name)
    if granted is None:
        return Reader(principal, Tier.NONE)
    return Reader(principal, granted.tier, actor.carries_push, granted.inspect)


def manifest(asked: Asked, reference: str) -> Answer:
    house, play, _ = asked
    pulled = house.warehouse.puller.manifest(play.scene.repository, reference, reader_of(asked))
    return Answer.OLDER if pulled.content == play.older else Answer.OUT


def blob(asked: Asked, digest: Digest, *, head: bool = False) -> Answer:
    house, play, actor = asked
    reader = reader_of(asked)
    if head:
        reader = replace(reader, may_push=actor.pushes)
    pulled = house.warehouse.puller.blob(play.scene.repository, digest, reader, head=head)
    if not head:
        with house.warehouse.puller.open_blob(pulled) as source:
            assert digest_of(source.read()) == digest
    return Answer.OUT


def referrers(asked: Asked) -> Answer:
    house, play, _ = asked
    found = house.warehouse.lister.referrers(play.scene.repository, play.digest, reader_of(asked), None)
    digests = {descriptor.digest for descriptor in found.descriptors}
    assert not digests or digest_of(play.evidence[0]) in digests
    return Answer.OUT if digests else Answer.EMPTY


def mount(asked: Asked, source: str | None) -> Answer:
    house, play, actor = asked
    target = f"{play.depot}/target{next(NUMBERS)}"
    reader = Reader(play.cast[actor.name], Tier.NONE, may_push=True)
    return Answer.OUT if house.warehouse.mounts.mount(target, play.layer, source, reader) else Answer.MISSING


def copy(asked: Asked) -> Answer:
    house, play, _ = asked
    target = f"{play.depot}/copy{next(NUMBERS)}"
    by = play.scene.home.admin
    reference = play.digest
    house.warehouse.copier.copy(play.scene.repository, reference, reader_of(asked), target, by)
    return Answer.OUT


def tag_list(asked: Asked) -> Answer:
    house, play, _ = asked
    found = house.warehouse.lister.tags(play.scene.repository, reader_of(asked), Page())
    return Answer.OUT if "1.0" in found else Answer.UNLISTED


def catalog(asked: Asked) -> Answer:
    house, play, actor = asked
    principal: Principal = play.cast[actor.name]
    with house.stores.database.read() as tx:
        shelf = house.departments.rights.shelf(tx, principal)
    found = house.warehouse.lister.catalog(shelf, Page())
    return Answer.OUT if play.scene.repository in found else Answer.UNLISTED


ASK: Final[Mapping[str, Callable[[Asked], Answer]]] = {
    "manifest by digest": lambda asked: manifest(asked, asked[1].digest),
    "manifest by tag": lambda asked: manifest(asked, "1.0"),
    "child of an index by digest": lambda asked: manifest(asked, digest_of(asked[1].child)),
    "index by digest": lambda asked: manifest(asked, digest_of(asked[1].index)),
    "blob": lambda asked: blob(asked, asked[1].layer),
    "blob, HEAD": lambda asked: blob(asked, asked[1].layer, head=True),
    "config blob": lambda asked: blob(asked, asked[1].config),
    "blob of a child": lambda asked: blob(asked, asked[1].layer_of_child),
    "blob of evidence": lambda asked: blob(asked, asked[1].document),
    "blob in no manifest yet": lambda asked: blob(asked, asked[1].unnamed),
    "blob of another repository": lambda asked: blob(asked, digest_of(b"of another repository")),
    "evidence by digest": lambda asked: manifest(asked, digest_of(asked[1].evidence[0])),
    "evidence tag": lambda asked: manifest(asked, asked[1].evidence_tag("sbom")),
    "evidence tag that is not there": lambda asked: manifest(asked, asked[1].evidence_tag("att")),
    "fallback tag": lambda asked: manifest(asked, fallback_tag_of(asked[1].digest)),
    "referrers": referrers,
    "mount from": lambda asked: mount(asked, asked[1].scene.repository),
    "mount from anywhere": lambda asked: mount(asked, None),
    "copy": copy,
    "tag list": tag_list,
    "catalog": catalog,
}


def answer(asked: Asked, way: Exit) -> Answer:
    try:
        return ASK[way.name](asked)
    except Quarantined:
        return Answer.REFUSED
    except (ManifestUnknown, BlobUnknown):
        return Answer.MISSING
    except RepositoryUnknown:
        return Answer.HIDDEN


@pytest.mark.parametrize("way", EXITS, ids=lambda way: way.name)
@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_what_leaves(
    home: Furnished,
    second: House,
    plays: Mapping[tuple[str, str], Play],
    stage: Stage,
    visibility: str,
    way: Exit,
) -> None:
    """One row of cells: an exit and a stage, asked by every actor.

    On SQLite the other process is asked of what is private and this one of what is public, on PostgreSQL vice versa.
    """
    play = plays[stage.name, visibility]
    is_elsewhere = play.is_public is (home.house.stores.database.dialect == "postgresql")
    house = second if is_elsewhere else home.house
    right = {actor.name: expected(stage, actor, way, is_public=play.is_public) for actor in ACTORS}
    assert {actor.name: answer((house, play, actor), way) for actor in ACTORS} == right


def test_every_exit_is_asked() -> None:
    assert {way.name for way in EXITS} == set(ASK)
