"""Package databases in the merged tree: which of them count, what they name, and what they answer for."""

import pytest
from tests.images import DEBIAN, Image, Member, dpkg, file, folder, hard, hidden, image, link
from tests.unit.inventory.rpmdbs import header, in_berkeley, in_sqlite

from pratique.inventory import Contents, CouldNotBeExamined, Distribution

STATUS = "var/lib/dpkg/status"
BASE = [file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libc6", "2.31"), ("zlib1g", "1.2.11")))]
OPENSSL = in_sqlite([header(NAME="openssl", VERSION="1.1.1", RELEASE="1")])
BASH = in_berkeley([header(NAME="bash", VERSION="5.1", RELEASE="2")])
APKS = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def apk(name: str) -> str:
    return f"P:{name}\nV:1.0-r0\nA:x86_64\n\n"


def names(contents: Contents) -> list[str]:
    return [f"{one.package.name} {one.package.version}" for one in contents.packages]


def places(contents: Contents) -> list[tuple[str, str]]:
    return [(one.package.name, one.path) for one in contents.packages]


def refused(made: Image) -> str:
    with pytest.raises(CouldNotBeExamined) as caught:
        made.contents()
    return str(caught.value)


def test_a_debian() -> None:
    made = image(BASE)
    contents = made.contents()
    assert contents.distribution == Distribution("debian", "11", "Debian GNU/Linux 11 (bullseye)")
    assert names(contents) == ["libc6 2.31", "zlib1g 1.2.11"]
    assert {one.layer for one in contents.packages} == set(made.digests)
    assert contents.purl(contents.packages[0]) == "pkg:deb/debian/libc6@2.31?arch=amd64&distro=debian-11"


@pytest.mark.parametrize(
    ("path", "said", "expected"),
    [
        ("etc/alpine-release", "3.18.4\n", Distribution("alpine", "3.18.4")),
        ("etc/debian_version", "11.6\n", Distribution("debian", "11.6")),
        ("etc/debian_version", "bookworm/sid\n", Distribution("debian", "bookworm/sid")),
    ],
)
def test_without_os_release_the_version_tells(path: str, said: str, expected: Distribution) -> None:
    """Else an image whose os-release was taken away would have no distribution that has to be covered."""
    assert image([file(path, said)]).contents().distribution == expected
    assert image(
        [file("etc/os-release", DEBIAN), file("etc/debian_version", "11.6\n")]
    ).contents().distribution == (Distribution("debian", "11", "Debian GNU/Linux 11 (bullseye)"))


def test_the_topmost_database_wins_and_packages_keep_the_layer_they_came_with() -> None:
    made = image(BASE, [file(STATUS, dpkg(("libc6", "2.31"), ("curl", "7.74")))])
    contents = made.contents()
    assert names(contents) == ["curl 7.74", "libc6 2.31"]
    assert [one.layer for one in contents.packages] == [made.digests[1], made.digests[0]]


def test_an_empty_database_is_one() -> None:
    assert names(image(BASE, [file(STATUS)]).contents()) == []


def test_a_database_that_is_hidden_is_none() -> None:
    assert names(image(BASE, [hidden(STATUS)]).contents()) == []
    assert names(image(BASE, [hidden("var/lib/dpkg")]).contents()) == []


def test_the_database_through_a_linked_directory() -> None:
    made = image([link("var/lib", "/usr/state")], [file("usr/state/dpkg/status", dpkg(("libc6", "2.31")))])
    (found,) = made.contents().packages
    assert (found.package.name, found.path) == ("libc6", STATUS)


def test_the_database_is_a_link() -> None:
    moved = [file("opt/db", dpkg(("libc6", "2.31"))), link(STATUS, "../../../opt/db")]
    assert names(image(BASE, moved).contents()) == ["libc6 2.31"]


def test_what_lies_elsewhere_is_no_database() -> None:
    lower = [link("var", "data"), file("var/lib/dpkg/status", dpkg(("a", "1")))]
    assert names(image(lower).contents()) == ["a 1"]
    assert names(image(lower, [hidden("var")]).contents()) == []


@pytest.mark.parametrize(
    "release",
    [
        [link("etc/os-release", "../usr/lib/os-release"), file("usr/lib/os-release", DEBIAN)],
        [link("etc/os-release", "/usr/share/told"), file("usr/share/told", DEBIAN)],
        [file("usr/lib/os-release", DEBIAN)],
        [file("usr/lib/os-release", "ID=debian\nVERSION_ID=11.2\n"), file("etc/os-release", DEBIAN)],
        [file("usr/lib/os-release"), file("etc/os-release", DEBIAN)],
        [link("etc/os-release", "gone"), file("usr/lib/os-release", DEBIAN)],
    ],
)
def test_the_distribution(release: list[Member]) -> None:
    distribution = image(release).contents().distribution
    assert distribution is not None
    assert (distribution.id, distribution.release) == ("debian", "11")


def test_the_distribution_of_another_layer_than_the_database() -> None:
    made = image([file(STATUS, dpkg(("libc6", "2.31")))], [file("etc/os-release", DEBIAN)])
    contents = made.contents()
    assert contents.purl(contents.packages[0]).endswith("distro=debian-11")


def test_no_distribution() -> None:
    assert image([file("a")]).contents().distribution is None


def test_a_damaged_database_is_not_examined() -> None:
    assert "can't be read" in refused(image([file("var/lib/rpm/Packages", b"x" * 600)]))


# --- several of one kind -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full", APKS)
def test_an_empty_database_elsewhere_hides_nothing(full: str) -> None:
    (other,) = set(APKS) - {full}
    for layers in (
        [[file(full, apk("musl"))], [file(other)]],
        [[file(full, apk("musl")), file(other)]],
        [[file(other)], [file(full, apk("musl"))]],
    ):
        assert places(image(*layers).contents()) == [("musl", full)]


def test_databases_at_several_paths_all_count() -> None:
    apks = image([file(APKS[0], apk("musl"))], [file(APKS[1], apk("musl") + apk("zlib"))])
    assert places(apks.contents()) == [("musl", APKS[0]), ("musl", APKS[1]), ("zlib", APKS[1])]
    rpms = image(
        [file("var/lib/rpm/Packages", BASH)],
        [file("usr/lib/sysimage/rpm/rpmdb.sqlite", OPENSSL), file("var/lib/rpm/Packages.db")],
    )
    assert places(rpms.contents()) == [
        ("bash", "var/lib/rpm/Packages"),
        ("openssl", "usr/lib/sysimage/rpm/rpmdb.sqlite"),
    ]


@pytest.mark.parametrize(
    "links",
    [
        [link("var/lib/rpm", "../../usr/lib/sysimage/rpm")],
        [link("var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite")],
        [hard("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite")],
    ],
)
def test_one_database_by_several_names_counts_once(links: list[Member]) -> None:
    made = image([file("usr/lib/sysimage/rpm/rpmdb.sqlite", OPENSSL), *links])
    assert places(made.contents()) == [("openssl", "var/lib/rpm/rpmdb.sqlite")]


def test_of_one_path_the_topmost_counts_through_links_too() -> None:
    lower = [link("lib", "usr/lib"), file("lib/apk/db/installed", apk("musl"))]
    assert places(image(lower, [file("usr/lib/apk/db/installed", apk("zlib"))]).contents()) == [
        ("zlib", APKS[0])
    ]


def test_a_damaged_one_among_several_is_not_passed_over() -> None:
    damaged = file("usr/lib/sysimage/rpm/Packages.db", b"x" * 600)
    assert "Packages.db can't be read" in refused(image([file("var/lib/rpm/rpmdb.sqlite", OPENSSL), damaged]))


# --- ownership and licences ----------------------------------------------------------------------------------------


def test_what_the_distribution_brought_is_its_own() -> None:
    python = "usr/lib/python3/dist-packages/yaml-5.3.egg-info/PKG-INFO"
    other = "usr/local/lib/python3/dist-packages/six-1.0.dist-info/METADATA"
    made = image(
        [link("lib", "usr/lib"), file("etc/os-release", DEBIAN)],
        [
            file(STATUS, dpkg(("python3-yaml", "5.3"))),
            file("var/lib/dpkg/info/python3-yaml.list", f"/.\n/{python.removeprefix('usr/')}\n"),
            file(python, "Name: PyYAML\nVersion: 5.3\n"),
            file(other, "Name: six\nVersion: 1.0\n"),
            file("usr/share/doc/python3-yaml/copyright", "Files: *\nLicense: Expat\n text\nLicense: Expat\n"),
        ],
    )
    states = {one.package.name: (one.state, one.package.licenses) for one in made.contents().packages}
    assert states == {"python3-yaml": ("", ("Expat",)), "PyYAML": ("owned", ()), "six": ("", ())}


COPYRIGHT = "usr/share/doc/libbar/copyright"


@pytest.mark.parametrize(
    "members",
    [
        [file(COPYRIGHT, "License: Expat\n"), link("usr/share/doc/libfoo", "libbar")],
        [file(COPYRIGHT, "License: Expat\n"), link("usr/share/doc/libfoo/copyright", "../libbar/copyright")],
        [file(COPYRIGHT, "License: Expat\n"), hard("usr/share/doc/libfoo/copyright", COPYRIGHT)],
        [link("usr/share/doc", "/opt/doc"), file("opt/doc/libfoo/copyright", "License: Expat\n")],
        [file("opt/licence", "License: Expat\n"), link("usr/share/doc/libfoo/copyright", "/opt/licence")],
        [
            file(COPYRIGHT),
            hidden("usr/share/doc/gone"),
            file("usr/share/doc/libfoo/copyright", "License: Expat\n"),
        ],
    ],
)
def test_licences_behind_links(members: list[Member]) -> None:
    made = image([file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libfoo", "1")))], members)
    assert [one.package.licenses for one in made.contents().packages] == [("Expat",)]


@pytest.mark.parametrize(
    "members",
    [
        [link("usr/share/doc/libfoo", "libfoo")],
        [link("usr/share/doc/libfoo", "gone")],
        [folder("usr/share/doc/libfoo/copyright")],
        [file("usr/share/doc/libfoo"), file("usr/share/doc/libbar/copyright", "License: Expat\n")],
    ],
)
def test_no_licences(members: list[Member]) -> None:
    made = image([file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libfoo", "1")))], members)
    assert [one.package.licenses for one in made.contents().packages] == [()]


YAML = "usr/lib/python3/dist-packages/yaml-5.3.egg-info/PKG-INFO"
BROUGHT = [
    file("var/lib/dpkg/info/python3-yaml:amd64.list", f"/.\n/{YAML}\n"),
    file(YAML, "Name: PyYAML\nVersion: 5.3\n"),
]


def state_of_yaml(made: Image) -> str:
    (found,) = (one for one in made.contents().packages if one.package.name == "PyYAML")
    return found.state


def test_the_distribution_answers_for_its_own_packages_only() -> None:
    release = file("etc/os-release", DEBIAN)
    own = file(STATUS, dpkg(("python3-yaml", "5.3")))
    assert state_of_yaml(image([release, own, *BROUGHT])) == "owned"
    vendor = file(STATUS, dpkg(("python3-yaml", "5.3"), by="NodeSource <nodejs@example.com>"))
    assert state_of_yaml(image([release, vendor, *BROUGHT])) == ""
    assert state_of_yaml(image([release, file(STATUS, dpkg(("other", "1"))), *BROUGHT])) == ""
    assert state_of_yaml(image([release, *BROUGHT])) == ""
    # Put there again above the database, it is not what the package brought.
    assert state_of_yaml(image([release, own, *BROUGHT], [file(YAML, "Name: PyYAML\nVersion: 5.3\n")])) == ""


def test_a_database_of_another_kind_answers_for_nothing() -> None:
    forged = apk("nobody").rstrip() + f"\nF:{YAML.rpartition('/')[0]}\nR:PKG-INFO\n\n"
    released = file("etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n")
    installed = file(APKS[0], forged)
    assert state_of_yaml(image([released, installed, *BROUGHT])) == "owned"
    assert state_of_yaml(image([*BASE, installed, *BROUGHT])) == ""
    assert state_of_yaml(image([installed, *BROUGHT])) == ""
