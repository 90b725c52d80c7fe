"""Systems below other roots than the image's own: their packages, by their own distribution."""

import pytest
from tests.images import DEBIAN, Image, Member, dpkg, file, hard, hidden, image, link
from tests.unit.inventory.rpmdbs import header, in_sqlite

from pratique.inventory import CouldNotBeExamined, within

STATUS = "var/lib/dpkg/status"
ALPINE = "ID=alpine\nVERSION_ID=3.18.4\n"
OWN = [file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libc6", "2.31")))]
LIBC = "pkg:deb/debian/libc6@2.31?arch=amd64&distro=debian-11"
INSTALLED = "P:musl\nV:1.2-r0\n\n"
MUSL = "pkg:apk/alpine/musl@1.2-r0?distro=alpine-3.18.4"
RPMS = in_sqlite([header(NAME="bash", VERSION="5.1", RELEASE="2")])


def purls(made: Image) -> list[str]:
    contents = made.contents()
    return sorted(contents.purl(one) for one in contents.packages)


@pytest.mark.parametrize("root", ["rootfs", "srv/chroot/buster", "var/lib/machines/x", "snap/core/1", "usr"])
def test_a_system_below_another_root_is_of_its_own_distribution(root: str) -> None:
    """`usr` too, but for `lib/apk`, which there is the image's own."""
    inner = [file(f"{root}/etc/os-release", "ID=ubuntu\nVERSION_ID=22.04\n")]
    inner.append(file(f"{root}/{STATUS}", dpkg(("bash", "5.1"))))
    made = image(OWN, inner)
    assert purls(made) == [LIBC, "pkg:deb/ubuntu/bash@5.1?arch=amd64&distro=ubuntu-22.04"]
    places = {one.package.name: (one.path, one.layer) for one in made.contents().packages}
    assert places["bash"] == (f"{root}/{STATUS}", made.digests[1])
    assert made.contents().distribution is not None


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        (file("jail/lib/apk/db/installed", INSTALLED), MUSL),
        (file("jail/usr/lib/apk/db/installed", INSTALLED), MUSL),
        (
            file("jail/var/lib/dpkg/status.d/x", dpkg(("x", "1"))),
            "pkg:deb/alpine/x@1?arch=amd64&distro=alpine-3.18.4",
        ),
        (file("jail/var/lib/rpm/rpmdb.sqlite", RPMS), "pkg:rpm/alpine/bash@5.1-2?distro=alpine-3.18.4"),
        (file("jail/usr/lib/sysimage/rpm/Packages.db"), ""),
    ],
)
def test_every_kind_of_database(database: Member, expected: str) -> None:
    found = purls(image(OWN, [file("jail/etc/os-release", ALPINE), database]))
    assert found == sorted(filter(None, [expected, LIBC]))


@pytest.mark.parametrize(
    "release",
    [
        [file("jail/usr/lib/os-release", ALPINE)],
        [file("jail/usr/lib/os-release", ALPINE), link("jail/etc/os-release", "../usr/lib/os-release")],
        # Inside it leads to that of the root; outside, to another system's.
        [file("jail/usr/lib/os-release", ALPINE), link("jail/etc/os-release", "/usr/lib/os-release")],
        [file("jail/usr/lib/os-release", ALPINE), link("jail/etc/os-release", "/etc/os-release")],
    ],
)
def test_the_release_of_a_root_is_that_within(release: list[Member]) -> None:
    inner = [*release, file("jail/lib/apk/db/installed", INSTALLED)]
    assert purls(image([*OWN, file("usr/lib/os-release", DEBIAN)], inner)) == [MUSL, LIBC]


def test_a_root_that_names_no_distribution_is_told_to_be_unknown() -> None:
    assert purls(image(OWN, [file("jail/lib/apk/db/installed", INSTALLED)])) == [
        "pkg:apk/unknown/musl@1.2-r0?distro=unknown",
        LIBC,
    ]
    # The image's own would be a lie about it.
    assert purls(image([file(f"jail/{STATUS}", dpkg(("a", "1")))])) == [
        "pkg:deb/unknown/a@1?arch=amd64&distro=unknown"
    ]


def test_the_images_own_database_is_not_another() -> None:
    merged = [
        link("lib", "usr/lib"),
        file("usr/lib/apk/db/installed", INSTALLED),
        file("etc/os-release", ALPINE),
    ]
    assert purls(image(merged)) == [MUSL]
    moved = [file(f"data/{STATUS}", dpkg(("libc6", "2.31"))), link("var", "data/var")]
    assert purls(image([OWN[0], *moved])) == [LIBC]
    assert purls(image([*OWN, hard(f"jail/{STATUS}", STATUS)])) == [LIBC]
    distroless = [file(f"data/{STATUS}.d/libc6", dpkg(("libc6", "2.31"))), link("var", "data/var")]
    assert purls(image([OWN[0], *distroless])) == [LIBC]


def test_a_root_that_is_hidden_is_gone() -> None:
    inner = [file("jail/etc/os-release", ALPINE), file("jail/lib/apk/db/installed", INSTALLED)]
    assert purls(image([*OWN, *inner], [hidden("jail")])) == [LIBC]


def test_a_database_behind_a_link() -> None:
    inner = [
        file("jail/etc/os-release", ALPINE),
        link("jail/lib/apk/db/installed", "../../../../opt/db"),
        file("opt/db", INSTALLED),
    ]
    assert purls(image(OWN, inner)) == [MUSL, LIBC]


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ([file("jail/var/lib/rpm/Packages", b"x" * 600)], "jail/var/lib/rpm/Packages can't be read"),
        (
            [
                file("jail/var/lib/rpm/rpmdb.sqlite", RPMS),
                file("jail/var/lib/rpm/rpmdb.sqlite-journal", b"x"),
            ],
            "never finished",
        ),
        (
            [file("jail/etc/os-release", DEBIAN), file(f"jail/{STATUS}", dpkg(("base-files", "12.4")))],
            "contradictory: os-release says debian 11",
        ),
    ],
)
def test_what_can_not_be_read_there_is_told(inner: list[Member], why: str) -> None:
    made = image(OWN, inner)
    with pytest.raises(CouldNotBeExamined, match=why):
        made.contents()


def test_roots_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(within, "ROOTS_LIMIT", 2)
    inner = [file(f"{number}/lib/apk/db/installed", INSTALLED) for number in range(3)]
    assert len(purls(image(inner[:2]))) == 2
    made = image(inner)
    with pytest.raises(CouldNotBeExamined, match="more than 2 systems below other roots"):
        made.contents()


def test_a_bill_of_materials_repeats_only_what_the_images_own_database_speaks_of() -> None:
    bill = '{"bomFormat": "CycloneDX", "components": [{"name": "a", "purl": "pkg:deb/debian/a@1"}]}'
    inner = file(f"jail/{STATUS}", dpkg(("b", "1")))
    names = [one.package.name for one in image([OWN[0], file("x.cdx.json", bill), inner]).contents().packages]
    assert names == ["a", "b"]


def test_an_image_in_an_image_is_told() -> None:
    layout = [file("opt/app/oci-layout", '{"imageLayoutVersion": "1.0.0"}'), file("opt/app/index.json", "{}")]
    assert purls(image(OWN, layout)) == [LIBC, "pkg:oci/image"]
    assert purls(image(OWN, [file("opt/oci-layout", "[]"), file("docs/oci-layout", "no layout")])) == [LIBC]
