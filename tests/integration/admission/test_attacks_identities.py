"""Attacks on who is meant: patterns that match in part, names of another type, repositories that look alike."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier
from tests.authorities import NOW, fulcio_leaf
from tests.scenes import NUMBERS, Scene
from tests.signing import (
    BUNDLE,
    COSIGN_SIGN,
    Signed,
    SigningKey,
    descriptor_of,
    envelope,
    referrer,
    statement,
)
from tests.sigstores import Sigstore

from pratique.errors import BadRequest, NameInvalid
from pratique.oci.digest import digest_of

OURS = Sigstore()
OTHER_NAME = ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
PATTERN = r"https://git\.example/team/[a-z]+"


@pytest.fixture
def root(scene: Scene) -> str:
    name = f"who{next(NUMBERS)}"
    scene.sigstore(OURS, name)
    return name


def signed_by(scene: Scene, name: str | x509.GeneralName) -> bytes:
    """An image that somebody of any name has signed."""
    image = scene.image(None)
    if isinstance(name, str):
        scene.attach(OURS.sign(image, name)[0])
        return image
    scene.attach(_signed(image, name))
    return image


def _signed(image: bytes, name: x509.GeneralName) -> Signed:
    private = ec.generate_private_key(ec.SECP256R1())
    holder = fulcio_leaf(OURS.authority, name, private=private)
    signed = envelope(SigningKey(private), statement(digest_of(image)))
    token = OURS.stamper.token(base64.b64decode(signed["signatures"][0]["sig"]), NOW)
    material = {
        "certificate": {"rawBytes": base64.b64encode(holder.der).decode()},
        "timestampVerificationData": {
            "rfc3161Timestamps": [{"signedTimestamp": base64.b64encode(token).decode()}]
        },
    }
    document = {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": signed}
    return referrer(document, descriptor_of(image), COSIGN_SIGN)


@pytest.mark.parametrize(
    "name",
    [
        "https://git.example/team/appx/evil",
        "https://git.example/team/",
        "https://git.example/team/App",
        "https://gitxexample/team/app",
        "https://evil.example/?https://git.example/team/app",
        "xhttps://git.example/team/app",
        "https://git.example/team/app#https://git.example/team/app",
    ],
)
def test_a_pattern_matches_whole_names(scene: Scene, root: str, name: str) -> None:
    scene.trust_identity(root, pattern=PATTERN)
    assert not scene.is_let_out(signed_by(scene, name))
    assert scene.is_let_out(signed_by(scene, "https://git.example/team/app"))


@pytest.mark.parametrize(
    ("pattern", "stranger"),
    [
        (r"https://git\.example/team/app|https://git\.example/team/lib", "https://git.example/team/app/evil"),
        (r"https://git\.example/team/app|https://git\.example/team/lib", "evil/https://git.example/team/lib"),
        (r"^https://git\.example/team/app$", "https://git.example/team/app\n"),
        (r"(?m)^https://git\.example/team/app$", "https://git.example/team/app\nevil"),
        (r"(?i)https://git\.example/team/app", "https://git.example/team/apps"),
        (r"https://git\.example/team/[^/]*", "https://git.example/team/a/b"),
    ],
)
def test_alternatives_anchors_and_flags_do_not_open_it(
    scene: Scene, root: str, pattern: str, stranger: str
) -> None:
    scene.trust_identity(root, pattern=pattern)
    assert not scene.is_let_out(signed_by(scene, x509.UniformResourceIdentifier(stranger)))


@pytest.mark.parametrize(
    "pattern",
    [
        r"(https://git\.example/team/app|.+)",
        r"(?:https://git\.example/team/app)?.+",
        r"[\s\S]+",
        r".*://.*",
        r".+@.+",
        r"(?s).+",
        r"\pL.*",
        r"a|b|c|.+",
        r"(?i).+",
    ],
)
def test_a_pattern_that_trusts_everybody_is_refused_however_it_is_written(
    scene: Scene, root: str, pattern: str
) -> None:
    with pytest.raises(BadRequest):
        scene.trust_identity(root, pattern=pattern)


# --- names of another type ---------------------------------------------------------------------------------------


def other_name(text: str) -> x509.OtherName:
    encoded = text.encode()
    return x509.OtherName(OTHER_NAME, b"\x0c" + bytes([len(encoded)]) + encoded)


NAMES: dict[str, Any] = {
    "email": x509.RFC822Name,
    "uri": x509.UniformResourceIdentifier,
    "other": other_name,
}


@pytest.mark.parametrize("wanted", NAMES)
@pytest.mark.parametrize("brought", NAMES)
def test_a_name_counts_in_the_type_that_is_asked_for(
    scene: Scene, root: str, wanted: str, brought: str
) -> None:
    """The same text, as an address, a URI, or a name that an issuer of names gives to anybody."""
    scene.trust_identity(root, identity="build@git.example", san_type=wanted)
    image = signed_by(scene, NAMES[brought]("build@git.example"))
    assert scene.is_let_out(image) == (wanted == brought)


# --- repositories -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("app", "app2"),
        ("app", "team/app"),
        ("app*", "app/evil"),
        ("*", "team/app"),
        ("team/*", "team/a/b"),
        ("team/**", "team"),
        ("team/**", "teams/app"),
        ("**/app", "team/app/evil"),
        ("t?am/app", "t/am/app"),
        ("{app,lib}", "applib"),
        ("a.p", "axp"),
        ("team-a/**", "team/a/app"),
    ],
)
def test_a_party_does_not_reach_what_looks_alike(scene: Scene, pattern: str, path: str) -> None:
    key = scene.home.trust(scene.project, f"reach{next(NUMBERS)}", repositories=(pattern,))
    place = scene.at(path)
    image = place.image()
    place.sign(image, key)
    assert place.codes(image) == ["KEY_OUT_OF_REACH"]


@pytest.mark.parametrize(
    "pattern", ["App", "", "/", "a//b", "app\n", "a\\b", "[a-z]", "!app", "team/", "APP*", "ä", "{a,{b,c}}"]
)
def test_what_could_mean_more_than_it_says_is_no_pattern(scene: Scene, pattern: str) -> None:
    with pytest.raises(BadRequest):
        scene.home.trust(scene.project, f"reach{next(NUMBERS)}", repositories=(pattern,))


@pytest.mark.parametrize("path", ["App", "app/../lib", "./app", "app//x", "app/"])
def test_no_repository_has_a_name_that_could_pass_for_another(scene: Scene, path: str) -> None:
    with pytest.raises(NameInvalid):
        scene.at(path).image()
