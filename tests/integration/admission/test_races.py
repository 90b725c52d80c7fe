"""gate.md 1: what is judged is what stands when the verdict is written, whoever else writes at the same time."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from tests.houses import OCI_INDEX, Furnished
from tests.scenes import Scene, index_of, new_scene, sbom
from tests.signing import descriptor_of, sign_bundle

from pratique.access import Role
from pratique.admission.evidence import EvidenceVerifier
from pratique.bootstrap.house import build
from pratique.errors import PreconditionFailed
from pratique.oci.digest import Digest, digest_of
from pratique.oci.names import fallback_tag_of

ROUNDS = 12


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as workers:
        yield workers


def together(pool: ThreadPoolExecutor, *acts: Callable[[], object]) -> None:
    """Run acts at the same time; what one of them raises is raised."""
    start = threading.Barrier(len(acts), timeout=30)

    def run(act: Callable[[], object]) -> None:
        start.wait()
        act()

    for done in [pool.submit(run, act) for act in acts]:
        done.result(50)


class TestKeysThatMove:
    """Keys removed or added between verification and commit: EvidenceMoved, and verified again."""

    @pytest.fixture
    def in_between(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[Callable[[], object]], None]:
        """Do something once, after evidence was verified and before its transaction."""

        def arrange(act: Callable[[], object]) -> None:
            gate = scene.home.house.warehouse.gate
            verify: Callable[[object], object] = EvidenceVerifier.verify_at_once.__get__(gate._verifier)
            left = [act]

            def verify_then(claim: object) -> object:
                found = verify(claim)
                if left:
                    left.pop()()
                return found

            monkeypatch.setattr(gate._verifier, "verify_at_once", verify_then)

        return arrange

    def test_removed(self, scene: Scene, in_between: Callable[[Callable[[], object]], None]) -> None:
        image = scene.image()
        in_between(lambda: scene.home.distrust(scene.project))
        scene.sign(image)
        assert scene.state(image) == "QUARANTINED"

    def test_added(self, scene: Scene, in_between: Callable[[Callable[[], object]], None]) -> None:
        image = scene.image()
        name = f"late-{scene.project.name}"
        late = scene.home.keys.setdefault(name, type(scene.key)())
        in_between(lambda: scene.home.trust(scene.project, name))
        scene.sign(image, late)
        assert scene.state(image) == "ADMITTED", "without any job"

    def test_replaced(self, scene: Scene, in_between: Callable[[Callable[[], object]], None]) -> None:
        """As many keys as before: the count alone would not show it."""
        image = scene.image()

        def replace_key() -> None:
            scene.home.distrust(scene.project)
            scene.home.trust(scene.project, f"other-{scene.project.name}")

        in_between(replace_key)
        scene.sign(image)
        assert scene.state(image) == "QUARANTINED"


def test_evidence_and_subject_pushed_at_the_same_time(scene: Scene, pool: ThreadPoolExecutor) -> None:
    elsewhere = scene.at("elsewhere")
    for number in range(ROUNDS):
        image = elsewhere.image(None)
        for blob in _blobs_of(elsewhere, image):
            scene.home.blob(scene.repository, blob)
        manifest, blobs = sign_bundle(scene.key, descriptor_of(image))
        for blob in blobs.values():
            scene.home.blob(scene.repository, blob)
        together(
            pool,
            partial(scene.put, "1.0", image),
            partial(scene.put, digest_of(manifest), manifest),
        )
        assert scene.state(image) == "ADMITTED", number
        assert scene.pull("1.0") == image


def _blobs_of(scene: Scene, image: bytes) -> list[bytes]:
    document = json.loads(image)
    blobs = scene.home.house.stores.blobs
    found = []
    for descriptor in (document["config"], *document["layers"]):
        with blobs.open(descriptor["digest"]) as source:
            found.append(source.read())
    return found


def test_a_signature_pushed_while_a_job_judges(scene: Scene, pool: ThreadPoolExecutor) -> None:
    """The job once wrote what it had read before the signature came."""
    rejudging = scene.home.house.warehouse.rejudging
    for number in range(ROUNDS):
        image = scene.image()
        job = {"manifest_id": scene.artifact(image).id}
        together(pool, partial(scene.sign, image), partial(rejudging.judge_one, job))
        assert scene.state(image) == "ADMITTED", number


def test_a_signature_deleted_while_a_job_judges(scene: Scene, pool: ThreadPoolExecutor) -> None:
    rejudging = scene.home.house.warehouse.rejudging
    for number in range(ROUNDS):
        image = scene.image()
        signature = scene.sign(image)
        job = {"manifest_id": scene.artifact(image).id}
        together(
            pool,
            partial(scene.delete, signature),
            partial(rejudging.judge_one, job),
            lambda: rejudging.reverify_project({"project_id": scene.project.id}),
        )
        assert scene.state(image) == "QUARANTINED", number


def test_a_key_removed_while_signatures_are_pushed(scene: Scene, pool: ThreadPoolExecutor) -> None:
    for number in range(ROUNDS):
        images = [scene.image(f"v{each}") for each in range(3)]
        together(
            pool,
            *(partial(scene.sign, image) for image in images),
            lambda: scene.home.distrust(scene.project),
        )
        assert {scene.state(image) for image in images} == {"QUARANTINED"}, number
        assert not any(scene.is_let_out(image) for image in images)
        scene.home.trust(scene.project)


def test_open_turned_signed_while_images_are_pushed(open_scene: Scene, pool: ThreadPoolExecutor) -> None:
    for number in range(ROUNDS):
        pushed: list[bytes] = []
        together(
            pool,
            *[partial(_push_into, pushed, open_scene)] * 2,
            lambda: open_scene.home.turn(open_scene.project, "signed"),
        )
        assert not any(open_scene.is_let_out(image) for image in pushed), number
        open_scene.home.turn(open_scene.project, "open")


def _push_into(pushed: list[bytes], scene: Scene) -> None:
    pushed.append(scene.image(None))


def test_something_else_changed_while_open_turns_signed(open_scene: Scene) -> None:
    """Who changes other metadata wrote back the `admission` that he had read."""
    home = open_scene.home
    projects, database = home.house.departments.projects, home.house.stores.database
    stale = database.write(lambda tx: projects.get(tx, open_scene.project.id))
    home.turn(open_scene.project, "signed")
    database.write(lambda tx: projects.update(tx, home.admin, stale, {"public": "true"}))
    with database.read() as tx:
        assert projects.get(tx, open_scene.project.id).admission.value == "signed"


def test_parents_judged_and_deleted_at_the_same_time(scene: Scene, pool: ThreadPoolExecutor) -> None:
    for number in range(ROUNDS):
        child = scene.image(None)
        first = scene.index([child, scene.image(None)])
        second = scene.index([child, scene.image(None)])
        for index in (first, second):
            scene.sign(index, media_type=OCI_INDEX)
        together(pool, *(partial(scene.delete, digest_of(index)) for index in (first, second)))
        assert scene.state(child) == "QUARANTINED", number


def test_two_writers_at_once_on_one_fallback_index(scene: Scene, pool: ThreadPoolExecutor) -> None:
    """Each reads, adds his entry and writes with If-Match; who is too late reads again. No entry is lost."""
    image = scene.image()
    tag = fallback_tag_of(digest_of(image))
    documents = [sbom(image, annotations={"n": str(number)}) for number in range(4)]
    for document in documents:
        scene.attach(document)
    by_digest = {digest_of(content): content for content, _ in documents}

    def add(mine: bytes) -> None:
        while True:
            sides = scene.sides(tag)
            known = [] if sides is None else _children(scene, tag)
            entries = dict.fromkeys([*known, digest_of(mine)])
            index = index_of([by_digest[digest] for digest in entries])
            condition = {"if_none_match": frozenset({"*"})}
            if sides is not None:
                condition = {"if_match": frozenset({sides.candidate})}
            try:
                scene.put_if(tag, index, OCI_INDEX, **condition)
            except PreconditionFailed:
                continue
            return

    scene.member(Role.DEVELOPER)  # made before the threads start
    together(pool, *(partial(add, content) for content, _ in documents))
    assert sorted(_children(scene, tag)) == sorted(by_digest)


def _children(scene: Scene, tag: str) -> list[Digest]:
    return [Digest(child["digest"]) for child in json.loads(scene.pull(tag, scene.developer))["manifests"]]


class TestWhileOthersPull:
    """Nothing is let out to a request that begins after the call has returned, in this house or in a second one."""

    @pytest.fixture(params=["one house", "two houses"])
    def reading(self, request: pytest.FixtureRequest, home: Furnished) -> Iterator[Furnished]:
        if request.param == "one house":
            yield home
            return
        second = build(home.house.settings, home.clock)
        other = object.__new__(Furnished)
        other.__dict__.update({**home.__dict__, "house": second})
        yield other
        second.close()

    @pytest.mark.parametrize("narrowing", ["key removed", "open turned signed", "signature deleted"])
    def test_pulled_all_the_time(self, home: Furnished, reading: Furnished, narrowing: str) -> None:
        scene = new_scene(home, "open" if narrowing.startswith("open") else "signed")
        image = scene.image()
        # Turned to `signed`, what is signed is judged at once, and stays.
        signature = None if narrowing.startswith("open") else scene.sign(image)

        def take_back() -> None:
            assert signature is not None
            scene.delete(signature)

        there = replace(scene, home=reading)
        guest = scene.guest
        returned = threading.Event()
        leaked: list[str] = []
        pulls = [0]

        def pull() -> None:
            for _ in range(20_000):
                is_over = returned.is_set()
                if there.is_let_out("1.0", guest) and is_over:
                    leaked.append(narrowing)
                pulls[0] += 1
                if is_over:
                    return

        readers = [threading.Thread(target=pull) for _ in range(3)]
        for reader in readers:
            reader.start()
        narrow = {
            "key removed": lambda: home.distrust(scene.project),
            "open turned signed": lambda: home.turn(scene.project, "signed"),
            "signature deleted": take_back,
        }
        narrow[narrowing]()
        returned.set()
        for reader in readers:
            reader.join()
        assert pulls[0] >= len(readers)
        assert not leaked
