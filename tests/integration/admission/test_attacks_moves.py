"""Attacks in the gap between verification and commit, by other digests, and in what has the name of something gone."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import Authority
from tests.countersigned import ours, work
from tests.houses import OCI_INDEX
from tests.notation import attached, descriptor, notation_signer, sign_jws, trust_policy
from tests.scenes import NUMBERS, Scene, new_scene
from tests.signing import COSIGN_SIGN, SigningKey, bundle, referrer, sign_classic, statement
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.errors import TagInvalid
from pratique.oci.digest import digest_of
from pratique.trust.notation_stores import NewStore

OURS, THEIRS = Sigstore(), Sigstore()
Act = Callable[[], object]


# --- gate.md 1: the transaction that writes a verdict compares what was judged with what holds -------------------


@pytest.fixture
def in_between(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    """Do something once, after evidence was verified and before its transaction."""

    def arrange(act: Act) -> None:
        gate = scene.home.house.warehouse.gate
        verify, left = gate.verify, [act]

        def verify_then(claim: object) -> object:
            found = verify(claim)  # type: ignore[arg-type]  # handed on as it came
            if left:
                left.pop()()
            return found

        monkeypatch.setattr(scene.home.house.warehouse.pusher._gate, "verify", verify_then)

    return arrange


MOVES: dict[str, Callable[[Scene, str, str, bytes], object]] = {
    "identity removed": lambda scene, *_: scene.distrust_identity(),
    "identity denied": lambda scene, _, name, __: scene.deny("identity", issuer=ISSUER, name=name),
    "image denied": lambda scene, _, __, image: scene.deny("digest", digest=digest_of(image)),
    "root without its service": lambda scene, root, *_: scene.sigstore(THEIRS, root),
    "another kind asked for": lambda scene, *_: switch(scene, enable_content_trust="true"),
}


def switch(scene: Scene, **on: str) -> None:
    projects, number = scene.home.house.departments.projects, scene.project.id
    scene.change(lambda tx: projects.update(tx, scene.home.admin, projects.get(tx, number), on))


@pytest.mark.parametrize("move", MOVES)
def test_what_moves_between_verification_and_commit_is_judged_as_it_is_then(
    scene: Scene, in_between: Callable[[Act], None], move: str
) -> None:
    root, name = f"moving{next(NUMBERS)}", f"{WORKFLOW}{next(NUMBERS)}"
    scene.sigstore(THEIRS, root, OURS)
    scene.trust_identity(root, identity=name)
    image, before = scene.image(), scene.image("before")
    scene.attach(OURS.sign(before, name)[0])
    assert scene.is_let_out(before)
    in_between(lambda: MOVES[move](scene, root, name, image))
    scene.attach(OURS.sign(image, name)[0])
    assert not scene.is_let_out(image)
    scene.home.work()
    assert not scene.is_let_out(image)


# --- other digests of the same bytes ------------------------------------------------------------------------------


def by_sha512(scene: Scene, image: bytes) -> str:
    digest = digest_of(image, "sha512")
    scene.put(digest, image)
    return digest


def test_bytes_by_another_digest_are_another_artifact(scene: Scene) -> None:
    """Admitted by one algorithm, denied by one: neither says anything of the other."""
    image = scene.image()
    other = by_sha512(scene, image)
    scene.sign(image)
    assert scene.is_let_out(image)
    assert not scene.is_let_out(other)
    subject = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": len(image), "digest": other}
    scene.attach(referrer(bundle(scene.key, statement(digest_of(image, "sha512"))), subject, COSIGN_SIGN))
    assert scene.is_let_out(other)


def test_a_classic_signature_of_a_sha512_digest_has_no_tag(scene: Scene) -> None:
    """It would be longer than a tag may be; cut off, it would be another's."""
    image = scene.image()
    other = digest_of(image, "sha512")
    signed = sign_classic(scene.key, subject=other)
    scene.put(other, image)
    with pytest.raises(TagInvalid):
        scene.attach_classic(signed, other)
    scene.attach(signed, f"{other.replace(':', '-')[:71]}.sig")
    assert not scene.is_let_out(other)


