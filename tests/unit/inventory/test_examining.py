"""Archives that no image configuration speaks of: charts and whatever else is pushed as a tar."""

import json
from collections.abc import Sequence

import pytest
from tests.images import DEBIAN, Image, Member, dpkg, file, hidden, image, link, opaque

from pratique.inventory import Contents, CouldNotBeExamined, InProcess, examine_layers

STATUS = "var/lib/dpkg/status"
CENTOS = 'ID=centos\nVERSION_ID="8"\n'


def node(name: str) -> str:
    return json.dumps({"name": name, "version": "1.0.0"})


def contents(*layers: Sequence[Member]) -> Contents:
    made = image(*layers)
    return examine_layers(InProcess(made.opened()), made.digests)


def paths(found: Contents) -> list[str]:
    return [one.path for one in found.packages]


def test_a_chart_that_carries_packages() -> None:
    made = image([file("chart/Chart.yaml", "name: chart\n"), file("chart/files/package.json", node("left"))])
    told: list[str] = []
    found = examine_layers(InProcess(made.opened()), made.digests, told=told.append)
    (package,) = found.packages
    assert (package.path, package.layer) == ("chart/files/package.json", made.digests[0])
    assert (found.facts, found.distribution, told) == (None, None, made.digests)


def test_one_archive_hides_nothing_of_another() -> None:
    lower = [file("a/package.json", node("a")), file("b/package.json", node("b"))]
    for upper in ([hidden("a"), opaque("b")], [file("a"), file("b")], [file(".wh..wh..opq")]):
        assert paths(contents(lower, upper)) == ["a/package.json", "b/package.json"]
    full, empty = [file(STATUS, dpkg(("libc6", "2.31")))], [file(STATUS)]
    assert paths(contents(full, empty)) == paths(contents(empty, full)) == [STATUS]


def test_names_of_whiteouts_are_names() -> None:
    kept = [file("a/package.json", node("a")), hidden("a"), file("a/.wh..wh..opq")]
    noted = [
        file(".wh..wh.plnk/package.json", node("b")),
        file("x/.wh.egg-info/PKG-INFO", "Name: c\nVersion: 1\n"),
    ]
    assert paths(contents([*kept, *noted])) == [
        "a/package.json",
        ".wh..wh.plnk/package.json",
        "x/.wh.egg-info/PKG-INFO",
    ]


def test_links_are_followed_within_an_archive() -> None:
    linked = [file("kept.json", node("left")), link("node_modules/left/package.json", "../../kept.json")]
    assert paths(contents([file("z")], linked)) == ["node_modules/left/package.json"]


def test_a_root_directory_keeps_its_distribution() -> None:
    root = [file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libc6", "2.31")))]
    found = contents([file("chart/values.yaml")], root)
    assert found.purl(found.packages[0]).endswith("distro=debian-11")
    with pytest.raises(CouldNotBeExamined, match="different distributions"):
        contents(root, [file("etc/os-release", CENTOS)])


def test_what_is_no_archive() -> None:
    made = Image((b"text" * 200,), {})
    with pytest.raises(CouldNotBeExamined, match="no tar archive"):
        examine_layers(InProcess(made.opened()), made.digests)
    assert examine_layers(InProcess(made.opened()), []) == Contents(None, ())
