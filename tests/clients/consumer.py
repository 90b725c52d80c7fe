"""Somebody who may only pull, and verifies by what the registry publishes of itself."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from tests.clients.server import JUDGING_SECONDS, Project, Server
from tests.waiting import eventually

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
NOTATION: Final = "application/vnd.cncf.notary.signature"
FORMS: Final = (BUNDLE, NOTATION)
OURS: Final = 3
"""Referrers that the registry writes: a signature, a summary, a notation signature."""
PREDICATE: Final = "dev.sigstore.bundle.predicateType"

_NUMBERS = itertools.count(1)


@dataclass
class Consumer:
    """A project's puller, who has taken its public halves from the well-known place."""

    server: Server
    project: Project
    folder: Path

    def published(self, name: str) -> str:
        """A document, as it is fetched by that robot."""
        with self.server.client(self.project.puller) as http:
            answer = http.get(f"/.well-known/pratique/{self.project.name}/{name}")
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.text

    def key(self, name: str = "cosign.pub") -> Path:
        """The file that cosign is given."""
        path = self.folder / f"{self.project.name}-{next(_NUMBERS)}-{name}"
        path.write_text(self.published(name))
        return path

    def wait_until_signed(self, digest: str, vendors: int = 1, repository: str = "app") -> None:
        """Wait for the job that signs: referrers, and the classic tag."""
        where = f"/v2/{self.project.name}/{repository}"
        with self.server.client(self.project.puller) as http:

            def there() -> tuple[int, bool]:
                listed = http.get(f"{where}/referrers/{digest}").json().get("manifests", [])
                referrers = [one for one in listed if one.get("artifactType") in FORMS]
                classic = http.get(f"{where}/manifests/{digest.replace(':', '-')}.sig")
                return len(referrers), classic.is_success

            eventually(lambda: there() == (OURS + vendors, True), JUDGING_SECONDS, otherwise=there)

    def bundles(self, digest: str, predicate: str) -> list[Path]:
        """Files of the bundles that are attached to a digest, with statements of that type."""
        where = f"/v2/{self.project.name}/app"
        files = []
        with self.server.client(self.project.puller) as http:
            for found in http.get(f"{where}/referrers/{digest}").json()["manifests"]:
                if found.get("artifactType") == BUNDLE and found["annotations"][PREDICATE] == predicate:
                    (layer,) = http.get(f"{where}/manifests/{found['digest']}").json()["layers"]
                    files.append(self.folder / f"bundle-{next(_NUMBERS)}.json")
                    files[-1].write_bytes(http.get(f"{where}/blobs/{layer['digest']}").content)
        return files
