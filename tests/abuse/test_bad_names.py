"""Names, tags, digests and parameters that are none: one clear error each, and nothing changed."""

from collections.abc import Iterator

import pytest
from tests.abuse.raw import Reply
from tests.abuse.victim import Victim, running

ZEROS = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with running(tmp_path_factory.mktemp("names")) as found:
        found.blob(b"content")
        yield found


@pytest.fixture(autouse=True)
def unchanged(victim: Victim) -> Iterator[None]:
    before = victim.state()
    yield
    assert victim.state() == before
    assert victim.is_well()


NAMES = (
    "library/..",
    "library/../app",
    "library/./app",
    "library/%2e%2e/app",
    "library/%2E%2E%2f%2e%2e/app",
    "library/%00",
    "library/app%0d%0aset-cookie:a",
    "library//app",
    "/library/app",
    "library/App",
    "-library/app",
    "library/app-",
    "library/a..b",
    "library/a___b",
    "library/app%2Fsub",
    "library/app%",
    "library/%zz",
    "library/%ff",
    "library/caf%c3%a9",
    "library\\app",
    "library/app;x",
    "library/" + "a" * 250,
    "library/" + "a/" * 125 + "a",
)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:30])
def test_a_name_that_is_none(victim: Victim, name: str) -> None:
    for method, rest in (
        ("GET", "manifests/latest"),
        ("PUT", "manifests/latest"),
        ("GET", f"blobs/{ZEROS}"),
        ("DELETE", f"blobs/{ZEROS}"),
        ("GET", "tags/list"),
        ("GET", f"referrers/{ZEROS}"),
        ("POST", "blobs/uploads/"),
        ("PATCH", "blobs/uploads/x"),
    ):
        reply = victim.ask(method, f"/v2/{name}/{rest}")
        assert (reply.status, reply.code()) == (400, "NAME_INVALID"), (method, rest, reply)


def test_a_name_in_bytes_that_no_url_has_is_no_http(victim: Victim) -> None:
    reply = victim.ask("GET", "/v2/library/\u00e9/tags/list")
    assert (reply.status, reply.code()) == (400, "UNSUPPORTED")


DIGESTS = (
    "sha256:",
    "sha256:xyz",
    "sha256:" + "A" * 64,
    "sha256:" + "0" * 63,
    "sha256:" + "0" * 65,
    "sha256:" + "0" * 64 + "%0a",
    "sha256:" + "0" * 5_000,
    "sha512:" + "0" * 64,
    "md5:" + "0" * 32,
    "blake3:" + "0" * 64,
    "sha256+b64:" + "0" * 64,
    ":",
    "%00:%00",
)


@pytest.mark.parametrize("digest", DIGESTS, ids=lambda digest: digest[:20])
def test_a_digest_that_is_none(victim: Victim, digest: str) -> None:
    upload = "blobs/uploads/?digest="
    for method, rest in (
        ("GET", f"blobs/{digest}"),
        ("HEAD", f"blobs/{digest}"),
        ("DELETE", f"blobs/{digest}"),
        ("GET", f"manifests/{digest}"),
        ("PUT", f"manifests/{digest}"),
        ("DELETE", f"manifests/{digest}"),
        ("GET", f"referrers/{digest}"),
        ("POST", f"{upload}{digest}"),
        ("POST", f"blobs/uploads/?mount={digest}"),
    ):
        reply = victim.ask(method, f"/v2/library/app/{rest}")
        assert reply.status == 400, (method, rest, reply)
        # A parameter with a NUL in it is refused before anybody asks what it is for.
        code = "UNSUPPORTED" if "?" in rest and "%00" in digest else "DIGEST_INVALID"
        assert method == "HEAD" or reply.code() == code, (method, rest, reply)


@pytest.mark.parametrize("tag", ["a" * 129, ".a", "-a", "%00", "a%20b", "%e2%80%ae", "a%0ab"])
def test_a_tag_that_is_none(victim: Victim, tag: str) -> None:
    written = victim.ask("PUT", f"/v2/library/app/manifests/{tag}", body=b"{}")
    assert (written.status, written.code()) == (400, "MANIFEST_INVALID")
    read = victim.ask("GET", f"/v2/library/app/manifests/{tag}")
    assert (read.status, read.code()) == (404, "MANIFEST_UNKNOWN")
    assert "\u202e" not in read.json()["errors"][0]["message"], "bidirectional signs are taken out"


@pytest.mark.parametrize("number", ["-1", "9999999999", "1e3", "%2b1", "abc", "", "0x1", "%d9%a3", "1%00"])
@pytest.mark.parametrize("path", ["library/app/tags/list", "_catalog"])
def test_a_number_of_entries_that_is_none(victim: Victim, path: str, number: str) -> None:
    reply = victim.ask("GET", f"/v2/{path}?n={number}")
    assert (reply.status, reply.code()) == (400, "UNSUPPORTED")


@pytest.mark.parametrize(
    "last", ["%ff%fe", "../../", "x" * 5_000, "%f0%9f", "%ed%a0%80", "'%20OR%201=1--", "*"]
)
def test_where_a_list_goes_on_may_be_anything(victim: Victim, last: str) -> None:
    for path in ("library/app/tags/list", "_catalog", f"library/app/referrers/{ZEROS}"):
        reply = victim.ask("GET", f"/v2/{path}?last={last}")
        assert reply.status == 200, (path, reply)
        assert set(reply.json()) & {"tags", "repositories", "manifests"}


@pytest.mark.parametrize(
    "path", ["/", "/v2x", "/v2/library", "/v2//", "//v2/", "/v2/a/b/c", "/V2/", "/v2/_catalog/x", "/%76%32/"]
)
def test_a_path_that_leads_nowhere(victim: Victim, path: str) -> None:
    reply: Reply = victim.ask("GET", path)
    assert reply.status in {400, 404}, reply
    assert reply.code() in {"UNSUPPORTED", "NAME_INVALID", "NAME_UNKNOWN"}
