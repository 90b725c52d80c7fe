"""cosign with keys at the gate: both formats, several signers, verifying what was admitted."""

import json

import pytest
from tests.clients.conftest import Gated, MakeImage, Use
from tests.clients.runners import Cosign, Crane, Oras, Regctl, Skopeo
from tests.clients.server import Office, Project

EVERY_FORMAT = pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])


def crane_of(use: Use, project: Project) -> Crane:
    return use(Crane, "crane", project.pusher)


@EVERY_FORMAT
def test_signing_lets_out_and_a_puller_verifies(
    use: Use, gated: Gated, make_image: MakeImage, classic: bool
) -> None:
    image, app = make_image("one"), gated.project.repository()
    crane_of(use, gated.project).push(image, f"{app}:1").succeeded()
    reader = use(Crane, "crane", gated.project.puller)
    reader.pull(f"{app}:1").failed()
    keys = gated.signer.keys
    gated.signer.cosign.sign(f"{app}@{image.digest}", keys.private, classic=classic).succeeded()
    reader.pull(f"{app}:1").succeeded()
    verifier = use(Cosign, "cosign", gated.project.puller)
    verified = verifier.verify(f"{app}:1", keys.public, classic=classic).succeeded()
    assert image.digest in verified.text
    verifier.verify(f"{app}:1", verifier.make_keys("other").public, classic=classic).failed()


@EVERY_FORMAT
def test_signs_by_tag_what_it_has_just_pushed(
    use: Use, gated: Gated, make_image: MakeImage, classic: bool
) -> None:
    app, crane, keys = gated.project.repository(), crane_of(use, gated.project), gated.signer.keys
    first, second = make_image("first"), make_image("second")
    crane.push(first, f"{app}:1").succeeded()
    gated.signer.sign(app, first.digest)
    crane.push(second, f"{app}:1").succeeded()
    reader = use(Crane, "crane", gated.project.puller)
    assert reader.digest(f"{app}:1").succeeded().out.strip() == first.digest
    gated.signer.cosign.sign(f"{app}:1", keys.private, classic=classic).succeeded()
    assert reader.digest(f"{app}:1").succeeded().out.strip() == second.digest


def test_two_robots_sign_one_digest_in_both_formats(use: Use, gated: Gated, make_image: MakeImage) -> None:
    project, image = gated.project, make_image("one")
    app = project.repository()
    crane_of(use, project).push(image, f"{app}:1").succeeded()
    signers = [use(Cosign, "cosign", project.robot(name, "pull", "push")) for name in ("build", "release")]
    pairs = [signer.make_keys("mine") for signer in signers]
    for classic in (True, False):
        for signer, keys in zip(signers, pairs, strict=True):
            signer.sign(f"{app}@{image.digest}", keys.private, classic=classic).succeeded()
    reader = use(Crane, "crane", project.puller)
    assert "SIGNATURE_NOT_TRUSTED" in reader.pull(f"{app}:1").failed().text
    for number, keys in enumerate(pairs):
        project.trust(keys.pem, f"signer-{number}")
    project.wait_until_let_out("app:1")
    reader.pull(f"{app}:1").succeeded()
    verifier = use(Cosign, "cosign", project.puller)
    for keys in pairs:
        for classic in (True, False):
            verifier.verify(f"{app}@{image.digest}", keys.public, classic=classic).succeeded()


@EVERY_FORMAT
def test_says_why_there_is_nothing_to_verify(
    use: Use, gated: Gated, make_image: MakeImage, classic: bool
) -> None:
    image, app = make_image("one"), gated.project.repository()
    crane_of(use, gated.project).push(image, f"{app}:1").succeeded()
    verifier = use(Cosign, "cosign", gated.project.puller)
    refused = verifier.verify(f"{app}:1", gated.signer.keys.public, classic=classic).failed()
    assert "SIGNATURE_MISSING" in refused.text, refused
    gated.signer.cosign.verify(f"{app}:1", gated.signer.keys.public, classic=classic).failed()


def test_a_signature_of_an_index_covers_its_children(use: Use, gated: Gated, make_image: MakeImage) -> None:
    image, app = make_image("multi", index=True), gated.project.repository()
    crane_of(use, gated.project).push(image, f"{app}:1").succeeded()
    reader = use(Crane, "crane", gated.project.puller)
    for child in image.children:
        reader.inspect(f"{app}@{child}").failed()
    gated.signer.sign(app, image.digest)
    for child in image.children:
        reader.inspect(f"{app}@{child}").succeeded()


