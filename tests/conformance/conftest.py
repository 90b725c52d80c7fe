"""One registry for all clauses, served over HTTP as `pratique serve` does; each test has a repository of its own."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.doors import IMAGE, Client, Pair, furnish_door, over_http, robot
from tests.signing import descriptor_of

from pratique.clock import SystemClock
from pratique.oci.digest import digest_of

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
INDEX = "application/vnd.oci.image.index.v1+json"
PAGE = 5
"""Entries of a page here, so that `Link` can be seen."""

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Oci:
    """A client of the specification, and a repository that nobody else uses."""

    client: Client
    who: Pair
    name: str

    def path(self, rest: str) -> str:
        """`/v2/<name>/<rest>`."""
        return f"/v2/{self.name}/{rest}"

    def ask(self, method: str, rest: str, **more: Any) -> Any:
        """A request below the repository."""
        return self.client.ask(method, self.path(rest), self.who, **more)

    def follow(self, method: str, location: str, **more: Any) -> Any:
        """A request to a `Location`, relative or absolute, to which parameters are added."""
        return self.client.ask(method, location, self.who, **more)

    def blob(self, content: bytes) -> str:
        """Push a blob."""
        return self.client.blob(self.name, content, self.who)

    def begin(self) -> str:
        """Open an upload."""
        return self.client.begin(self.name, self.who)

    def image(self, reference: str | None = None, seed: str = "one", **extra: Any) -> bytes:
        """Push an image; its manifest."""
        config, layer = json.dumps({"seed": seed}).encode(), f"layer {seed}".encode()
        for content in (config, layer):
            self.blob(content)
        return self.document(
            reference,
            {"config": descriptor_of(config, CONFIG), "layers": [descriptor_of(layer, LAYER)], **extra},
        )

    def document(self, reference: str | None, fields: Mapping[str, Any], kind: str = IMAGE) -> bytes:
        """Push a manifest of these fields; its bytes."""
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, **fields}).encode()
        answer = self.put(reference or digest_of(content), content, kind)
        assert answer.status_code == 201, answer.text
        return content

    def put(self, reference: str, content: bytes, kind: str = IMAGE, **headers: str) -> Any:
        """PUT a manifest."""
        more = {"content-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask("PUT", f"manifests/{reference}", content=content, headers=more)

    def tags(self, names: Sequence[str]) -> bytes:
        """Push one image to several tags."""
        content = self.image(names[0])
        for name in names[1:]:
            assert self.put(name, content).status_code == 201
        return content


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Pair]]:
    directory = tmp_path_factory.mktemp("conformance")
    limits = {"limits": {"page": PAGE}}
    home = furnish_door(f"sqlite:///{directory}/pratique.db", directory, SystemClock(), limits)
    home.project("spec")
    who = robot(home, "spec", "spec", "pull", "push", "delete", "examine")
    with over_http(home) as client:
        yield client, who
    home.house.close()


@pytest.fixture
def oci(served: tuple[Client, Pair]) -> Oci:
    return Oci(*served, f"spec/clause-{next(_NUMBERS)}")
