"""What the registry countersigned, as bundles that sigstore-go verifies with the published keys."""

from pathlib import Path

from tests.clients.admitted import admitted, admitted_elsewhere
from tests.clients.conftest import Gated, MakeImage, Use
from tests.clients.consumer import Consumer
from tests.clients.runners import Question, SecondOpinion
from tests.clients.server import Office

SIGN = "https://sigstore.dev/cosign/sign/v1"
VSA = "https://slsa.dev/verification_summary/v1"


def verifying(opinion: SecondOpinion, bundles: list[Path], key: Path, digest: str) -> list[Path]:
    """Those of the bundles that a key verifies for a digest."""
    asked = [Question(bundle=str(bundle), key=str(key), digest=digest) for bundle in bundles]
    answers = opinion.ask(asked)
    return [bundle for bundle, answer in zip(bundles, answers, strict=True) if answer.verified]


def test_sigstore_go_verifies_each_with_its_own_key_only(
    opinion: SecondOpinion, use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage
) -> None:
    image = make_image("one")
    admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    signatures, summaries = (consumer.bundles(image.digest, kind) for kind in (SIGN, VSA))
    assert (len(signatures), len(summaries)) == (2, 1)
    vendor, own, verdict = gated.signer.keys.public, consumer.key(), consumer.key("verdict.pub")
    (theirs,) = verifying(opinion, signatures, vendor, image.digest)
    (ours,) = verifying(opinion, signatures, own, image.digest)
    assert theirs != ours
    assert verifying(opinion, summaries, verdict, image.digest) == summaries
    assert not verifying(opinion, signatures, verdict, image.digest)
    assert not verifying(opinion, summaries, own, image.digest)


def test_sigstore_go_refuses_another_projects_key_and_another_subject(
    opinion: SecondOpinion,
    use: Use,
    gated: Gated,
    consumer: Consumer,
    make_image: MakeImage,
    office: Office,
) -> None:
    image, swapped = make_image("one"), make_image("swapped")
    admitted(use, gated, image, "1")
    consumer.wait_until_signed(image.digest)
    bundles = [*consumer.bundles(image.digest, SIGN), *consumer.bundles(image.digest, VSA)]
    other = admitted_elsewhere(use, office, gated, consumer, make_image)
    for name in ("cosign.pub", "verdict.pub"):
        assert len(verifying(opinion, bundles, consumer.key(name), image.digest)) == 1
        assert not verifying(opinion, bundles, other.key(name), image.digest)
        assert not verifying(opinion, bundles, consumer.key(name), swapped.digest)


def test_of_an_index_each_child_has_bundles_of_its_own(
    opinion: SecondOpinion, use: Use, gated: Gated, consumer: Consumer, make_image: MakeImage
) -> None:
    image = make_image("multi", index=True)
    admitted(use, gated, image, "1")
    for child in image.children:
        consumer.wait_until_signed(child, vendors=0)
        bundles = consumer.bundles(child, SIGN)
        assert verifying(opinion, bundles, consumer.key(), child) == bundles != []
        assert not verifying(opinion, bundles, consumer.key(), image.digest)