# --- the reach of identities, and names that come again ----------------------------------------------------------


def test_an_identity_counts_where_its_patterns_reach(scene: Scene) -> None:
    root = f"reaching{next(NUMBERS)}"
    scene.sigstore(OURS, root)
    scene.trust_identity(root, repositories=("team/*",))
    team, other = scene.at("team/app"), scene.at("app")
    for place in (team, other):
        image = place.image(seed="the same")
        place.attach(OURS.sign(image)[0])
        assert place.is_let_out(image) == (place is team)
    assert other.codes(image) == ["KEY_OUT_OF_REACH"]


def test_a_project_of_the_name_of_one_that_is_gone_trusts_and_denies_nobody(scene: Scene) -> None:
    home, root = scene.home, f"gone{next(NUMBERS)}"
    scene.sigstore(OURS, root)
    scene.trust_identity(root)
    scene.deny("key", fingerprint=SigningKey().fingerprint)
    image = scene.image(seed=f"gone {root}")
    scene.attach(OURS.sign(image)[0])
    assert scene.is_let_out(image)
    house = home.house
    house.warehouse.deleter.repository(scene.repository, home.admin)
    scene.change(lambda tx: house.departments.projects.delete(tx, home.admin, scene.project))
    again = Scene(home, home.project(scene.project.name, "signed"), scene.repository, scene.key)
    image = again.image(seed=f"gone {root}")
    again.attach(OURS.sign(image)[0])
    again.sign(image)
    home.work()
    assert not again.is_let_out(image, again.reads(again.robot("pull")))
    assert again.codes(image) == ["NO_TRUSTED_KEYS"]
    with house.stores.database.read() as tx:
        assert house.departments.trust.denied.list(tx, again.project.id) == []


def test_a_party_of_the_name_of_one_that_is_gone_is_another(scene: Scene) -> None:
    """What was verified for the first speaks of it by its number, which is never given again."""
    key, other = SigningKey(), SigningKey()
    name = f"again{next(NUMBERS)}"
    scene.home.keys[name] = key
    scene.home.trust(scene.project, name)
    image = scene.image()
    scene.sign(image, key)
    scene.home.distrust(scene.project, name)
    scene.home.keys[name] = other
    scene.home.trust(scene.project, name)
    assert not scene.is_let_out(image)
    scene.home.work()
    assert not scene.is_let_out(image)


# --- what a verdict says ------------------------------------------------------------------------------------------


def test_a_verdict_that_rests_on_a_parents_signature_says_so(scene: Scene) -> None:
    child = scene.image(None)
    index = scene.index([child])
    scene.sign(index, media_type=OCI_INDEX)
    assert scene.opinion(child).reasons[0].message == "signed through an index that contains it with release"
    scene.sign(child)
    assert scene.opinion(child).reasons[0].message == "signed with release"


def test_nothing_is_signed_by_the_registry_that_is_refused_or_in_a_project_that_asks_for_nothing(
    scene: Scene,
) -> None:
    refused, denied = scene.image(), scene.image("denied")
    scene.sign(denied)
    scene.deny("digest", digest=digest_of(denied))
    free = new_scene(scene.home, "open")
    image = free.image()
    free.sign(image)
    work(scene.home)
    assert [ours(scene, refused), ours(scene, denied), ours(free, image)] == [[], [], []]


def test_a_store_for_timestamps_vouches_for_nobody(scene: Scene) -> None:
    """A party that may say when says nothing of who."""
    root, image = Authority.new(), scene.image()
    parties, pem = scene.home.house.warehouse.parties, root.certificate.public_bytes(Encoding.PEM).decode()
    wanted, text = NewStore("acme", "tsa", pem), trust_policy(stores=("ca:acme", "tsa:acme")).decode()
    scene.change(lambda tx: parties.add_store(tx, scene.home.admin, scene.project, wanted))
    scene.change(lambda tx: parties.set_policy(tx, scene.home.admin, scene.project, text))
    envelope = sign_jws(notation_signer(root), descriptor(digest_of(image), len(image)))
    scene.attach(attached(image, envelope))
    assert not scene.is_let_out(image)
