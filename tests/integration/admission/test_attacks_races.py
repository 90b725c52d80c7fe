"""Attacks in two processes at once: whoever is taken out while somebody pushes, judges or moves a tag stays out.

The second house has its own memory, and the same database.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
from tests.houses import OCI_INDEX, Furnished
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import SigningKey, descriptor_of, sign_bundle
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.admission import NewKey
from pratique.bootstrap.house import House, build
from pratique.db import Tx
from pratique.errors import Quarantined
from pratique.oci.digest import digest_of
from pratique.registry import Received

ROUNDS = 3
OURS, THEIRS = Sigstore(), Sigstore()
Act = Callable[[], object]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as workers:
        yield workers


@pytest.fixture(scope="module")
def second(home: Furnished) -> Iterator[House]:
    house = build(home.house.settings, home.clock)
    yield house
    house.close()


def together(pool: ThreadPoolExecutor, *acts: Act) -> None:
    """Run acts at the same time; what one of them raises is raised."""
    start = threading.Barrier(len(acts), timeout=30)

    def run(act: Act) -> None:
        start.wait()
        act()

    for done in [pool.submit(run, act) for act in acts]:
        done.result(50)


@dataclass
class Duel:
    """Somebody who is trusted in one house, and what the other one does meanwhile. Nobody else is trusted."""

    scene: Scene
    second: House
    name: str
    root: str
    old: bytes
    fresh: bytes
    index: bytes

    @property
    def images(self) -> tuple[bytes, ...]:
        return self.old, self.fresh, self.index

    def leaks(self) -> list[str]:
        """What either house lets out by digest or by tag."""
        names = [*map(digest_of, self.images), "1.0", "moved", "fresh"]
        houses = {"first": self.scene.home.house, "second": self.second}
        return [
            f"{name} by the {which}"
            for name in names
            for which in houses
            if self._is_out(houses[which], name)
        ]

    def _is_out(self, house: House, name: str) -> bool:
        try:
            house.warehouse.puller.manifest(self.scene.repository, name, self.scene.guest)
        except Quarantined:
            return False
        return True

    def push(self, reference: str, content: bytes) -> None:
        received = Received(self.scene.repository, reference, content, None)
        self.second.warehouse.pusher.put(received, self.scene.home.admin)

    # --- what takes the party away ---------------------------------------------------------------------------------

    def remove(self) -> None:
        self.scene.distrust_identity()

    def deny_identity(self) -> None:
        self.scene.deny("identity", issuer=ISSUER, name=self.name)

    def deny_images(self) -> None:
        for image in self.images:
            self.scene.deny("digest", digest=digest_of(image))

    def narrow_root(self) -> None:
        self.scene.sigstore(THEIRS, self.root)


def duel(scene: Scene, second: House) -> Duel:
    name, root = f"{WORKFLOW}{next(NUMBERS)}", f"duel{next(NUMBERS)}"
    scene.home.distrust(scene.project)
    scene.sigstore(THEIRS, root, OURS)
    scene.trust_identity(root, identity=name)
    old, fresh = scene.image("1.0"), scene.image("fresh")
    scene.put("moved", fresh)
    index = scene.index([old], "index")
    for content, media_type in ((old, None), (index, OCI_INDEX)):
        how = {} if media_type is None else {"media_type": media_type}
        scene.attach(OURS.sign(content, name, **how)[0])
    return Duel(scene, second, name, root, old, fresh, index)


TAKEN: Mapping[str, Callable[[Duel], None]] = {
    "identity removed": Duel.remove,
    "identity denied": Duel.deny_identity,
    "images denied": Duel.deny_images,
    "root without its service": Duel.narrow_root,
}


def _sign(one: Duel) -> Act:
    """Evidence for what is not signed yet, whose blobs are here already."""
    manifest, blobs = OURS.sign(one.fresh, one.name)[0]
    for blob in blobs.values():
        one.scene.home.blob(one.scene.repository, blob)
    return partial(one.push, digest_of(manifest), manifest)


def _judge(one: Duel) -> Act:
    rejudging = one.second.warehouse.rejudging
    number = one.scene.artifact(one.old).id
    return partial(rejudging.judge_one, {"manifest_id": number})


def _reverify(one: Duel) -> Act:
    rejudging = one.second.warehouse.rejudging
    return partial(rejudging.reverify_project, {"project_id": one.scene.project.id})


def _move(one: Duel) -> Act:
    return partial(one.push, "moved", one.old)


def _pull(one: Duel) -> Act:
    """Keep it warm, and the trust in memory, all the time."""
    return lambda: [one.leaks() for _ in range(2)]


MEANWHILE: Mapping[str, Callable[[Duel], Act]] = {
    "evidence pushed": _sign,
    "judged by a job": _judge,
    "verified again": _reverify,
    "a tag moved": _move,
    "pulled": _pull,
}


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_who_is_taken_out_meanwhile_stays_out(
    home: Furnished, second: House, pool: ThreadPoolExecutor, taken: str, meanwhile: str
) -> None:
    for number in range(ROUNDS):
        one = duel(new_scene(home), second)
        act = MEANWHILE[meanwhile](one)
        assert one.scene.is_let_out(one.old)
        together(pool, partial(TAKEN[taken], one), act)
        assert not one.leaks(), number
        one.scene.home.work()
        assert not one.leaks(), number


def test_all_at_once(home: Furnished, second: House, pool: ThreadPoolExecutor) -> None:
    for number in range(ROUNDS):
        one = duel(new_scene(home), second)
        acts = [MEANWHILE[name](one) for name in ("evidence pushed", "verified again", "a tag moved")]
        together(pool, one.remove, *acts)
        assert not one.leaks(), number


def test_what_a_transaction_that_failed_trusted_is_not_remembered(scene: Scene) -> None:
    """The number of its trust is given again, and its keys lie in memory under it."""
    image, key = scene.image(), SigningKey()
    warehouse, trust = scene.home.house.warehouse, scene.home.house.departments.trust

    def fail(tx: Tx) -> None:
        warehouse.desk.add_key(tx, scene.home.admin, scene.project, NewKey("rolled-back", key.pem))
        assert len(trust.sets.of(tx, scene.project.id).verification.keys) == 2
        raise RuntimeError("at the last moment")

    with pytest.raises(RuntimeError, match="at the last moment"):
        scene.change(fail)
    scene.home.trust(scene.project, f"another{next(NUMBERS)}")
    scene.attach(sign_bundle(key, descriptor_of(image)))
    assert not scene.is_let_out(image)
