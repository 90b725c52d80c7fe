"""A layer that was read before is not read again, unless something else in it has to be looked at."""

from typing import Final

import pytest
from sqlalchemy import func, select
from tests.images import DEBIAN, Image, dpkg, file, image, link

from pratique.db import Database, metadata
from pratique.inventory import CouldNotBeExamined, InProcess, LayerCatalogue, examine_image
from pratique.inventory.catalogued import WANTED_LIMIT, Catalogued, forget_layer

PLAIN: Final = image([file("etc/os-release", DEBIAN)], [file("var/lib/dpkg/status", dpkg(("bash", "5.1-2")))])
# The database is behind a link, and its own name tells nobody that it is one.
LINKED: Final = image(
    [file("opt/state", dpkg(("bash", "5.1-2"))), file("opt/other", dpkg(("zsh", "5.8-6")))],
    [link("var/lib/dpkg/status", "/opt/state")],
)


class Counting:
    """Reads layers, and says which."""

    def __init__(self, made: Image) -> None:
        self._inner = InProcess(made.opened())
        self.asked: list[tuple[str, frozenset[str]]] = []

    def __call__(self, digest: str, wanted: frozenset[str]) -> LayerCatalogue:
        self.asked.append((digest, wanted))
        return self._inner(digest, wanted)


def kept(database: Database) -> int:
    with database.read() as tx:
        table = metadata.tables["layer_catalogue"]
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def test_layers_are_read_once(database: Database) -> None:
    reading = Counting(PLAIN)
    for _ in range(3):
        found = examine_image(Catalogued(database, reading), PLAIN.digests, PLAIN.configuration)
        assert found == PLAIN.contents()
    assert reading.asked == [(digest, frozenset()) for digest in PLAIN.digests]
    assert kept(database) == 2


def test_another_version_of_the_readers_reads_them_anew_and_replaces_them(database: Database) -> None:
    reading = Counting(PLAIN)
    for version in ("1", "2", "2"):
        examine_image(Catalogued(database, reading, version), PLAIN.digests, PLAIN.configuration)
    assert len(reading.asked) == 4
    assert kept(database) == 2


def test_where_a_link_leads_to_a_file_that_nobody_looked_at_the_layer_is_read_again(
    database: Database,
) -> None:
    reading = Counting(LINKED)
    for _ in range(2):
        found = examine_image(Catalogued(database, reading), LINKED.digests, LINKED.configuration)
        assert found == LINKED.contents()
        assert [one.package.name for one in found.packages] == ["bash"]
    base, top = LINKED.digests
    asked = [(base, frozenset()), (top, frozenset()), (base, frozenset({"opt/state"}))]
    assert reading.asked == asked
    assert kept(database) == 2


def test_what_one_image_wanted_is_still_there_when_another_wants_something_else(database: Database) -> None:
    reading = Counting(LINKED)
    catalogued, base = Catalogued(database, reading), LINKED.digests[0]
    one, other = frozenset({"opt/state"}), frozenset({"opt/other"})
    catalogued(base, one)
    both = catalogued(base, other)
    assert {both.acts[act].path for act in both.files} == {"opt/state", "opt/other"}
    assert catalogued(base, one) == catalogued(base, one | other) == both
    assert reading.asked == [(base, one), (base, one | other)]


def test_paths_that_images_want_do_not_pile_up_without_end(database: Database) -> None:
    reading = Counting(LINKED)
    catalogued, base = Catalogued(database, reading), LINKED.digests[0]
    catalogued(base, frozenset(f"a/{number}" for number in range(WANTED_LIMIT)))
    catalogued(base, frozenset({"opt/state"}))
    assert reading.asked[-1] == (base, frozenset({"opt/state"}))


def test_what_could_not_be_examined_is_not_kept(database: Database) -> None:
    torn = Image((PLAIN.layers[0][:520],), {})
    reading = Counting(torn)
    for _ in range(2):
        with pytest.raises(CouldNotBeExamined):
            Catalogued(database, reading)(torn.digests[0], frozenset())
    assert len(reading.asked) == 2
    assert kept(database) == 0


def test_a_layer_that_is_forgotten_is_read_again(database: Database) -> None:
    reading = Counting(PLAIN)
    catalogued, base = Catalogued(database, reading), PLAIN.digests[0]
    catalogued(base, frozenset())
    database.write(lambda tx: forget_layer(tx, base))
    assert kept(database) == 0
    catalogued(base, frozenset())
    assert len(reading.asked) == 2


def test_a_document_that_nobody_can_read_counts_for_nothing(database: Database) -> None:
    reading = Counting(PLAIN)
    catalogued, base = Catalogued(database, reading), PLAIN.digests[0]
    made = catalogued(base, frozenset())
    table = metadata.tables["layer_catalogue"]
    database.write(lambda tx: tx.execute(table.update().values(document=b"of another version")))
    assert catalogued(base, frozenset()) == made
    assert catalogued(base, frozenset()) == made
    assert len(reading.asked) == 2
