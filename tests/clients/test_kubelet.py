"""kubelet's way, request by request: HEAD of the tag, GET of the index and of a child by digest, blobs.

Its runtime (containerd) asks for a token by POST with a password grant, sees only the status line of a refused
HEAD, and follows an index to the child of its platform without ever asking for the tag again.
"""

import hashlib

import httpx
import pytest
from tests.clients.conftest import Gated, MakeImage, Use
from tests.clients.layout import INDEX, MANIFEST, Image
from tests.clients.runners import Crane
from tests.clients.server import Account, Server

ACCEPT = f"{INDEX}, {MANIFEST}"


class Runtime:
    """The requests of a container runtime that holds a token for one repository."""

    def __init__(self, server: Server, account: Account, repository: str) -> None:
        self._http = server.client()
        self._repository = repository
        challenge = self._http.head(f"/v2/{repository}/manifests/1")
        assert challenge.status_code == httpx.codes.UNAUTHORIZED
        said = dict(
            each.split("=", 1) for each in challenge.headers["www-authenticate"].split(" ", 1)[1].split(",")
        )
        form = {
            "grant_type": "password",
            "service": said["service"].strip('"'),
            "client_id": "containerd-client",
            "scope": f"repository:{repository}:pull",
            "username": account.name,
            "password": account.secret,
        }
        token = self._http.post(said["realm"].strip('"'), data=form).raise_for_status().json()
        self._headers = {"authorization": f"Bearer {token['access_token']}", "accept": ACCEPT}

    def manifest(self, method: str, reference: str) -> httpx.Response:
        path = f"/v2/{self._repository}/manifests/{reference}"
        return self._http.request(method, path, headers=self._headers)

    def blob(self, digest: str) -> httpx.Response:
        return self._http.get(f"/v2/{self._repository}/blobs/{digest}", headers=self._headers)

    def close(self) -> None:
        self._http.close()


def pull(runtime: Runtime, tag: str) -> list[str]:
    """Pull as kubelet does; the digests of the blobs, each of which is what it is called."""
    head = runtime.manifest("HEAD", tag).raise_for_status()
    index = runtime.manifest("GET", head.headers["docker-content-digest"]).raise_for_status().json()
    child = next(each for each in index["manifests"] if each["platform"]["architecture"] == "amd64")
    manifest = runtime.manifest("GET", child["digest"]).raise_for_status().json()
    digests = [each["digest"] for each in (manifest["config"], *manifest["layers"])]
    for digest in digests:
        content = runtime.blob(digest).raise_for_status().content
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == digest
    return digests


@pytest.fixture
def image(use: Use, gated: Gated, make_image: MakeImage) -> Image:
    """An index that was pushed and not signed."""
    made = make_image("multi", index=True)
    use(Crane, "crane", gated.project.pusher).push(made, f"{gated.project.repository()}:1").succeeded()
    return made


def test_a_refused_index_says_why_in_the_status_line(server: Server, gated: Gated, image: Image) -> None:
    runtime = Runtime(server, gated.project.puller, f"{gated.project.name}/app")
    for reference in ("1", image.digest, *image.children):
        for method in ("HEAD", "GET"):
            answer = runtime.manifest(method, reference)
            assert answer.status_code == httpx.codes.FORBIDDEN
            assert answer.reason_phrase.startswith("SIGNATURE_MISSING: ")
            assert "SIGNATURE_MISSING" in answer.headers["warning"]
    runtime.close()


def test_an_admitted_index_is_pulled_to_its_blobs(server: Server, gated: Gated, image: Image) -> None:
    gated.signer.sign(gated.project.repository(), image.digest)
    runtime = Runtime(server, gated.project.puller, f"{gated.project.name}/app")
    assert len(pull(runtime, "1")) == 2
    runtime.close()


def test_a_token_outlives_no_verdict(server: Server, gated: Gated, image: Image) -> None:
    gated.signer.sign(gated.project.repository(), image.digest)
    runtime = Runtime(server, gated.project.puller, f"{gated.project.name}/app")
    blobs = pull(runtime, "1")
    gated.project.distrust()
    assert runtime.manifest("GET", image.children[0]).status_code == httpx.codes.FORBIDDEN
    assert all(runtime.blob(each).status_code == httpx.codes.FORBIDDEN for each in blobs)
    runtime.close()
