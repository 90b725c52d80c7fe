"""What images contain, kept: the same comes back, what they share is stored once, and what nobody has goes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import func, select
from tests.images import DEBIAN, Image, dpkg, file, image

from pratique.clock import Moment
from pratique.db import Database, Tx, metadata
from pratique.inventory import READERS_VERSION, Contents, Distribution, ImageFacts, Located, Package
from pratique.inventory.recording import Problem, Recording
from pratique.packages import Component, Ecosystem, component_of

AT: Final = Moment(1_000)
BASE: Final = (
    file("etc/os-release", DEBIAN),
    file("var/lib/dpkg/status", dpkg(("openssl", "1.1.1n-0+deb11u3"), ("bash", "5.1-2"))),
)
OPENSSL: Final = Component(Ecosystem("Debian", "11"), "openssl", "1.1.1n-0+deb11u3")
DJANGO: Final = Component(Ecosystem("PyPI"), "django", "2.2.1")


def python(name: str, version: str) -> tuple[str, bytes | str, bytes]:
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n"
    return file(f"usr/lib/python3/dist-packages/{name}-{version}.dist-info/METADATA", metadata)


ONE: Final = image(BASE, [python("Django", "2.2.1")], config={"User": "app", "Labels": {"a": "b\0c"}})
OTHER: Final = image(BASE, [python("flask", "1.0")])

recording: Final = Recording()


def put(database: Database, digest: str, made: Image | Contents) -> Contents:
    contents = made.contents() if isinstance(made, Image) else made
    database.write(lambda tx: recording.put(tx, digest, contents, AT))
    return contents


def counts(database: Database) -> dict[str, int]:
    tables = ("image_contents", "image_layer", "layer_share", "layer_component", "component")
    with database.read() as tx:
        return {
            name: tx.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in tables
        }


def images_with(database: Database, *keys: Component) -> Sequence[str]:
    with database.read() as tx:
        return recording.images_with(tx, keys)


def known(database: Database, digest: str) -> Contents | Problem | None:
    with database.read() as tx:
        return recording.contents_of(tx, digest)


def test_what_is_put_comes_back_as_it_was(database: Database) -> None:
    contents = put(database, "sha256:one", ONE)
    assert known(database, "sha256:one") == contents
    assert contents.distribution == Distribution("debian", "11", "Debian GNU/Linux 11 (bullseye)")
    assert known(database, "sha256:other") is None


def test_every_field_of_a_package_comes_back(database: Database) -> None:
    package = Package(
        "rpm", "bash", "5.1-2", "redhat", "x86_64", "bash-src", "5.1", "1", "Red Hat", ("GPL", "MIT")
    )
    contents = Contents(
        Distribution("rhel", "9", "Red Hat", ("fedora",)),
        (
            Located(package, "lib/rpm", "sha256:a", "rpm", "owned"),
            Located(replace(package, vendor="Rocky"), "lib/rpm", "sha256:a", "rpm"),
            Located(Package("generic", "thing", ""), "opt/thing", "", "binary"),
        ),
        ImageFacts("root", ("80/tcp",), {"a": "b"}, "2026-01-01", 7, ("PATH",), "amd64", "linux"),
    )
    contents = replace(contents, packages=tuple(sorted(contents.packages, key=lambda one: one.place)))
    put(database, "sha256:one", contents)
    assert known(database, "sha256:one") == contents


def test_an_image_without_packages_and_distribution_was_examined_all_the_same(database: Database) -> None:
    put(database, "sha256:empty", Contents(None, ()))
    put(database, "sha256:nameless", Contents(Distribution("", ""), ()))
    assert known(database, "sha256:empty") == Contents(None, ())
    assert known(database, "sha256:nameless") == Contents(Distribution("", ""), ())


def test_packages_come_with_what_advisories_look_them_up_by(database: Database) -> None:
    contents = put(database, "sha256:one", ONE)
    with database.read() as tx:
        rows = recording.components_of(tx, "sha256:one")
    assert [row.located for row in rows] == list(contents.packages)
    assert [row.purl for row in rows] == [contents.purl(row.located) for row in rows]
    assert [row.key for row in rows] == [component_of(row.purl) for row in rows]
    assert {row.key for row in rows} >= {OPENSSL, DJANGO}
    assert {row.layer for row in rows} == set(ONE.digests)


def test_who_has_a_package_is_asked_by_key(database: Database) -> None:
    put(database, "sha256:one", ONE)
    put(database, "sha256:other", OTHER)
    assert images_with(database, DJANGO) == ["sha256:one"]
    assert images_with(database, OPENSSL) == images_with(database, OPENSSL, DJANGO)
    assert images_with(database, OPENSSL) == ["sha256:one", "sha256:other"]
    assert images_with(database, replace(DJANGO, version="2.2.2")) == []
    assert images_with(database, replace(OPENSSL, ecosystem=Ecosystem("Debian", "12"))) == []
    assert images_with(database) == []


def test_the_same_layer_is_stored_once_whatever_lies_above(database: Database) -> None:
    put(database, "sha256:one", ONE)
    alone = counts(database)
    put(database, "sha256:other", OTHER)
    assert alone == {
        "image_contents": 1,
        "image_layer": 2,
        "layer_share": 2,
        "layer_component": 3,
        "component": 3,
    }
    assert counts(database) == {
        "image_contents": 2,
        "image_layer": 4,
        "layer_share": 3,
        "layer_component": 4,
        "component": 4,
    }


def test_what_a_layer_above_hides_is_not_among_what_an_image_has_of_the_base(database: Database) -> None:
    upgraded = dpkg(("openssl", "1.1.1w-0+deb11u1"), ("bash", "5.1-2"))
    put(database, "sha256:base", image(BASE))
    put(database, "sha256:upgraded", image(BASE, [file("var/lib/dpkg/status", upgraded)]))
    assert images_with(database, OPENSSL) == ["sha256:base"]
    bash = Component(Ecosystem("Debian", "11"), "bash", "5.1-2")
    assert images_with(database, bash) == ["sha256:base", "sha256:upgraded"]


def test_the_same_layer_below_another_distribution_is_another_share(database: Database) -> None:
    status = [file("var/lib/dpkg/status", dpkg(("openssl", "1")))]
    for release in ("11", "12"):
        said = DEBIAN.replace('"11"', f'"{release}"')
        put(database, f"sha256:{release}", image([file("etc/os-release", said)], status))
    for release in ("11", "12"):
        key = Component(Ecosystem("Debian", release), "openssl", "1")
        assert images_with(database, key) == [f"sha256:{release}"]


def test_an_image_that_is_examined_again_has_what_was_found_last(database: Database) -> None:
    put(database, "sha256:one", ONE)
    again = put(database, "sha256:one", OTHER)
    assert known(database, "sha256:one") == again
    assert images_with(database, DJANGO) == []
    assert counts(database)["component"] == 3
    put(database, "sha256:one", OTHER)
    assert known(database, "sha256:one") == again


def test_what_could_not_be_examined_says_why_and_what_was_known_does_not_count(database: Database) -> None:
    put(database, "sha256:one", ONE)
    database.write(lambda tx: recording.put_problem(tx, "sha256:one", "a layer\0 is torn", AT))
    assert known(database, "sha256:one") == Problem("a layer\ufffd is torn", READERS_VERSION, AT)
    assert images_with(database, OPENSSL) == []
    assert counts(database)["component"] == 0
    assert known(database, "sha256:one") != put(database, "sha256:one", ONE)
    assert isinstance(known(database, "sha256:one"), Contents)


def test_what_nobody_has_any_more_is_forgotten_with_the_last_image(database: Database) -> None:
    for digest, made in (("sha256:one", ONE), ("sha256:other", OTHER)):
        put(database, digest, made)
    database.write(lambda tx: recording.forget(tx, "sha256:one"))
    assert known(database, "sha256:one") is None
    assert isinstance(known(database, "sha256:other"), Contents)
    assert (counts(database)["layer_share"], counts(database)["component"]) == (2, 3)
    database.write(lambda tx: recording.forget(tx, "sha256:nobody"))
    database.write(lambda tx: recording.forget(tx, "sha256:other"))
    assert set(counts(database).values()) == {0}


def test_keys_that_nobody_has_any_more_are_told(database: Database) -> None:
    for digest, made in (("sha256:one", ONE), ("sha256:other", OTHER)):
        put(database, digest, made)
    static = Located(Package("deb", "libssl1.1", OPENSSL.version, source="openssl"), "var/lib/dpkg/status")
    static_too = Contents(Distribution("debian", "11"), (static,))
    assert database.write(lambda tx: recording.put(tx, "sha256:third", static_too, AT)) == set()
    assert database.write(lambda tx: recording.forget(tx, "sha256:one")) == {DJANGO}
    flask, bash = Component(Ecosystem("PyPI"), "flask", "1.0"), replace(OPENSSL, name="bash", version="5.1-2")
    assert database.write(lambda tx: recording.put_problem(tx, "sha256:other", "torn", AT)) == {flask, bash}
    assert database.write(lambda tx: recording.put(tx, "sha256:third", Contents(None, ()), AT)) == {OPENSSL}


@pytest.mark.parametrize("name", ["a\0b", "x" * 3_000, "y" * 5_000, "é\ud7ff\U0010ffff"])
def test_names_that_strangers_make_up_are_stored(database: Database, name: str) -> None:
    located = Located(Package("npm", name, "1.0"), f"lib/{name}/package.json", "sha256:a", "node")
    contents = put(database, "sha256:odd", Contents(None, (located,)))
    with database.read() as tx:
        (row,) = recording.components_of(tx, "sha256:odd")
    assert row.located.package == located.package
    assert row.purl == contents.purl(located)
    assert row.path == located.path.replace("\0", "\ufffd")
    if row.key is not None:
        assert images_with(database, row.key) == ["sha256:odd"]


def test_images_of_older_readers_are_found_page_by_page(database: Database) -> None:
    def old(tx: Tx) -> None:
        for name in "cab":
            recording.put(tx, f"sha256:{name}", Contents(None, ()), AT, readers="0")

    database.write(old)
    put(database, "sha256:new", Contents(None, ()))
    with database.read() as tx:
        first = recording.of_other_readers(tx, most=2)
        rest = recording.of_other_readers(tx, after=first[-1], most=2)
    assert (first, rest) == (["sha256:a", "sha256:b"], ["sha256:c"])
