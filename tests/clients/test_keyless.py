"""cosign without keys at the gate: real services of Sigstore on loopback, and a project that trusts identities."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conformance import ours
from tests.clients.conftest import MakeImage, Tools, Use
from tests.clients.consumer import Consumer
from tests.clients.layout import Image
from tests.clients.runners import Crane, KeylessCosign, Question, SecondOpinion
from tests.clients.server import Account, Office, Project, Server
from tests.clients.sigstore import FORGE, REPOSITORY, WORKFLOW, Sigstore

ROOT = "example"
SIGN = "https://sigstore.dev/cosign/sign/v1"
EMAIL = "carol@example.test"
RELEASE = f"{FORGE}/{WORKFLOW}"
PROVENANCE: dict[str, Any] = {
    "buildDefinition": {
        "buildType": "https://git.example/workflows/v1",
        "externalParameters": {"workflow": WORKFLOW},
    },
    "runDetails": {"builder": {"id": f"{FORGE}/runners/hosted"}},
}

EVERY_FORMAT = pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])

UseKeyless = Callable[[Account], KeylessCosign]


@pytest.fixture(scope="module")
def sigstore(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sigstore]:
    """A Sigstore of this module's tests."""
    with Sigstore(tools, tmp_path_factory.mktemp("sigstore")) as running:
        yield running


@pytest.fixture(scope="module")
def root(office: Office, sigstore: Sigstore) -> str:
    """The name of its trusted root at the registry."""
    held = office.import_root(ROOT, sigstore.trusted_root.read_text())
    assert held["thresholds"] == {"tlog": 1, "sct": 1, "timestamp": 1}
    return ROOT


@pytest.fixture
def keyless(use: Use, sigstore: Sigstore) -> UseKeyless:
    """Makes a cosign that is logged in, and knows the services."""

    def make(account: Account) -> KeylessCosign:
        cosign = use(KeylessCosign, "cosign", account)
        cosign.use_services(sigstore.services)
        return cosign

    return make


@pytest.fixture
def guarded(office: Office, sigstore: Sigstore, root: str) -> Project:
    """A project that lets out what its release workflow signed."""
    project = office.project("signed")
    project.trust_identity(
        "release",
        sigstore.builds,
        identity_pattern=f"{FORGE}/team/app/\\.github/workflows/release\\.yml@refs/heads/.*",
        extensions={"source_repository_uri": REPOSITORY},
        trusted_root=root,
    )
    return project


def pushed(use: Use, project: Project, image: Image) -> str:
    """Push an image by the tag 1; its repository."""
    app = project.repository()
    use(Crane, "crane", project.pusher).push(image, f"{app}:1").succeeded()
    return app


def evidence_of(project: Project) -> dict[str, Any]:
    """The one piece of evidence about what the tag 1 names."""
    (evidence,) = project.verdict("1")["evidence"]
    said: dict[str, Any] = evidence
    return said


def reasons_of(project: Project) -> list[str]:
    return [reason["code"] for reason in project.verdict("1")["reasons"]]


def test_a_workflow_lets_out_what_it_signs(
    use: Use, guarded: Project, keyless: UseKeyless, sigstore: Sigstore, make_image: MakeImage
) -> None:
    image = make_image("one")
    app = pushed(use, guarded, image)
    reader = use(Crane, "crane", guarded.puller)
    assert "SIGNATURE_MISSING" in reader.pull(f"{app}:1").failed().text
    keyless(guarded.pusher).sign_as(f"{app}@{image.digest}", sigstore.build()).succeeded()
    reader.pull(f"{app}:1").succeeded()
    verifier = keyless(guarded.puller)
    assert image.digest in verifier.verify_as(f"{app}:1", sigstore.builds, RELEASE).succeeded().text
    verifier.verify_as(f"{app}:1", sigstore.builds, RELEASE.replace("release", "test")).failed()
    evidence = evidence_of(guarded)
    assert evidence["identity"] == f"{RELEASE}, says {sigstore.builds}"
    assert (evidence["code"], evidence["is_signature"]) == ("VERIFIED", True)
    assert all(check["ok"] for check in evidence["checks"])


@EVERY_FORMAT
def test_a_log_of_the_first_version_says_when_it_was_signed(
    use: Use,
    guarded: Project,
    keyless: UseKeyless,
    sigstore: Sigstore,
    make_image: MakeImage,
    classic: bool,
) -> None:
    image = make_image("one")
    app = pushed(use, guarded, image)
    signer, verifier = (keyless(account) for account in (guarded.pusher, guarded.puller))
    signer.use_services(sigstore.older_services)
    signer.sign_as(f"{app}@{image.digest}", sigstore.build(), classic=classic).succeeded()
    use(Crane, "crane", guarded.puller).pull(f"{app}:1").succeeded()
    verifier.verify_as(f"{app}:1", sigstore.builds, RELEASE, classic=classic).succeeded()
    assert evidence_of(guarded)["scheme"] == ("cosign-simplesigning" if classic else "cosign-bundle")


