"""Layers that runtimes put together differently: nothing that one of them would run is left out (ADR 0004)."""

import io
import json
from collections.abc import Sequence

import pytest
from tests.images import DEBIAN, Member, dpkg, file, folder, hard, hidden, image, layer, link, opaque

from pratique.inventory import CouldNotBeExamined, catalogue_layer
from pratique.inventory.overlay import OverlayTree, is_same
from pratique.inventory.tree import TooManySteps, Tree

STATUS = "var/lib/dpkg/status"
Layers = Sequence[Sequence[Member]]


def node(name: str, version: str = "1.0.0") -> str:
    return json.dumps({"name": name, "version": version})


OLD = file("usr/lib/a/package.json", node("old"))
NEW = file("b/package.json", node("new"))
LINKED = [link("lib", "usr/lib"), OLD]


def found(layers: Layers) -> list[str]:
    return [f"{one.package.name} {one.path}" for one in image(*layers).contents().packages]


@pytest.mark.parametrize(
    "upper",
    [
        [hidden("lib/a")],
        [opaque("lib/a")],
        [opaque("lib")],
        [file("lib/a/package.json", "{}")],
        [file("lib/a")],
        [link("lib/a/package.json", "/nowhere")],
        [file("else"), hard("lib/a/package.json", "else")],
    ],
)
def test_a_link_of_a_layer_below_is_not_followed_in_overlays(upper: list[Member]) -> None:
    assert found([LINKED, upper]) == ["old usr/lib/a/package.json"]


def test_what_comes_by_such_a_link_is_found_once() -> None:
    """As tools write that know nothing of the layers below; the same packages are there, wherever they lie."""
    assert found([LINKED, [file("lib/b/package.json", node("new"))]]) == [
        "new usr/lib/b/package.json",
        "old usr/lib/a/package.json",
    ]


def test_a_link_of_the_same_layer_is_followed_by_all() -> None:
    assert found([LINKED, [link("lib", "usr/lib"), hidden("lib/a"), NEW]]) == ["new b/package.json"]


def test_a_whiteout_and_a_directory_of_one_name() -> None:
    """In overlays the directory takes the place of the whiteout, and is merged with what was to be hidden."""
    assert found([[OLD], [hidden("usr"), folder("usr"), NEW]]) == [
        "new b/package.json",
        "old usr/lib/a/package.json",
    ]
    assert found([[OLD], [folder("usr"), opaque("usr"), NEW]]) == ["new b/package.json"]
    assert found([[OLD], [hidden("usr")], [folder("usr"), NEW]]) == ["new b/package.json"]


def test_the_root_is_never_opaque() -> None:
    assert found([[OLD], [file(".wh..wh..opq"), NEW]]) == ["new b/package.json", "old usr/lib/a/package.json"]


def test_databases_of_both_trees_count() -> None:
    full = [file("etc/os-release", DEBIAN), link("state", "/var/lib"), file(STATUS, dpkg(("openssl", "1.1")))]
    assert found([full, [file("state/dpkg/status")]]) == [f"openssl {STATUS}"]
    assert found([full, [file("state/dpkg/status", dpkg(("curl", "7")))]]) == [
        f"curl {STATUS}",
        f"openssl {STATUS}",
    ]


def test_what_only_one_tree_owns_is_nobodys() -> None:
    about = "usr/lib/python3/dist-packages/yaml-5.3.egg-info/PKG-INFO"
    base = [
        file("etc/os-release", DEBIAN),
        link("state", "/var/lib"),
        file("var/lib/dpkg/info/python3-yaml.list", f"/{about}\n"),
        file(about, "Name: PyYAML\nVersion: 5.3\n"),
        file(STATUS),
    ]
    above = [file("state/dpkg/status", dpkg(("python3-yaml", "5.3")))]
    states = [one.state for one in image(base, above).contents().packages if one.package.name == "PyYAML"]
    assert sorted(states) == ["", "owned"]


def test_distributions_that_differ() -> None:
    base = [file("etc/os-release", DEBIAN), link("settings", "etc"), OLD]
    with pytest.raises(CouldNotBeExamined, match="agree on the distribution"):
        image(base, [file("settings/os-release", "ID=debian\nVERSION_ID=13\n")]).contents()


def test_files_that_only_an_overlay_leads_to_are_looked_at() -> None:
    base = [link("opt", "/srv"), file("srv/db", dpkg(("openssl", "1.1"))), link(STATUS, "/srv/db")]
    assert found([base, [file("opt/db")]]) == [f"openssl {STATUS}"]


def trees(layers: Layers) -> tuple[Tree, OverlayTree]:
    plain, mounted = Tree(), OverlayTree()
    for members in layers:
        acts = catalogue_layer(io.BytesIO(layer(*members))).acts
        plain.apply(acts)
        mounted.apply(acts)
    return plain, mounted


@pytest.mark.parametrize(
    ("layers", "same"),
    [
        ([[OLD, NEW], [file("b/package.json")], [hidden("usr/lib"), folder("b")]], True),
        ([[folder("a")], [hidden("gone/b"), opaque("b")]], True),
        ([[file("a")], [folder("a")], [link("a", "b")]], True),
        ([LINKED, [folder("lib/x")]], False),
        ([LINKED, [hidden("lib/x")]], False),
        ([[file("usr/a")], [hidden("usr"), folder("usr")]], False),
    ],
)
def test_whether_there_is_a_difference(layers: Layers, same: bool) -> None:
    assert is_same(*trees(layers)) is same


def test_a_layer_that_no_overlay_takes() -> None:
    """Hard links across layers: it runs only where layers are unpacked one over the other, so that tree counts."""
    upper = [hard("b/package.json", "lib/a/package.json"), hidden("usr/lib/a")]
    assert found([LINKED, upper]) == ["old b/package.json"]
    with pytest.raises(CouldNotBeExamined, match="leads to no file"):
        trees([LINKED, upper])


def test_following_links_has_an_end_in_overlays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long there is not taken for what can't be mounted."""

    def step(_: OverlayTree) -> None:
        raise TooManySteps("too many")

    monkeypatch.setattr(OverlayTree, "step", step)
    with pytest.raises(CouldNotBeExamined, match="too many"):
        found([LINKED])
