"""Who may say where we are: `Host` and forwarded headers in realm, `Location` and log."""

from collections.abc import Iterator

import pytest
from tests.abuse.raw import Lines, Reply, ask, basic
from tests.abuse.victim import ADMIN, HURRIED, Victim, free_port, running
from tests.waiting import eventually

FORWARDED: Lines = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.test",
    "forwarded": "for=203.0.113.9;host=evil.test;proto=https",
    "x-real-ip": "203.0.113.9",
    "x-forwarded-prefix": "/evil",
    "x-original-url": "/healthz",
    "x-rewrite-url": "/healthz",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("plain")) as found:
        yield found


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    settings = HURRIED.replace("[server]", '[server]\nexternal_url = "https://registry.example.org"')
    flags = ("--listen", f"127.0.0.1:{free_port()}")
    with running(tmp_path_factory.mktemp("named"), settings, flags) as found:
        yield found


def realm(victim: Victim, headers: Lines) -> str:
    reply = ask(victim.address, "GET", "/v2/", headers)
    assert reply.status == 401
    return (reply.header("www-authenticate") or "").partition('realm="')[2].partition('"')[0]


def location(victim: Victim, headers: Lines) -> str:
    reply: Reply = ask(victim.address, "POST", "/v2/library/app/blobs/uploads/", {**ADMIN, **headers})
    assert reply.status == 202
    found = reply.header("location") or ""
    assert victim.ask("DELETE", found[found.index("/v2/") :]).status == 204
    return found


HOSTS = (
    "evil.test",
    "evil.test/path",
    'a"b',
    "a b",
    "a,b",
    "user@evil.test",
    "evil.test:port",
    "<script>",
    "",
    "x" * 5_000,
)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host[:20])
def test_a_configured_origin_is_not_moved_by_a_host(named: Victim, host: str) -> None:
    for headers in ({"host": host}, {"host": host, **FORWARDED}):
        assert realm(named, headers) == "https://registry.example.org/service/token"
        assert location(named, headers).startswith("https://registry.example.org/v2/library/app/")


@pytest.mark.parametrize("host", HOSTS[1:], ids=lambda host: host[:20])
def test_a_host_that_is_none_is_not_shown(plain: Victim, host: str) -> None:
    assert realm(plain, {"host": host}) == f"http://127.0.0.1:{plain.address[1]}/service/token"
    assert location(plain, {"host": host}).startswith("/v2/"), "no host in it: nothing to move"


def test_forwarded_headers_of_strangers_are_nothing(plain: Victim) -> None:
    headers = {"host": "registry.test", "x-request-id": "forwarded-by-nobody", **FORWARDED}
    assert realm(plain, headers) == "http://registry.test/service/token"
    assert location(plain, headers).startswith("/v2/")
    lines = eventually(
        lambda: [line for line in plain.lines("http.request") if line["request_id"] == "forwarded-by-nobody"]
    )
    assert {line["client"] for line in lines} == {"127.0.0.1"}


def test_attempts_are_counted_for_the_peer_and_not_for_what_it_says(plain: Victim) -> None:
    statuses = [
        ask(
            plain.address,
            "GET",
            "/v2/",
            {**basic("nobody", "wrong"), "x-forwarded-for": f"203.0.113.{number}"},
        ).status
        for number in range(1, 40)
    ]
    assert 429 in statuses
