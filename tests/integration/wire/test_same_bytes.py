"""The fast way and the ordinary one give the same bytes: the wire is an optimisation and no second set of rules."""

import itertools

import pytest
from tests.integration.wire.conftest import SIZES, Scene, bytes_of
from tests.integration.wire.wires import Asker, masked, request_of

PULL = "repository:{}:pull"


def _tokens(scene: Scene) -> dict[str, str]:
    ask = scene.client.token
    accounts = scene.accounts
    both = (PULL.format("open/app"), PULL.format("shop/app"))
    return {
        "anonymous": ask(None, *both),
        "reader": ask(accounts["reader"], *both),
        "inspector": ask(accounts["inspector"], *both),
        "stranger": ask(accounts["stranger"], *both),
        "owner": ask(accounts["pusher"], *both),
        "pusher": ask(accounts["pusher"], PULL.format("open/app"), "repository:shop/app:pull,push"),
        "admin": ask(("admin", "Correct-horse-1"), *both),
        "elsewhere": ask(("admin", "Correct-horse-1"), PULL.format("open/other")),
        "rubbish": "rubbish",
    }


def _both(scene: Scene, request: bytes, method: str = "GET") -> tuple[bytes, bytes]:
    """What either server answers, the one without memory first, so that it fills the memory of the other."""
    answers = []
    for address in (scene.servers.plain, scene.servers.fast):
        with Asker(address) as asker:
            asker.send(request)
            answers.append(masked(asker.answer(method)))
    return answers[0], answers[1]


def _paths(scene: Scene) -> list[str]:
    subject = scene.digests["admitted"].replace(":", "-")
    refused = scene.digests["refused"].replace(":", "-")
    references = [
        "1.0",
        "bad",
        "none",
        "-",
        *scene.digests.values(),
        f"{subject}.sig",
        f"{refused}.sig",
        subject,
    ]
    manifests = [f"/v2/{name}/manifests/{each}" for name in ("open/app", "shop/app") for each in references]
    blobs = [f"/v2/open/app/blobs/{digest}" for digest in scene.blobs.values()]
    odd = [
        "/v2/open/app/manifests/1.0?ns=docker.io",
        "/v2/open%2Fapp/manifests/1.0",
        "/v2/open/app/manifests/1%2E0",
        "http://registry.test/v2/open/app/manifests/1.0",
        "/v2/nothing/manifests/1.0",
        "/v2//manifests/1.0",
        "/v2/open/app/tags/list",
        f"/v2/shop/app/blobs/{scene.blobs['tiny']}",
        f"/v2/open/app/blobs/{scene.blobs['tiny'].upper()}",
    ]
    return [*manifests, *blobs, *odd]


def test_every_reference_to_everybody(scene: Scene) -> None:
    tokens = _tokens(scene)
    warm = 0
    for path, (who, token), method in itertools.product(
        _paths(scene), tokens.items(), ("GET", "HEAD", "POST")
    ):
        request = request_of(method, path, ("authorization", f"Bearer {token}"), ("accept", "*/*"))
        before = scene.servers.given
        plain, fast = _both(scene, request, method)
        assert fast == plain, (method, path, who)
        warm += max(0, scene.servers.given - before)
    assert warm > 100


RANGES = (
    "bytes=0-0",
    "bytes=0-",
    "bytes=-1",
    "bytes=5-9",
    "bytes=-99999999",
    "bytes=100-262243",
    "bytes=100-262244",
    "bytes=65535-65536",
    "bytes=0-9,20-29",
    "bytes=9-0",
    "bytes=99999999-",
    "items=0-1",
    "bytes=",
    "Bytes = 0-1",
    "nonsense",
)


def test_every_range_of_every_size(scene: Scene) -> None:
    bearer = ("authorization", f"Bearer {scene.client.token(None, PULL.format('open/app'))}")
    for name, value, method in itertools.product(SIZES, RANGES, ("GET", "HEAD")):
        path = f"/v2/open/app/blobs/{scene.blobs[name]}"
        plain, fast = _both(scene, request_of(method, path, bearer, ("range", value)), method)
        assert fast == plain, (name, method, value)
    for name in SIZES:
        request = request_of("GET", f"/v2/open/app/blobs/{scene.blobs[name]}", bearer)
        assert any(_is_given_warm(scene, request, name) for _ in range(3)), name


def _is_given_warm(scene: Scene, request: bytes, name: str) -> bool:
    """Whether the right bytes came from memory: on a busy machine what is held may be too old to be given unasked."""
    before = scene.servers.given
    plain, fast = _both(scene, request)
    assert fast == plain, name
    assert fast.partition(b"\r\n\r\n")[2] == bytes_of(name)
    return scene.servers.given != before


