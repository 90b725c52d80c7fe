"""What an image says of its distribution, and what contradicts that for sure. Versions are those of real images."""

import pytest
from tests.images import Image, Member, dpkg, file, hidden, image, link
from tests.unit.inventory.rpmdbs import header, in_sqlite

from pratique.inventory import CouldNotBeExamined

ETC, LIB = "etc/os-release", "usr/lib/os-release"


def says(identifier: str, release: str = "", path: str = ETC) -> Member:
    version = f'VERSION_ID="{release}"\n' if release else ""
    return file(path, f"ID={identifier}\n{version}")


def debs(*packages: tuple[str, str]) -> Member:
    return file("var/lib/dpkg/status", dpkg(*packages))


def base(version: str) -> Member:
    return debs(("base-files", version), ("libc6", "2.31-13+deb11u5"))


def apks(**packages: str) -> Member:
    installed = "".join(f"P:{name.replace('_', '-')}\nV:{version}\n\n" for name, version in packages.items())
    return file("lib/apk/db/installed", installed)


def rpms(**packages: str) -> Member:
    headers = [
        header(NAME=name.replace("_", "-"), VERSION=version, RELEASE="1.el8")
        for name, version in packages.items()
    ]
    return file("var/lib/rpm/rpmdb.sqlite", in_sqlite(headers))


def contradiction(made: Image) -> str:
    with pytest.raises(CouldNotBeExamined, match="the distribution is contradictory") as caught:
        made.contents()
    return str(caught.value)


HONEST: list[list[Member]] = [
    # Debian's and Ubuntu's releases with the base-files they came with, first and last.
    *(
        [says("debian", release), base(version)]
        for release, version in (
            ("8", "8+deb8u11"),
            ("9", "9.9+deb9u13"),
            ("10", "10.3+deb10u13"),
            ("11", "11.1+deb11u11"),
            ("12", "12.4+deb12u11"),
            ("13", "13.8+deb13u1"),
            ("13", "13.7"),
        )
    ),
    *(
        [says("ubuntu", release), base(version)]
        for release, version in (
            ("14.04", "7.2ubuntu5.5"),
            ("16.04", "9.4ubuntu4.13"),
            ("18.04", "10.1ubuntu2.11"),
            ("20.04", "11ubuntu5.6"),
            ("22.04", "12ubuntu4.7"),
            ("24.04", "13ubuntu10.4"),
            ("23.04", "12.3ubuntu2"),
            ("22.04", "12ubuntu2"),
        )
    ),
    [says("debian"), base("14.2"), file("etc/debian_version", "forky/sid\n")],
    [says("debian", "12"), file("etc/debian_version", "12.11\n")],
    [says("ubuntu", "22.04"), base("12ubuntu4.6"), file("etc/debian_version", "bookworm/sid\n")],
    # Packages of another release beside the own ones, and base-files of somebody else.
    [says("debian", "11"), debs(("base-files", "11.1+deb11u9"), ("curl", "7.88.1-10+deb12u5"))],
    [says("debian", "11"), base("11.1+acme2")],
    [says("raspbian", "11"), base("12.4+deb12u5")],
    [says("alpine", "3.18.4"), apks(alpine_release="3.18.4-r0"), file("etc/alpine-release", "3.18.4\n")],
    [says("alpine", "3.18.3"), apks(alpine_release="3.18.4-r0")],
    [says("alpine", "3.21_alpha20240807"), apks(alpine_release="3.21.0_alpha20240807-r0")],
    [says("alpine", "3.16.2"), apks(musl="1.2.3-r0"), file("etc/alpine-release", "3.16.2\n")],
    [says("wolfi", "20230201"), apks(wolfi_baselayout="20230201-r7")],
    [says("almalinux", "8.9"), rpms(almalinux_release="8.10", bash="4.4.20")],
    [says("rhel", "8.9"), rpms(redhat_release="8.9", centos_stream_release="8.6")],
    [says("ol", "8.9"), rpms(oraclelinux_release="8.9", redhat_release="8.9")],
    [says("openEuler", "22.03"), rpms(openEuler_release="22.03LTS_SP1")],
    [says("photon", "5.0"), rpms(photon_release="5.0")],
    [says("sles", "15.5"), rpms(bash="4.4")],
    # What nobody publishes advisories for is not covered, whatever else it says.
    [says("custom", "1"), says("debian", "12", LIB), base("12.4+deb12u11")],
]


@pytest.mark.parametrize("members", HONEST)
def test_an_image_as_its_distribution_made_it(members: list[Member]) -> None:
    assert image(members).contents().distribution is not None


LIES: list[tuple[list[Member], str]] = [
    ([says("debian", "11"), base("12.4+deb12u11")], "the package base-files says 12.4+deb12u11"),
    ([says("debian", "13"), base("11.1+deb11u9")], "os-release says debian 13, and the package base-files"),
    ([says("debian", "11"), base("12ubuntu4.7")], "base-files says 12ubuntu4.7"),
    ([says("ubuntu", "20.04"), base("13ubuntu10.4")], "base-files says 13ubuntu10.4"),
    ([says("ubuntu", "22.04"), base("12.4+deb12u11")], "base-files says 12.4"),
    ([says("debian", "11"), file("etc/debian_version", "13.1\n")], "etc/debian_version says 13.1"),
    ([says("alpine", "3.14.0"), apks(alpine_release="3.18.4-r0")], "alpine-release says 3.18.4-r0"),
    ([says("alpine", "3.14.0"), file("etc/alpine-release", "3.16.2\n")], "etc/alpine-release says 3.16.2"),
    ([says("almalinux", "8.9"), rpms(almalinux_release="9.3")], "almalinux-release says 9.3-1.el8"),
    ([says("almalinux", "8.9"), rpms(rocky_release="8.9")], "says rocky-release"),
    ([says("debian", "11"), says("debian", "13", LIB)], "usr/lib/os-release says debian 13"),
    ([says("debian", "11"), says("ubuntu", "22.04", LIB)], "usr/lib/os-release says ubuntu 22.04"),
]


@pytest.mark.parametrize(("members", "why"), LIES)
def test_a_lie(members: list[Member], why: str) -> None:
    assert why in contradiction(image(members))


def test_the_lie_is_told_in_a_layer_of_its_own() -> None:
    honest = [says("debian", "13", LIB), link(ETC, "../usr/lib/os-release"), base("13.8+deb13u1")]
    assert image(honest).contents().distribution is not None
    assert contradiction(image(honest, [says("debian", "11")]))
    assert contradiction(image(honest, [hidden(ETC), says("debian", "11", LIB)]))


def test_a_witness_behind_a_link() -> None:
    moved = [says("debian", "11"), link("etc/debian_version", "/opt/told"), file("opt/told", "13.1\n")]
    assert "etc/debian_version says 13.1" in contradiction(image(moved))


@pytest.mark.parametrize("told", ["ID_LIKE=debian\nID=acme\n", "ID_LIKE=debian\n"])
def test_what_it_is_like_is_not_what_it_is(told: str) -> None:
    """Nobody's advisories are asked about it: it is not covered."""
    made = image([file(ETC, told + "VERSION_ID=11\n"), base("11.1+deb11u9")])
    distribution = made.contents().distribution
    assert distribution is not None
    assert distribution.id != "debian"
