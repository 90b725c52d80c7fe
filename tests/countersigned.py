"""What the registry signed in a scene: the jobs that sign run, and what they wrote, to look at or to carry away."""

import json
from typing import Any

from tests.houses import Furnished
from tests.scenes import Scene
from tests.signing import Signed

from pratique.jobs import Feed, Worker
from pratique.oci.digest import Digest, digest_of
from pratique.registry.pull import known
from pratique.registry.store import manifests
from pratique.registry.values import Artifact
from pratique.trust.signing import KeyKind, KeyState
from pratique.trust.signing import SigningKey as OwnKey


def work(home: Furnished) -> None:
    """Run every job that is due, a moment later, and move the feed."""
    home.clock.advance(1)
    house = home.house
    handlers = {**house.warehouse.rejudging.handlers(), **house.signing.handlers()}
    feeds = [Feed(house.stores.database, "countersign", house.signing.feed.consume)]
    Worker(house.stores.database, handlers, home.clock, feeds=feeds).run_pending()


def evidence(scene: Scene, content: bytes | Digest) -> list[Artifact]:
    digest = digest_of(content) if isinstance(content, bytes) else content
    with scene.home.house.stores.database.read() as tx:
        return manifests.evidence_of(tx, known(tx, scene.repository).id, digest)


def ours(scene: Scene, content: bytes) -> list[Artifact]:
    return [one for one in evidence(scene, content) if one.pushed_by == "system:0" and not one.is_index]


def body(scene: Scene, artifact: Artifact) -> dict[str, Any]:
    with scene.home.house.stores.database.read() as tx:
        found: dict[str, Any] = json.loads(manifests.body_of(tx, artifact.id))
    return found


def blob(scene: Scene, digest: str) -> bytes:
    with scene.home.house.stores.blobs.open(Digest(digest)) as source:
        return source.read()


def own_keys(scene: Scene) -> dict[KeyKind, OwnKey]:
    with scene.home.house.stores.database.read() as tx:
        found = scene.home.house.signing.keys.of(tx, scene.project.id)
    return {key.kind: key for key in found if key.state is KeyState.ACTIVE}


def taken(scene: Scene, artifact: Artifact) -> Signed:
    """A manifest with its blobs, as anybody pulls it."""
    document = body(scene, artifact)
    with scene.home.house.stores.database.read() as tx:
        content = manifests.body_of(tx, artifact.id)
    names = [each["digest"] for each in (document["config"], *document["layers"])]
    return content, {Digest(name): blob(scene, name) for name in names}
