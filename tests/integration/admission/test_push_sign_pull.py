"""gate.md 1 and 4: the story of the registry, through the rooms: pushed, refused with the reason, signed, let out."""

import pytest
from tests.scenes import Scene


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_unsigned_is_refused_and_signed_is_let_out(scene: Scene, classic: bool) -> None:
    image = scene.image("1.0")
    refused = scene.refusal("1.0")
    assert "SIGNATURE_MISSING" in refused.phrase
    assert "cosign sign" in refused.message
    assert "/verdict" in refused.message
    scene.sign(image, classic=classic)
    assert scene.pull("1.0") == image


def test_a_refusal_names_what_is_missing_now(scene: Scene) -> None:
    scene.home.distrust(scene.project)
    scene.image("1.0")
    assert "NO_TRUSTED_KEYS" in scene.refusal("1.0").phrase
    scene.home.trust(scene.project)
    scene.home.work()
    assert "SIGNATURE_MISSING" in scene.refusal("1.0").phrase
