"""`pratique verify oci:DIR@DIGEST`: real images as layouts, and layouts made here, signed by a key."""

import hashlib
import json
import os
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result
from tests.layouts import INDEX, Made
from tests.published import SLSA
from tests.signing import (
    COSIGN_SIGN,
    CUSTOM,
    SigningKey,
    attest_bundle,
    classic_tag,
    descriptor_of,
    sign_bundle,
    sign_classic,
)

from pratique.cli import main
from pratique.oci.digest import digest_of, encoded_of
from pratique.oci.names import fallback_tag_of

IMAGES: Final = sorted(SLSA.glob("v*/container_workflow_dispatch"))
PROVENANCE: Final = "https://slsa.dev/provenance/v0.2"
ACTIONS: Final = "https://token.actions.githubusercontent.com"
GENERATOR: Final = (
    "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"
    "@refs/tags/"
)


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments, "--format", "json"])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    folder = tmp_path / "layout"
    folder.mkdir()
    return Made(folder)


@pytest.fixture
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def trusted(key: SigningKey, tmp_path: Path) -> list[str]:
    path = tmp_path / "cosign.pub"
    path.write_text(key.pem)
    return ["--key", str(path)]


@pytest.mark.skipif(not IMAGES, reason="the images are not here")
@pytest.mark.parametrize("layout", IMAGES, ids=lambda layout: layout.parent.name)
def test_real_images(layout: Path) -> None:
    digest = layout.with_suffix(".digest").read_text().strip()
    said = [f"oci:{layout}@{digest}", "--certificate-oidc-issuer", ACTIONS]
    whole = ["--certificate-identity", f"{GENERATOR}{layout.parent.name}"]
    found = verify(*said, *whole, "--type", PROVENANCE)
    assert found.exit_code == 0, found.output
    (evidence,) = json.loads(found.stdout)["evidence"]
    assert (evidence["subject"], evidence["predicate_type"]) == (digest, PROVENANCE)
    assert verify(*said, *whole).exit_code == 1, "an attestation is not a signature"
    other = ["--certificate-identity", f"{GENERATOR}v0.0.0", "--type", PROVENANCE]
    assert verify(*said, *other).exit_code == 1


def test_a_referrer(made: Made, key: SigningKey, trusted: list[str]) -> None:
    carrier = made.attach(sign_bundle(key, made.image))
    found = verify(made.name, *trusted)
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    (evidence,) = answer["evidence"]
    assert answer["verified"]
    assert (evidence["digest"], evidence["is_signature"]) == (carrier, True)
    assert evidence["predicate_type"] == COSIGN_SIGN


def test_a_classic_tag(made: Made, key: SigningKey, trusted: list[str]) -> None:
    digest = made.image["digest"]
    made.attach(sign_classic(key, subject=digest), classic_tag(digest))
    found = verify(made.name, *trusted)
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["evidence"][0]["scheme"] == "cosign-simplesigning"


def test_what_cosign_saved(made: Made, key: SigningKey, trusted: list[str]) -> None:
    made.attach(sign_classic(key, subject=made.image["digest"]))
    assert verify(made.name, *trusted).exit_code == 1
    made.listed[-1]["annotations"] = {"kind": "dev.cosignproject.cosign/sigs"}
    made.write()
    assert verify(made.name, *trusted).exit_code == 0


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_referrers_tag(tmp_path: Path, key: SigningKey, trusted: list[str], algorithm: str) -> None:
    made = Made(tmp_path, algorithm)
    content, blobs = sign_bundle(key, made.image)
    for blob in (content, *blobs.values()):
        made.blob(blob)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor_of(content)]}
    made.put(json.dumps(index).encode(), fallback_tag_of(made.image["digest"]), INDEX)
    assert verify(made.name, *trusted).exit_code == 0


def test_a_nested_index(made: Made, key: SigningKey, trusted: list[str]) -> None:
    content, blobs = sign_bundle(key, made.image)
    for blob in (content, *blobs.values()):
        made.blob(blob)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor_of(content)]}
    made.put(json.dumps(index).encode(), "", INDEX)
    assert verify(made.name, *trusted).exit_code == 0


def test_the_type_that_was_asked_for(made: Made, key: SigningKey, trusted: list[str]) -> None:
    made.attach(attest_bundle(key, made.image))
    assert verify(made.name, *trusted).exit_code == 1
    assert verify(made.name, *trusted, "--type", CUSTOM).exit_code == 0
    assert verify(made.name, *trusted, "--type", PROVENANCE).exit_code == 1


