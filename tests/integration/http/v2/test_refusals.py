"""gate.md 6, "How a refusal is said", over real HTTP: body, reason phrase and Warning, to GET and HEAD."""

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.clocks import ManualClock
from tests.databases import Place
from tests.doors import Client, Pair, furnish_door, over_http, robot
from tests.houses import Furnished

from pratique.oci.digest import digest_of


@dataclass(frozen=True)
class Raw:
    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Refused:
    """A refused image, the client, and a robot that may pull."""

    def __init__(self, home: Furnished, client: Client) -> None:
        self.home, self.client = home, client
        project = home.project("team", "signed")
        self.key = home.trust(project)
        self.image = home.image("team/app")
        self.pull = robot(home, "reader", "team", "pull")
        self.push = robot(home, "pusher", "team", "pull", "push")

    def raw(self, method: str, path: str, who: Pair) -> Raw:
        """The answer with its reason phrase, as it came."""
        token = self.client.token(who, "repository:team/app:pull")
        address = urlsplit(str(self.client.http.base_url)).netloc
        with contextlib.closing(http.client.HTTPConnection(address, timeout=10)) as connection:
            connection.request(method, path, headers={"authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return Raw(answer.status, answer.reason, dict(answer.getheaders()), answer.read())


@pytest.fixture
def refused(make_place: Callable[[str], Place], tmp_path: Path) -> Iterator[Refused]:
    home = furnish_door(make_place("sqlite").url, tmp_path / "registry", ManualClock())
    with over_http(home) as client:
        yield Refused(home, client)
    home.house.close()


def test_body_phrase_and_warning(refused: Refused) -> None:
    answer = refused.raw("GET", "/v2/team/app/manifests/1.0", refused.pull)
    body = answer.body
    assert answer.status == 403
    assert answer.reason.startswith("SIGNATURE_MISSING: ")
    assert len(answer.reason) <= 200
    assert len(body) <= 8_000
    error = json.loads(body)["errors"][0]
    assert error["code"] == "DENIED"
    assert len(error["message"]) <= 1_000
    assert f"@{digest_of(refused.image)}" in error["message"]
    assert "cosign sign" in error["message"]
    assert error["detail"]["reasons"][0]["code"] == "SIGNATURE_MISSING"
    warning = answer.headers["warning"]
    assert warning.startswith('299 - "SIGNATURE_MISSING')
    assert len(warning) + len(answer.reason) <= 1_000


@pytest.mark.parametrize("reference", ["1.0", "digest"])
def test_head_is_refused_with_the_same_words(refused: Refused, reference: str) -> None:
    path = f"/v2/team/app/manifests/{digest_of(refused.image) if reference == 'digest' else reference}"
    get, head = refused.raw("GET", path, refused.pull), refused.raw("HEAD", path, refused.pull)
    assert head.body == b""
    assert (head.status, head.reason) == (get.status, get.reason)
    varying = {"date", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }


def test_blobs_of_a_refused_image_stay_in(refused: Refused) -> None:
    layer = json.loads(refused.image)["layers"][0]["digest"]
    path = f"/v2/team/app/blobs/{layer}"
    for who in (refused.pull, refused.push):
        assert refused.raw("GET", path, who).status == 403
    assert refused.client.head(path, refused.push).status_code == 200
    assert refused.client.head(path, refused.pull).status_code == 403


def test_pushers_inspect_and_everybody_pulls_what_was_signed(refused: Refused) -> None:
    path = f"/v2/team/app/manifests/{digest_of(refused.image)}"
    assert refused.raw("GET", path, refused.push).status == 200
    refused.home.sign("team/app", refused.image, refused.key)
    assert refused.raw("GET", path, refused.pull).body == refused.image
    assert refused.raw("GET", "/v2/team/app/manifests/1.0", refused.pull).reason == "OK"
