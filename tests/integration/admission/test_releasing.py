"""Issue: an import that would drop advisories says which artifacts it would release."""

from pathlib import Path

import pytest
from tests.houses import Furnished
from tests.images import file
from tests.scenes import new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel

from pratique.advisories import supplies
from pratique.advisories.shrinking import Shrinks
from pratique.bootstrap.advising import importer_of
from pratique.bootstrap.places import DATABASE
from pratique.bootstrap.releases import releases_of
from pratique.bootstrap.releasing import releasing_of
from pratique.settings import load


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    found = Port(new_scene(home, "open"), tmp_path)
    found.prevent()
    return found


def test_what_is_refused_for_these_records_alone_would_be_released(port: Port) -> None:
    one, other = (f"package-{next(PACKAGES)}" for _ in range(2))
    first, second = (name.removeprefix("package-") for name in (one, other))
    source = port.advise(advisory(one, f"2026-{first}"))
    port.advise(advisory(other, f"2026-{second}"))
    alone, both = port.push([wheel(one)]), port.push([wheel(one), wheel(other)], "both")
    clean = port.push([file("etc/motd", "hello")], "clean")
    port.scene.home.work()
    assert [port.scene.state(each) for each in (alone, both, clean)] == [
        "QUARANTINED",
        "QUARANTINED",
        "ADMITTED",
    ]
    releasing = releasing_of(port.scene.home.house)
    name = f"{port.scene.repository}@{port.scene.artifact(alone).digest}"
    assert releasing.released_by(source, [f"PYSEC-2026-{first}"]) == [name]
    # Of another source, or of nothing: what is refused stays so.
    assert releasing.released_by("elsewhere", [f"PYSEC-2026-{first}"]) == []
    assert releasing.released_by(source, ["PYSEC-2026-0"]) == []
    assert port.scene.state(alone) == "QUARANTINED"


def test_a_refused_import_names_them(port: Port) -> None:
    house, name = port.scene.home.house, f"package-{next(PACKAGES)}"
    number = name.removeprefix("package-")
    source = port.advise(advisory(name, f"2026-{number}"))
    refused = port.push([wheel(name)])
    port.scene.home.work()
    importer = importer_of(house.settings, house.clock, lambda _source, _count: None, releasing_of(house))
    less = port.archive(source, advisory("another", f"2026-{next(PACKAGES)}"))
    with pytest.raises(Shrinks, match="it would release 1 artifact") as shrinks:
        importer.take(supplies(less, source))
    assert str(port.scene.artifact(refused).digest) in str(shrinks.value)


def test_without_a_registry_nothing_is_known(home: Furnished, tmp_path: Path) -> None:
    elsewhere = load(None, {}, {"storage": {"directory": str(tmp_path)}})
    assert releases_of(elsewhere, home.clock) is None
    (tmp_path / DATABASE).touch()
    assert releases_of(elsewhere, home.clock) is not None