@pytest.mark.parametrize("older", [False, True], ids=["stamped", "promised"])
def test_sigstore_go_says_the_same_of_it(
    use: Use,
    server: Server,
    guarded: Project,
    keyless: UseKeyless,
    opinion: SecondOpinion,
    sigstore: Sigstore,
    make_image: MakeImage,
    tmp_path: Path,
    older: bool,
) -> None:
    image = make_image("one")
    app, signer = pushed(use, guarded, image), keyless(guarded.pusher)
    signer.use_services(sigstore.older_services if older else sigstore.services)
    signer.sign_as(f"{app}@{image.digest}", sigstore.build()).succeeded()
    theirs = [
        Question(
            bundle=str(bundle),
            root=str(sigstore.trusted_root),
            digest=digest,
            identity=identity,
            issuer=sigstore.builds,
            logs=1,
            promises=1,
            times=1,
        )
        for bundle in signed_bundles(Consumer(server, guarded, tmp_path), image.digest)
        for digest in (image.digest, f"sha256:{'0' * 64}")
        for identity in (RELEASE, f"{RELEASE}2")
    ]
    verdicts = [answer.verified for answer in opinion.ask(theirs)]
    assert verdicts == [ours(asked).verified for asked in theirs] == [True, False, False, False]


def test_a_persons_signature_of_an_index_covers_its_children(
    use: Use,
    office: Office,
    root: str,
    keyless: UseKeyless,
    sigstore: Sigstore,
    make_image: MakeImage,
) -> None:
    image, project = make_image("multi", index=True), office.project("signed")
    project.trust_identity("carol", sigstore.people, identity=EMAIL, san_type="email", trusted_root=root)
    app = pushed(use, project, image)
    keyless(project.pusher).sign_as(f"{app}@{image.digest}", sigstore.person(EMAIL)).succeeded()
    reader = use(Crane, "crane", project.puller)
    for each in (image.digest, *image.children):
        reader.inspect(f"{app}@{each}").succeeded()


def test_somebody_else_stays_refused(
    use: Use, guarded: Project, keyless: UseKeyless, sigstore: Sigstore, make_image: MakeImage
) -> None:
    image = make_image("one")
    app = pushed(use, guarded, image)
    signer, reader = keyless(guarded.pusher), use(Crane, "crane", guarded.puller)
    for token, why in strangers(sigstore).items():
        signer.sign_as(f"{app}@{image.digest}", token).succeeded()
        assert "IDENTITY_MISMATCH" in reader.pull(f"{app}:1").failed().text
        told = [evidence["message"] for evidence in guarded.verdict("1")["evidence"]]
        assert any(why in message for message in told), told
    signer.sign_as(f"{app}@{image.digest}", sigstore.build()).succeeded()
    reader.pull(f"{app}:1").succeeded()


def test_an_identity_counts_by_the_root_that_it_names_only(
    use: Use, office: Office, keyless: UseKeyless, sigstore: Sigstore, make_image: MakeImage
) -> None:
    image, project = make_image("one"), office.project("signed")
    project.trust_identity("release", sigstore.builds, identity=RELEASE)
    app = pushed(use, project, image)
    keyless(project.pusher).sign_as(f"{app}@{image.digest}", sigstore.build()).succeeded()
    use(Crane, "crane", project.puller).pull(f"{app}:1").failed()
    assert reasons_of(project) == ["CHAIN_INVALID"]


@EVERY_FORMAT
def test_an_attestation_is_kept_and_lets_nothing_out(
    use: Use,
    guarded: Project,
    keyless: UseKeyless,
    sigstore: Sigstore,
    make_image: MakeImage,
    classic: bool,
) -> None:
    image = make_image("one")
    app = pushed(use, guarded, image)
    signer, reader = keyless(guarded.pusher), use(Crane, "crane", guarded.puller)
    signer.use_services(sigstore.older_services if classic else sigstore.services)
    predicate = signer.home.root / "provenance.json"
    predicate.write_text(json.dumps(PROVENANCE))
    reference = f"{app}@{image.digest}"
    attested = signer.attest_as(reference, sigstore.build(), predicate, "slsaprovenance1", classic=classic)
    attested.succeeded()
    assert "NOT_A_SIGNATURE" in reader.pull(f"{app}:1").failed().text
    evidence = evidence_of(guarded)
    assert (evidence["code"], evidence["is_signature"]) == ("VERIFIED", False)
    assert evidence["predicate_type"] == "https://slsa.dev/provenance/v1"
    assert evidence["facts"]["builder"] == PROVENANCE["runDetails"]["builder"]["id"]
    signer.sign_as(reference, sigstore.build(), classic=classic).succeeded()
    reader.pull(f"{app}:1").succeeded()


def test_taking_the_identity_away_is_felt_at_once(
    use: Use, guarded: Project, keyless: UseKeyless, sigstore: Sigstore, make_image: MakeImage
) -> None:
    image = make_image("one")
    app = pushed(use, guarded, image)
    keyless(guarded.pusher).sign_as(f"{app}@{image.digest}", sigstore.build()).succeeded()
    reader = use(Crane, "crane", guarded.puller)
    reader.pull(f"{app}:1").succeeded()
    guarded.distrust_identity("release")
    reader.pull(f"{app}:1").failed()


def signed_bundles(consumer: Consumer, digest: str) -> list[Path]:
    """Those with a certificate: the registry's own come with a key."""
    found = consumer.bundles(digest, SIGN)
    return [each for each in found if "certificate" in json.loads(each.read_text())["verificationMaterial"]]


def strangers(sigstore: Sigstore) -> dict[str, str]:
    """Tokens of those who are not trusted here, and what is told of each."""
    return {
        sigstore.build(WORKFLOW.replace("release", "test")): "test.yml",
        sigstore.build(repository="team/fork"): "team/fork",
        sigstore.person(EMAIL): sigstore.people,
    }