def test_somebody_elses_signature(made: Made, trusted: list[str]) -> None:
    made.attach(sign_bundle(SigningKey(), made.image))
    found = verify(made.name, *trusted)
    assert found.exit_code == 1
    assert not json.loads(found.stdout)["evidence"][0]["verified"]


def test_another_images_signature_under_the_tag(made: Made, key: SigningKey, trusted: list[str]) -> None:
    other = digest_of(b"another image")
    made.attach(sign_classic(key, subject=other), classic_tag(made.image["digest"]))
    found = verify(made.name, *trusted)
    assert found.exit_code == 1
    assert not json.loads(found.stdout)["evidence"][0]["verified"]


def test_nothing_is_found(made: Made, trusted: list[str]) -> None:
    found = verify(made.name, *trusted)
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {"verified": False, "evidence": []}
    assert f"nothing was found that speaks of {made.image['digest']}" in found.stderr


def test_a_blob_that_is_damaged(made: Made, key: SigningKey, trusted: list[str]) -> None:
    signed = sign_bundle(key, made.image)
    made.attach(signed)
    *_config, layer = signed[1]
    content = made.path(layer).read_bytes()
    made.path(layer).write_bytes(content.replace(b"v0.3", b"v0.2"))
    found = verify(made.name, *trusted)
    assert found.exit_code == 1
    assert "has another digest" in found.stderr


def test_one_broken_referrer_hides_no_other(made: Made, key: SigningKey, trusted: list[str]) -> None:
    broken = sign_bundle(SigningKey(), made.image)
    made.attach(broken)
    for blob in broken[1]:
        made.path(blob).unlink()
    made.attach(sign_bundle(key, made.image))
    found = verify(made.name, *trusted)
    assert found.exit_code == 0
    assert "can't be read" in found.stderr


@pytest.mark.parametrize("place", ["blob", "folder"])
def test_links_are_not_followed(
    made: Made, key: SigningKey, trusted: list[str], tmp_path: Path, place: str
) -> None:
    signed = sign_bundle(key, made.image)
    made.attach(signed)
    path = made.path(list(signed[1])[-1]) if place == "blob" else made.folder / "blobs" / "sha256"
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    found = verify(made.name, *trusted)
    assert found.exit_code == (1 if place == "blob" else 2)
    assert "can't be read" in found.stderr


def test_a_pipe_is_not_waited_for(made: Made, key: SigningKey, trusted: list[str]) -> None:
    signed = sign_bundle(key, made.image)
    made.attach(signed)
    path = made.path(list(signed[1])[-1])
    path.unlink()
    os.mkfifo(path)
    assert verify(made.name, *trusted).exit_code == 1


def test_an_index_that_lists_itself_ends(made: Made, trusted: list[str]) -> None:
    made.listed += [made.listed[0]] * 3
    made.write()
    assert verify(made.name, *trusted).exit_code == 1


def test_too_many_layers(made: Made, key: SigningKey, trusted: list[str]) -> None:
    digest = made.image["digest"]
    content, blobs = sign_classic(key, subject=digest)
    manifest = json.loads(content)
    manifest["layers"] = [{**manifest["layers"][0], "annotations": {}}] * 1_001
    made.attach((json.dumps(manifest).encode(), blobs), classic_tag(digest))
    found = verify(made.name, *trusted)
    assert found.exit_code == 1
    assert "only the first 1000 layers" in found.stderr
    assert len(json.loads(found.stdout)["evidence"]) == 1_000


def test_calls_that_make_no_sense(made: Made, trusted: list[str], tmp_path: Path) -> None:
    absent = f"oci:{made.folder}@sha256:{hashlib.sha256(b'absent').hexdigest()}"
    wrong = f"oci:{made.folder}@sha256:{encoded_of(made.image['digest'])[:10]}"
    nowhere = f"oci:{tmp_path / 'nowhere'}@{made.image['digest']}"
    for name in (f"oci:{made.folder}", absent, wrong, nowhere, f"oci:@{made.image['digest']}"):
        assert verify(name, *trusted).exit_code == 2, name
    (made.folder / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}')
    assert "1.0.0 is read" in verify(made.name, *trusted).stderr
