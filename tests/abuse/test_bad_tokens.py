"""The token endpoint, credentials and API bodies under fire, and what of it all is found in the log: no secret."""

import base64
import json
from collections.abc import Iterator

import pytest
from tests.abuse.raw import Lines, Reply, ask
from tests.abuse.victim import ADMIN, PASSWORD, Victim, running

DOORS = ("/v2/", "/service/token", "/api/v2.0/users/current")
FORM = {"content-type": "application/x-www-form-urlencoded"}
WRONG = "Very-wrong-password-1"


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("tokens")) as found:
        yield found


def encoded(*parts: bytes) -> str:
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


CREDENTIALS = (
    "",
    "Basic",
    "Basic !!!",
    "Basic " + "A" * 30_000,
    basic(b"no colon"),
    basic(b"\xff:\xff"),
    basic(b"a\0:b\0"),
    basic(b"x" * 20_000 + b":y"),
    basic(b"admin:" + b"y" * 20_000),
    basic(b"admin:"),
    basic(b":"),
    basic(b"Admin :" + PASSWORD.encode()),
    "Bearer",
    "Bearer x",
    "Bearer a.b.c",
    "Bearer " + "x" * 39_000,
    "Bearer " + encoded(b'{"alg":"none","typ":"JWT"}', b'{"sub":"admin"}', b""),
    "Bearer " + encoded(b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"admin"}', b"x" * 32),
    "Bearer " + encoded(b"[" * 6_000, b"{}", b"x"),
    "Bearer " + encoded(b'{"alg":"EdDSA","kid":"../../../etc/passwd"}', b"{}", b"x" * 64),
    "Negotiate x",
    "Digest username=admin",
    "Basic\t" + basic(b"a:b"),
)


@pytest.mark.parametrize("value", CREDENTIALS, ids=lambda value: value[:24])
@pytest.mark.parametrize("door", DOORS)
def test_credentials_that_are_none(victim: Victim, door: str, value: str) -> None:
    reply = ask(victim.address, "GET", door, {"authorization": value})
    assert (reply.status, reply.code()) == (401, "UNAUTHORIZED")
    assert reply.header("www-authenticate")


SCOPES = (
    "scope=" + "x" * 20_000,
    "&".join(["scope=repository:library/app:pull"] * 1_500),
    "scope=" + "+".join(["repository:library/app:pull"] * 2_000),
    "scope=repository:" + "a/" * 300 + "a:pull",
    "scope=repository:library/app:" + ",".join(["pull"] * 2_000),
    "scope=%00",
    "scope=:::",
    "scope=repository:library/app",
)


@pytest.mark.parametrize("query", SCOPES, ids=lambda query: query[:30])
def test_scopes_that_are_none(victim: Victim, query: str) -> None:
    reply = victim.ask("GET", f"/service/token?{query}")
    assert (reply.status, reply.code()) in {(400, "UNSUPPORTED"), (431, "UNSUPPORTED")}


def posted(victim: Victim, content: bytes, headers: Lines) -> Reply:
    return ask(victim.address, "POST", "/service/token", headers, content)


FORMS = {
    "many fields": b"&".join(b"a%d=1" % number for number in range(5_000)),
    "large": b"a=" + b"x" * 70_000,
    "larger": b"a=" + b"x" * 20_000_000,
    "nothing": b"",
    "no grant": b"username=a&password=b",
    "another grant": b"grant_type=implicit",
    "a field twice": b"grant_type=password&grant_type=password&username=a&password=b",
    "no UTF-8": b"grant_type=password&username=%ff&password=b",
    "bytes": b"\xff\xfe\x00",
    "no password": b"grant_type=password&username=admin",
    "no token": b"grant_type=refresh_token",
    "scopes": b"grant_type=refresh_token&refresh_token=x" + b"&scope=repository:a/b:pull" * 60,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_that_are_none(victim: Victim, form: bytes) -> None:
    reply = posted(victim, form, FORM)
    assert reply.status in {400, 401, 413}
    assert reply.code() in {"UNSUPPORTED", "UNAUTHORIZED", "SIZE_INVALID"}


def test_a_form_of_another_kind(victim: Victim) -> None:
    for kind in ("application/json", "multipart/form-data", "", "text/plain"):
        reply = posted(victim, b"grant_type=password&username=admin&password=x", {"content-type": kind})
        assert (reply.status, reply.code()) == (400, "UNSUPPORTED")


BODIES = {
    "nothing": b"",
    "open": b"{",
    "a list": b"[]",
    "text": b'"x"',
    "deep": b"[" * 100_000,
    "large": b'{"project_name": "' + b"a" * 2_000_000 + b'"}',
    "no UTF-8": b'{"project_name": "\xff"}',
    "NUL": b'{"project_name": "a\\u0000b"}',
    "of another kind": b'{"project_name": 1}',
    "a long name": json.dumps({"project_name": "a" * 300}).encode(),
    "a path": b'{"project_name": "../../etc"}',
    "a huge number": b'{"project_name": "big", "storage_limit": ' + b"9" * 400 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies_of_the_api_that_are_none(victim: Victim, body: bytes) -> None:
    before = victim.state()
    reply = victim.ask("POST", "/api/v2.0/projects", {"content-type": "application/json"}, body)
    assert reply.status in {400, 413, 422}, reply
    assert reply.code() in {"BAD_REQUEST", "REQUEST_ENTITY_TOO_LARGE", "UNPROCESSABLE_ENTITY"}, reply
    assert victim.state() == before


@pytest.mark.parametrize(
    "query", ["page=-1", "page_size=100000", "page=x", "sort=%00", "q=" + "(" * 500, "q=a%3D%7B"]
)
def test_parameters_of_the_api_that_are_none(victim: Victim, query: str) -> None:
    reply = victim.ask("GET", f"/api/v2.0/projects?{query}")
    assert reply.status in {200, 400, 422}, reply
    assert "Traceback" not in reply.body.decode()


def test_no_secret_is_in_the_log(victim: Victim) -> None:
    """Last: after everything above, and some that were right."""
    token = victim.ask("GET", "/service/token?scope=registry:catalog:*&offline_token=true").json()
    for headers in (
        {"authorization": f"Bearer {token['token']}"},
        ADMIN,
        {"authorization": basic(f"admin:{WRONG}".encode())},
    ):
        ask(victim.address, "GET", f"/v2/_catalog?password={WRONG}&token={token['token']}", headers)
    form = f"grant_type=refresh_token&refresh_token={token['refresh_token']}".encode()
    assert posted(victim, form, FORM).status == 200
    person = {"username": "ada", "email": "ada@b.test", "realname": "Ada", "password": "Secret-of-ada-1"}
    created = victim.ask(
        "POST", "/api/v2.0/users", {"content-type": "application/json"}, json.dumps(person).encode()
    )
    assert created.status == 201
    assert victim.stop() == 0
    written = victim.log() + victim.output()
    secrets = (
        PASSWORD,
        WRONG,
        person["password"],
        token["token"],
        token["refresh_token"],
        ADMIN["authorization"][6:],
    )
    assert [secret for secret in secrets if secret in written] == []
    assert "Traceback" not in written
    assert all(line.startswith("{") for line in victim.log().splitlines())
    assert not any(line["event"] == "http.request_failed" for line in victim.lines())