def _odd_headers(scene: Scene) -> list[tuple[tuple[str, str], ...]]:
    digest = scene.digests["open"]
    token = scene.client.token(None, PULL.format("open/app"))
    bearer = ("authorization", f"Bearer {token}")
    return [
        (),
        (bearer,),
        (bearer, bearer),
        (("authorization", ""), bearer),
        (("authorization", f"bearer {token}"),),
        (("authorization", f"Bearer  {token} "),),
        (("authorization", f"Basic {token}"),),
        (
            ("Authorization", f"Bearer {token}"),
            ("User-Agent", "docker/28"),
            ("Accept", "a/b"),
            ("ACCEPT", "c/d"),
        ),
        (bearer, ("if-none-match", f'"{digest}"')),
        (bearer, ("if-none-match", "*")),
        (bearer, ("if-none-match", '"other"')),
        (bearer, ("if-match", '"other"')),
        (bearer, ("if-range", f'"{digest}"'), ("range", "bytes=0-1")),
        (bearer, ("range", "bytes=0-1"), ("range", "bytes=2-3")),
        (bearer, ("range", "bytes=0-1")),
        (bearer, ("x-request-id", "mine-1")),
        (bearer, ("x-request-id", "not sane")),
        (bearer, ("x-request-id", "")),
        (bearer, ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")),
        (bearer, ("expect", "100-continue")),
        (bearer, ("content-length", "0")),
        (bearer, ("upgrade", "h2c"), ("connection", "upgrade")),
        (bearer, ("connection", "keep-alive")),
        (bearer, ("connection", "close")),
        (bearer, ("cookie", "a=b")),
        (bearer, ("accept-encoding", "gzip, zstd")),
        (bearer, ("some-header", "of nobody")),
    ]


@pytest.mark.parametrize("scene", ["uvloop", "asyncio"], indirect=True)
def test_odd_headers(scene: Scene) -> None:
    paths = ("/v2/open/app/manifests/1.0", f"/v2/open/app/blobs/{scene.blobs['small']}")
    for headers, path, method, version in itertools.product(
        _odd_headers(scene), paths, ("GET", "HEAD"), ("1.1", "1.0")
    ):
        plain, fast = _both(scene, request_of(method, path, *headers, version=version), method)
        assert fast == plain, (method, version, headers)


def test_bodies_that_a_get_has_are_no_request(scene: Scene) -> None:
    token = scene.client.token(None, PULL.format("open/app"))
    bearer = ("authorization", f"Bearer {token}")
    inner = request_of("GET", "/v2/open/app/manifests/bad", bearer)
    outer = (
        request_of("GET", "/v2/open/app/manifests/1.0", bearer, ("content-length", str(len(inner)))) + inner
    )
    last = request_of("GET", "/v2/open/app/tags/list", bearer, ("connection", "close"))
    answers = []
    for address in (scene.servers.plain, scene.servers.fast):
        with Asker(address) as asker:
            asker.send(outer + last)
            answers.append(masked(asker.rest()))
    assert answers[0] == answers[1]
    assert answers[0].count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("scene", ["uvloop", "asyncio"], indirect=True)
def test_a_pipeline_is_answered_in_order(scene: Scene) -> None:
    bearer = ("authorization", f"Bearer {scene.client.token(None, PULL.format('open/app'))}")
    names = ["tiny", "large", "none", "large", "medium", "chunk", "tiny"]
    paths = [f"/v2/open/app/blobs/{scene.blobs[name]}" for name in names]
    paths[3:3] = ["/v2/open/app/manifests/1.0", "/v2/open/app/tags/list", "/v2/open/app/manifests/none"]
    requests = [request_of("GET", path, bearer) for path in paths]
    requests.append(request_of("GET", paths[0], bearer, ("connection", "close")))
    answers = []
    for address in (scene.servers.plain, scene.servers.fast, scene.servers.fast):
        with Asker(address) as asker:
            asker.send(b"".join(requests))
            answers.append(masked(asker.rest()))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].count(bytes_of("large")) == 2
    assert scene.servers.given > 3


def test_a_head_in_single_bytes(scene: Scene) -> None:
    bearer = ("authorization", f"Bearer {scene.client.token(None, PULL.format('open/app'))}")
    request = request_of("GET", "/v2/open/app/manifests/1.0", bearer)
    plain, _ = _both(scene, request)
    before = scene.servers.given
    with Asker(scene.servers.fast) as asker:
        for byte in request:
            asker.send(bytes([byte]))
        assert masked(asker.answer()) == plain
    assert scene.servers.given == before + 1
