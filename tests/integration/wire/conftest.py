"""A house with everything that can be asked for, behind two servers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.doors import Client, Pair, furnish_door, robot
from tests.houses import Furnished
from tests.integration.wire import wires

from pratique.access import Role
from pratique.oci.digest import Digest, digest_of

SIZES = {"none": 0, "tiny": 10, "small": 65_536, "medium": 70_000, "chunk": 262_144, "large": 3_000_001}


@dataclass
class Scene:
    """What lies there, and tokens by what they may."""

    home: Furnished
    servers: wires.Pair
    client: Client
    blobs: dict[str, Digest]
    digests: dict[str, Digest]
    accounts: dict[str, Pair]
    tokens: dict[str, str] = field(default_factory=dict)


def bytes_of(name: str) -> bytes:
    """Content that differs by name."""
    return (name.encode() * (SIZES[name] // len(name) + 1))[: SIZES[name]]


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """An open and public project, and a signed one with an artifact in each state."""
    home = furnish_door(f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path)
    home.project("open", public=True)
    shop = home.project("shop", "signed")
    blobs = {name: home.blob("open/app", bytes_of(name)) for name in SIZES}
    digests = {"open": digest_of(home.image("open/app", "1.0"))}
    key = home.trust(shop)
    admitted = home.image("shop/app", "1.0", seed="admitted")
    home.sign("shop/app", admitted, key, classic=True)
    refused = home.image("shop/app", "bad", seed="refused")
    home.sign("shop/app", admitted, key)
    pusher = home.user("pusher", shop, Role.DEVELOPER)
    candidate = home.image("shop/app", "1.0", seed="candidate", by=pusher)
    digests |= {
        "admitted": digest_of(admitted),
        "refused": digest_of(refused),
        "candidate": digest_of(candidate),
    }
    accounts = {
        "reader": robot(home, "reader", "shop", "pull"),
        "inspector": robot(home, "inspector", "shop", "pull", "inspect"),
        "stranger": robot(home, "stranger", "open", "pull"),
        "pusher": ("pusher", "Correct-horse-1"),
    }
    with (
        wires.pair_of(home, getattr(request, "param", "uvloop")) as servers,
        httpx.Client(base_url=wires.url_of(servers.plain)) as http,
    ):
        yield Scene(home, servers, Client(http), blobs, digests, accounts)
