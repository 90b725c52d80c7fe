"""gate.md 3, An index and its children: what a parent passes on, and what it does not."""

import json
from functools import partial

import pytest
from tests.houses import OCI_CONFIG, OCI_IMAGE, OCI_INDEX, furnish
from tests.scenes import Scene, attachment, index_of, new_scene, sbom

from pratique.admission.families import gather
from pratique.db import Tx
from pratique.oci.digest import digest_of
from pratique.registry.store import manifests

IN_TOTO = "application/vnd.in-toto+json"
STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": "app", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "predicate": {},
    }
).encode()


def platforms(scene: Scene, count: int = 2) -> list[bytes]:
    return [scene.image(None) for _ in range(count)]


def states(scene: Scene, *contents: bytes) -> set[str]:
    return {scene.state(content) for content in contents}


def test_a_child_satisfies_signed_by_the_evidence_of_an_admitted_parent(scene: Scene) -> None:
    children = platforms(scene)
    index = scene.index(children, "1.0")
    assert states(scene, index, *children) == {"QUARANTINED"}
    scene.sign(index, media_type=OCI_INDEX)
    assert states(scene, index, *children) == {"ADMITTED"}
    assert scene.pull("1.0") == index
    assert [scene.pull(child) for child in children] == children, "kubelet asks for the child by digest"


def test_a_child_satisfies_signed_by_its_own_evidence(scene: Scene) -> None:
    first, second = platforms(scene)
    index = scene.index([first, second], "1.0")
    scene.sign(first)
    assert scene.state(first) == "ADMITTED"
    assert states(scene, index, second) == {"QUARANTINED"}, "children pass nothing up"


def test_the_blobs_of_children_are_let_out_with_the_index(scene: Scene) -> None:
    (child,) = platforms(scene, 1)
    index = scene.index([child], "1.0")
    layer = json.loads(child)["layers"][0]["digest"]
    assert not scene.lets_blob_out(layer)
    scene.sign(index, media_type=OCI_INDEX)
    assert scene.lets_blob_out(layer)


def test_nested_indexes_get_their_verdicts_in_one_transaction(scene: Scene) -> None:
    image = scene.image(None)
    inner = scene.index([image])
    outer = scene.index([inner], "1.0", media_types=[OCI_INDEX])
    scene.sign(outer, media_type=OCI_INDEX)
    assert states(scene, outer, inner, image) == {"ADMITTED"}
    scene.delete(digest_of(outer))
    assert states(scene, inner, image) == {"QUARANTINED"}


def test_buildkits_attestation_manifests_go_with_their_index(scene: Scene) -> None:
    image = scene.image(None)
    attested = attachment(None, [(STATEMENT, IN_TOTO)], (b'{"architecture":"unknown"}', OCI_CONFIG))
    scene.attach(attested)
    note = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": digest_of(image),
    }
    index = scene.index([image, attested[0]], "1.0", child_annotations=[None, note])
    assert not scene.is_let_out(attested[0])
    scene.sign(index, media_type=OCI_INDEX)
    assert scene.pull(attested[0]) == attested[0]
    assert scene.lets_blob_out(digest_of(STATEMENT))


def test_a_child_is_judged_again_when_its_parent_goes(scene: Scene) -> None:
    children = platforms(scene)
    index = scene.index(children, "1.0")
    scene.sign(index, media_type=OCI_INDEX)
    scene.delete(digest_of(index))
    assert states(scene, *children) == {"QUARANTINED"}
    assert not scene.is_let_out(children[0])


def test_a_child_is_judged_again_when_its_parents_signature_goes(scene: Scene) -> None:
    children = platforms(scene)
    index = scene.index(children, "1.0")
    signature = scene.sign(index, media_type=OCI_INDEX)
    scene.delete(signature)
    assert states(scene, index, *children) == {"QUARANTINED"}


def test_a_child_is_judged_again_when_its_parents_key_goes(scene: Scene) -> None:
    children = platforms(scene)
    index = scene.index(children, "1.0")
    scene.sign(index, media_type=OCI_INDEX)
    scene.home.distrust(scene.project)
    assert states(scene, index, *children) == {"QUARANTINED"}


def test_a_child_with_two_parents_stays_while_one_is_admitted(scene: Scene) -> None:
    shared = scene.image(None)
    first = scene.index([shared, scene.image(None)])
    second = scene.index([shared, scene.image(None)])
    for index in (first, second):
        scene.sign(index, media_type=OCI_INDEX)
    scene.delete(digest_of(first))
    assert scene.state(shared) == "ADMITTED"
    scene.delete(digest_of(second))
    assert scene.state(shared) == "QUARANTINED"


def test_a_child_of_its_own_signature_does_not_need_its_parent(scene: Scene) -> None:
    child = scene.image(None)
    index = scene.index([child])
    scene.sign(index, media_type=OCI_INDEX)
    scene.sign(child)
    scene.delete(digest_of(index))
    assert scene.state(child) == "ADMITTED"


