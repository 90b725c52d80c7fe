"""gate.md 1 and 4: the story of the registry, through the rooms: pushed, refused with the reason, signed, let out."""

import pytest
from tests.houses import Furnished

from pratique.access import Role
from pratique.errors import Quarantined
from pratique.oci.digest import digest_of
from pratique.registry import Reader

REPOSITORY = "team/app"


@pytest.fixture
def reader(home: Furnished) -> Reader:
    project = home.project("team", "signed")
    home.trust(project)
    return home.reader(home.user("guest", project, Role.GUEST), REPOSITORY)


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
def test_unsigned_is_refused_and_signed_is_let_out(home: Furnished, reader: Reader, classic: bool) -> None:
    puller = home.house.warehouse.puller
    image = home.image(REPOSITORY)
    with pytest.raises(Quarantined) as refused:
        puller.manifest(REPOSITORY, "1.0", reader)
    assert "SIGNATURE_MISSING" in refused.value.phrase
    assert "cosign sign" in refused.value.message
    assert "/verdict" in refused.value.message
    home.sign(REPOSITORY, image, home.keys["release"], classic=classic)
    assert puller.manifest(REPOSITORY, "1.0", reader).content == image


def test_evidence_that_came_first_admits_in_the_push(home: Furnished, reader: Reader) -> None:
    image = home.image("team/elsewhere")
    home.sign(REPOSITORY, image, home.keys["release"])
    home.image(REPOSITORY)
    assert home.house.warehouse.puller.manifest(REPOSITORY, digest_of(image), reader).content == image