@EVERY_FORMAT
def test_children_that_are_signed_themselves_need_no_index(
    use: Use, gated: Gated, make_image: MakeImage, classic: bool
) -> None:
    image, app = make_image("multi", index=True), gated.project.repository()
    crane = crane_of(use, gated.project)
    crane.push(image, f"{app}:1").succeeded()
    cosign, keys = gated.signer.cosign, gated.signer.keys
    cosign.sign(f"{app}@{image.digest}", keys.private, classic=classic, deep=True).succeeded()
    verifier, reader = use(Cosign, "cosign", gated.project.puller), use(Crane, "crane", gated.project.puller)
    for each in (image.digest, *image.children):
        verifier.verify(f"{app}@{each}", keys.public, classic=classic).succeeded()
    crane.delete(f"{app}@{image.digest}").succeeded()
    reader.inspect(f"{app}@{image.digest}").failed()
    for child in image.children:
        reader.inspect(f"{app}@{child}").succeeded()


@EVERY_FORMAT
def test_an_attestation_is_no_signature(use: Use, gated: Gated, make_image: MakeImage, classic: bool) -> None:
    image, app = make_image("one"), gated.project.repository()
    crane_of(use, gated.project).push(image, f"{app}:1").succeeded()
    cosign, keys = gated.signer.cosign, gated.signer.keys
    predicate = cosign.home.root / "predicate.json"
    predicate.write_text('{"tested": true}')
    for _ in range(2):
        cosign.attest(f"{app}@{image.digest}", keys.private, predicate, "custom", classic=classic).succeeded()
    use(Crane, "crane", gated.project.puller).pull(f"{app}:1").failed()
    tree = cosign.tree(f"{app}@{image.digest}").succeeded()
    assert "ttestation" in tree.out, tree


@pytest.mark.parametrize("tool", ["oras", "regctl"])
def test_a_copy_brings_its_signatures(
    use: Use, office: Office, gated: Gated, make_image: MakeImage, tool: str
) -> None:
    source, target, image = gated.project, office.project("signed"), make_image("one")
    target.trust(gated.signer.keys.pem)
    origin, copy = f"{source.repository()}:1", f"{target.repository()}:1"
    crane_of(use, source).push(image, origin).succeeded()
    gated.signer.sign(source.repository(), image.digest)
    person = office.user("carol", {source: "guest", target: "developer"})
    kinds: dict[str, type[Oras | Regctl]] = {"oras": Oras, "regctl": Regctl}
    use(kinds[tool], tool, person).copy(origin, copy, referrers=True).succeeded()
    use(Crane, "crane", target.puller).pull(copy).succeeded()


def test_cosign_copies_classic_signatures_only(
    use: Use, office: Office, gated: Gated, make_image: MakeImage
) -> None:
    source, target, image = gated.project, office.project("signed"), make_image("one")
    target.trust(gated.signer.keys.pem)
    origin, copy = f"{source.repository()}:1", f"{target.repository()}:1"
    crane_of(use, source).push(image, origin).succeeded()
    gated.signer.sign(source.repository(), image.digest)
    person = office.user("dave", {source: "guest", target: "developer"})
    copier, reader = use(Cosign, "cosign", person), use(Crane, "crane", target.puller)
    copier.copy(origin, copy).succeeded()
    reader.pull(copy).failed()
    signed = gated.signer.cosign.sign(origin, gated.signer.keys.private, classic=True)
    signed.succeeded()
    # The first copy took the registry's own classic signature along: there is one at the target already.
    copier.copy(origin, copy, force=True).succeeded()
    reader.pull(copy).succeeded()


def test_taking_the_key_away_is_felt_at_once(use: Use, gated: Gated, make_image: MakeImage) -> None:
    image, app = make_image("one"), gated.project.repository()
    use(Skopeo, "skopeo", gated.project.pusher).push(image, f"{app}:1").succeeded()
    gated.signer.sign(app, image.digest)
    reader = use(Skopeo, "skopeo", gated.project.puller)
    reader.inspect(f"{app}:1").succeeded()
    gated.project.distrust()
    reader.inspect(f"{app}:1").failed()
    gated.project.turn("open")
    # Widening may lag: a job judges again what was refused.
    gated.project.wait_until_let_out("app:1")
    assert json.loads(reader.inspect(f"{app}:1").succeeded().out) == image.document()
