"""Images that name their packages so that no advisory would be asked about them: nothing of that passes for clean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.images import Image, dpkg, file, image, link

from pratique.inventory import CouldNotBeExamined, plenty, tree
from pratique.inventory.package import Package
from pratique.inventory.recorded import stored_component
from pratique.packages import Component, family_of_distro
from pratique.packages.ecosystem import Ecosystem, of_release

STATUS = "var/lib/dpkg/status"
LODASH = "srv/node_modules/lodash/package.json"
RELEASES = st.text(st.characters(exclude_characters="\"'\\`$\0", exclude_categories=["Cs"]), max_size=20)


def debian(release: str) -> Image:
    said = f'ID=debian\nVERSION_ID="{release}"\n'
    return image([file("etc/os-release", said), file(STATUS, dpkg(("openssl", "1.1.1")))])


def keys(made: Image) -> list[Component | None]:
    """What advisories are asked about."""
    contents = made.contents()
    of = contents.distribution
    named = (of.id, of.release) if of else ("", "")
    return [stored_component(one.package, *named).key for one in contents.packages]


def refused(made: Image) -> str:
    with pytest.raises(CouldNotBeExamined) as caught:
        made.contents()
    return str(caught.value)


@pytest.mark.parametrize("release", ["11", "11.x-12", "11.-", "11.0-LTS-SP4"])
def test_a_release_with_hyphens_is_asked_about_as_it_is_covered(release: str) -> None:
    assert keys(debian(release)) == [Component(Ecosystem("Debian", "11"), "openssl", "1.1.1")]


@given(st.sampled_from(["debian", "alpine", "ubuntu", "suse", "openeuler", "opensuse"]), RELEASES)
def test_what_is_covered_is_what_is_asked_about(name: str, release: str) -> None:
    key = stored_component(Package("deb", "openssl", "1.1.1"), name, release).key
    assert key is not None
    assert key.ecosystem.release.strip() == of_release(family_of_distro(name) or "", release).release.strip()


def test_a_release_that_makes_package_urls_too_long() -> None:
    assert "more than 200 characters" in refused(debian("11." + "a" * 5_000))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (LODASH, json.dumps({"name": "lodash", "version": "4.17.0+" + "a" * 5_000})),
        ("usr/lib/a.dist-info/METADATA", f"Name: django\nVersion: 1.0+{'a' * 5_000}\n"),
        (STATUS, f"Package: openssl\nVersion: 1.1.1\nArchitecture: {'a' * 5_000}\n"),
        ("lib/apk/db/installed", f"P:openssl\nV:1.1.1-r0\no:{'a' * 5_000}\n\n"),
    ],
)
def test_names_that_are_too_long_to_be_looked_up(path: str, content: str) -> None:
    assert "can't be looked up" in refused(image([file(path, content)]))


@pytest.mark.parametrize("name", [" ", "/", "foo/", "\n", "//", "@foo/ "])
def test_packages_without_a_name_are_none(name: str) -> None:
    assert keys(image([file(LODASH, json.dumps({"name": name, "version": "1.0.0"}))])) == []


def test_more_packages_than_anybody_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plenty, "PACKAGES_LIMIT", 2)
    many = [file(f"{n}/{LODASH}", json.dumps({"name": "lodash", "version": "4.17.0"})) for n in range(3)]
    assert len(keys(image(many[:2]))) == 2
    assert "more than 2 packages" in refused(image(many))


def test_more_versions_of_a_package_than_there_are_reasons_for() -> None:
    many = [file(f"{n}/{LODASH}", json.dumps({"name": "lodash", "version": f"4.{n}.0"})) for n in range(101)]
    assert len(keys(image(many[:100]))) == 100
    assert "101 versions of 'lodash'" in refused(image(many))


def test_what_a_small_layer_makes_the_registry_keep_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    licence = "free " * 100_000
    said = f"Name: django\nVersion: 1.0\nLicense: {licence}\n"
    (found,) = image([file("usr/lib/a.dist-info/METADATA", said)]).contents().packages
    assert [len(one) for one in found.package.licenses] == [plenty.TEXT_LIMIT]
    monkeypatch.setattr(plenty, "TOLD_LIMIT", 2**20)
    deep = "d/" * 2_000
    many = [file(f"{deep}{n}.dist-info/METADATA", f"Name: p{n}\nVersion: 1\n") for n in range(300)]
    assert "1 MiB to tell of" in refused(image(many))


def test_many_links_to_a_large_folder_are_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "STEPS_LIMIT", 10_000)
    files = [file(f"d/{n}") for n in range(40)]
    assert keys(image([*files, link("l", "d")])) == []
    assert "steps to follow" in refused(image([*files, *(link(f"l{n}", "d") for n in range(40))]))
