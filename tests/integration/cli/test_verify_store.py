"""`pratique verify project/repository:tag --data DIR`: what a server keeps, refused or not."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.doors import furnish_door
from tests.houses import Furnished
from tests.signing import SigningKey

from pratique.cli import main
from pratique.db import open_database
from pratique.migrations import prepare
from pratique.oci.digest import digest_of


@dataclass
class Store:
    """A data directory with a refused image in it, nobody serving."""

    home: Furnished
    image: bytes
    key: SigningKey
    data: Path

    def verify(self, name: str) -> Result:
        public = self.data / "cosign.pub"
        public.write_text(self.key.pem)
        said = ["verify", name, "--data", str(self.data), "--key", str(public), "--format", "json"]
        return CliRunner().invoke(main, said)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data}/pratique.db"
    with closing(open_database(url, data)) as database:
        prepare(database, data, embedded=True)
    home = furnish_door(url, data)
    home.project("library", admission="signed")
    made = Store(home, home.image("library/app"), SigningKey(), data)
    yield made
    home.house.close()


@pytest.mark.parametrize("classic", [False, True], ids=["bundle", "classic"])
@pytest.mark.parametrize("host", ["", "127.0.0.1:5000/", "registry.test:443/"])
def test_a_refused_image_is_verified(store: Store, classic: bool, host: str) -> None:
    carrier = store.home.sign("library/app", store.image, store.key, classic=classic)
    for name in ("library/app:1.0", f"library/app@{digest_of(store.image)}"):
        found = store.verify(host + name)
        assert found.exit_code == 0, found.output
        (evidence,) = json.loads(found.stdout)["evidence"]
        assert (evidence["digest"], evidence["subject"]) == (carrier, digest_of(store.image))


def test_somebody_elses_signature(store: Store) -> None:
    store.home.sign("library/app", store.image, SigningKey())
    assert store.verify("library/app:1.0").exit_code == 1


def test_nothing_is_said_of_it(store: Store) -> None:
    found = store.verify("library/app:1.0")
    assert found.exit_code == 1
    assert "nothing was found that speaks of" in found.stderr


@pytest.mark.parametrize("name", ["library/app:2.0", "library/other:1.0", "library/App:1.0", "library/app:"])
def test_what_is_not_there(store: Store, name: str) -> None:
    assert store.verify(name).exit_code == 2


def test_no_data_directory(store: Store) -> None:
    store.data = store.data / "nowhere"
    store.data.mkdir()
    (store.data / "cosign.pub").write_text(store.key.pem)
    done = CliRunner().invoke(
        main,
        ["verify", "a/b:1", "--data", str(store.data / "x"), "--key", str(store.data / "cosign.pub")],
    )
    assert done.exit_code == 2
    assert "is not a data directory" in done.stderr