def test_a_refused_parent_passes_nothing_on(scene: Scene) -> None:
    child = scene.image(None)
    index = scene.index([child])
    scene.sign(index, type(scene.key)(), media_type=OCI_INDEX)
    assert states(scene, index, child) == {"QUARANTINED"}


def test_nothing_is_inherited_from_another_repository(scene: Scene) -> None:
    elsewhere = scene.at("elsewhere")
    child = scene.image("1.0", "shared by repositories")
    assert elsewhere.image(None, "shared by repositories") == child
    index = elsewhere.index([child])
    elsewhere.sign(index, media_type=OCI_INDEX)
    assert elsewhere.state(child) == "ADMITTED"
    assert scene.state(child) == "QUARANTINED"


def test_evidence_in_an_index_is_no_child_that_is_judged(scene: Scene) -> None:
    image = scene.image(None)
    document = sbom(image)
    scene.attach(document)
    index = scene.index([image, document[0]], "1.0")
    assert not scene.is_let_out(document[0])
    scene.sign(index, media_type=OCI_INDEX)
    assert states(scene, index, image) == {"ADMITTED"}
    assert scene.is_let_out(document[0])


@pytest.mark.parametrize("admission", ["open", "signed"])
def test_a_digest_listed_as_an_attestation_too_is_still_a_platforms_image(
    scene: Scene, admission: str
) -> None:
    scene.home.turn(scene.project, admission)
    image = scene.image(None)
    note = {"vnd.docker.reference.type": "attestation-manifest"}
    index = scene.index([image, image], child_annotations=[note, None])
    number = scene.artifact(index).id

    def kinds(tx: Tx) -> list[bool]:
        return [is_platform for _, is_platform in manifests.children_of(tx, number)]

    with scene.home.house.stores.database.read() as tx:
        assert kinds(tx) == [True]


@pytest.mark.parametrize(("depth", "expected"), [(8, "ADMITTED"), (9, "QUARANTINED")])
def test_indexes_in_indexes_have_a_limit(scene: Scene, depth: int, expected: str) -> None:
    chain = [scene.image(None)]
    kind = OCI_IMAGE
    for _ in range(depth):
        chain.append(scene.index([chain[-1]], media_types=[kind]))
        kind = OCI_INDEX
    scene.sign(chain[-1], media_type=OCI_INDEX)
    assert states(scene, *chain) == {expected}


class TestSparse:
    """With `allow_sparse_index`: children that come later, or never."""

    @pytest.fixture
    def sparse(self, tmp_path_factory: pytest.TempPathFactory) -> Scene:
        directory = tmp_path_factory.mktemp("sparse")
        home = furnish(
            f"sqlite:///{directory}/pratique.db", directory / "data", limits={"allow_sparse_index": True}
        )
        return new_scene(home)

    def test_a_child_pushed_after_its_parent_inherits(self, sparse: Scene) -> None:
        elsewhere = sparse.at("elsewhere")
        child = elsewhere.image(None, "comes later")
        index = index_of([child])
        sparse.put("1.0", index, OCI_INDEX)
        sparse.sign(index, media_type=OCI_INDEX)
        assert sparse.pull("1.0") == index, "all its present platform children pass"
        assert sparse.image(None, "comes later") == child
        assert sparse.state(child) == "ADMITTED"

    def test_a_child_pushed_before_the_signature_of_its_parent(self, sparse: Scene) -> None:
        elsewhere = sparse.at("elsewhere")
        child = elsewhere.image(None, "comes in between")
        index = index_of([child])
        sparse.put("1.0", index, OCI_INDEX)
        sparse.image(None, "comes in between")
        assert sparse.state(child) == "QUARANTINED"
        sparse.sign(index, media_type=OCI_INDEX)
        assert states(sparse, index, child) == {"ADMITTED"}


def test_what_does_not_fit_a_transaction_is_judged_by_a_job(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pratique.admission.judging.gather", partial(gather, limit=3))
    children = platforms(scene, 4)
    index = scene.index(children, "1.0")
    scene.sign(index, media_type=OCI_INDEX)
    assert sorted(scene.state(child) for child in children) == ["ADMITTED", "ADMITTED", "PENDING", "PENDING"]
    waiting = next(child for child in children if scene.state(child) == "PENDING")
    assert scene.refusal(waiting).phrase.startswith("NOT_EXAMINED")
    scene.home.work()
    assert states(scene, index, *children) == {"ADMITTED"}


def test_indexes_that_name_each_other_crosswise_are_looked_at_once(open_scene: Scene) -> None:
    """Ways through a lattice double with each level: walking them all held the only writer for minutes."""
    level, kind = [open_scene.image(None)], OCI_IMAGE
    for _ in range(8):
        level = [
            open_scene.index(level, media_types=[kind] * len(level), annotations={"n": str(number)})
            for number in range(4)
        ]
        kind = OCI_INDEX
    open_scene.home.turn(open_scene.project, "signed")
    open_scene.sign(level[0], media_type=OCI_INDEX)
    open_scene.home.work()
    assert open_scene.state(level[0]) == "ADMITTED"
    assert open_scene.state(level[1]) == "QUARANTINED"
