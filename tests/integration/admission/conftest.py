"""The furnished house that the tests of admission play in."""

from collections.abc import Iterator

import pytest
from tests.attested import knowing_home
from tests.furnishing import home, open_scene, scene
from tests.houses import Furnished

from pratique.db import Tx
from pratique.trust.store import identities, keys, roots

__all__ = ["home", "knowing_home", "open_scene", "roots_go", "scene"]


@pytest.fixture(autouse=True)
def roots_go(request: pytest.FixtureRequest) -> Iterator[None]:
    """Roots that a test imports go after it, and whoever names them: a registry has no more than 50."""
    if "home" not in request.fixturenames:
        yield
        return
    house: Furnished = request.getfixturevalue("home")
    database, trust = house.house.stores.database, house.house.departments.trust
    with database.read() as tx:
        before = {root.name for root in roots.all_current(tx)}
    yield

    def work(tx: Tx) -> None:
        for name in {root.name for root in roots.all_current(tx)} - before - {"public-good"}:
            for identity in identities.of_root(tx, name):
                trust.identities.remove(tx, identity.project_id, identity.name)
            for key in keys.of_root(tx, name):
                trust.keys.remove(tx, key.project_id, key.name)
            trust.roots.remove(tx, name)

    database.write(work)
