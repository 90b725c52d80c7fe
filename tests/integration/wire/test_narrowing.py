"""What takes a right away ends warm answers at once: in the process that does it, and in any other on the same data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.clocks import ManualClock
from tests.doors import Client, furnish_door, robot
from tests.houses import Furnished
from tests.integration.wire import wires
from tests.integration.wire.wires import Asker, request_of, url_of

from pratique.bootstrap.house import House, build
from pratique.clock import MINUTE, Moment
from pratique.oci.digest import digest_of
from pratique.projects import Project
from pratique.settings import Settings

PULL = "repository:shop/app:pull"
LIFE = 120


@dataclass
class Shop:
    """A signed project with a signed image, and a house beside the one that serves it, on the same data."""

    home: Furnished
    clock: ManualClock
    project: Project
    other: House

    def house(self, where: str) -> House:
        return self.home.house if where == "here" else self.other

    def write(self, where: str, work: Callable[[House, Any], object]) -> None:
        house = self.house(where)
        house.stores.database.write(lambda tx: work(house, tx))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    clock = ManualClock()
    home = furnish_door(f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path, clock)
    project = home.project("shop", "signed", public=True)
    until = Moment(clock.now() + 2 * MINUTE)
    image = home.image("shop/app", "1.0")
    home.sign("shop/app", image, home.trust(project, valid_until=until))
    settings: Settings = home.house.settings
    other = build(settings, clock)
    yield Shop(home, clock, project, other)
    other.close()


def _remove_key(shop: Shop, where: str) -> None:
    shop.write(
        where, lambda house, tx: house.warehouse.desk.remove_key(tx, shop.home.admin, shop.project, "release")
    )


def _pass_the_date(shop: Shop, _where: str) -> None:
    shop.clock.advance(LIFE + 1)


def _make_private(shop: Shop, where: str) -> None:
    def work(house: House, tx: Any) -> None:
        projects = house.departments.projects
        projects.update(tx, shop.home.admin, projects.get(tx, shop.project.id), {"public": "false"})

    shop.write(where, work)


def _delete_robot(shop: Shop, where: str) -> None:
    shop.write(where, lambda house, tx: house.identity.robots.delete(tx, 1, by=shop.home.admin))


def _delete_tag(shop: Shop, where: str) -> None:
    shop.house(where).warehouse.deleter.tag("shop/app", "1.0", shop.home.admin)


def _remake(shop: Shop, where: str) -> None:
    """Everything is deleted, and another project made under the name, with another image under the tag."""
    house = shop.house(where)
    house.warehouse.deleter.repository("shop/app", shop.home.admin)

    def work(house: House, tx: Any) -> None:
        projects = house.departments.projects
        projects.delete(tx, shop.home.admin, projects.get(tx, shop.project.id))

    shop.write(where, work)
    shop.home.project("shop", "open", public=False)
    shop.home.image("shop/app", "1.0", seed="another")


ACTS: dict[str, tuple[Callable[[Shop, str], None], str]] = {
    "key removed": (_remove_key, "robot"),
    "date passed": (_pass_the_date, "robot"),
    "made private": (_make_private, "anonymous"),
    "robot deleted": (_delete_robot, "robot"),
    "tag deleted": (_delete_tag, "robot"),
    "project remade": (_remake, "robot"),
}


@pytest.mark.parametrize("where", ["here", "elsewhere"])
@pytest.mark.parametrize("act", ACTS)
def test_narrowing_ends_warm_answers(shop: Shop, act: str, where: str) -> None:
    account = robot(shop.home, "reader", "shop", "pull")
    do, who = ACTS[act]
    with wires.pair_of(shop.home) as servers, httpx.Client(base_url=url_of(servers.plain)) as http:
        token = Client(http).token(account if who == "robot" else None, PULL)
        request = request_of("GET", "/v2/shop/app/manifests/1.0", ("authorization", f"Bearer {token}"))
        with Asker(servers.fast) as asker:
            for _ in range(3):
                asker.send(request)
                assert asker.answer().startswith(b"HTTP/1.1 200")
            assert servers.given == 2
            do(shop, where)
            asker.send(request)
            assert not asker.answer().startswith(b"HTTP/1.1 200")
            assert servers.given == 2


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_project_that_becomes_signed_ends_warm_blobs(tmp_path: Path, where: str) -> None:
    home = furnish_door(f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path)
    project = home.project("open", public=True)
    home.image("open/app", "1.0")
    digest = digest_of(b"layer of one")
    other = build(home.house.settings, home.clock)
    shop = Shop(home, home.clock, project, other)

    def turn(house: House, tx: Any) -> None:
        projects = house.departments.projects
        projects.update(tx, home.admin, projects.get(tx, project.id), {"admission": "signed"})

    with wires.pair_of(home) as servers, httpx.Client(base_url=url_of(servers.plain)) as http:
        token = Client(http).token(None, "repository:open/app:pull")
        bearer = ("authorization", f"Bearer {token}")
        paths = (f"/v2/open/app/blobs/{digest}", "/v2/open/app/manifests/1.0")
        with Asker(servers.fast) as asker:
            for path in paths * 2:
                asker.send(request_of("GET", path, bearer))
                assert asker.answer().startswith(b"HTTP/1.1 200")
            assert servers.given == 2
            shop.write(where, turn)
            for path in paths:
                asker.send(request_of("GET", path, bearer))
                assert asker.answer().startswith(b"HTTP/1.1 403"), path
            assert servers.given == 2
    other.close()


def test_a_candidate_is_not_for_everybody(shop: Shop) -> None:
    """Of a tag whose sides differ, memory has the admitted side, and not for who may see the other (gate.md 4)."""
    reader = robot(shop.home, "reader", "shop", "pull")
    inspector = robot(shop.home, "inspector", "shop", "pull", "inspect")
    pusher = robot(shop.home, "pusher", "shop", "pull", "push")
    with wires.pair_of(shop.home) as servers, httpx.Client(base_url=url_of(servers.fast)) as http:
        client = Client(http)
        candidate = shop.home.image("shop/app", "1.0", seed="two")
        tokens = {
            "reader": client.token(reader, PULL),
            "inspector": client.token(inspector, PULL),
            "pusher": client.token(pusher, "repository:shop/app:pull,push"),
        }
        found: dict[str, set[str]] = {who: set() for who in tokens}
        for _ in range(3):
            for who, token in tokens.items():
                answer = client.get("/v2/shop/app/manifests/1.0", token)
                found[who].add(answer.headers["docker-content-digest"])
        assert found["inspector"] == found["pusher"] == {digest_of(candidate)}
        assert len(found["reader"]) == 1
        assert found["reader"] != found["pusher"]
        assert servers.given == 2
