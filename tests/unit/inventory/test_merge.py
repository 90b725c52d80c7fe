"""Images merged as runtimes merge them: which packages stand in the tree, where they came from, what is refused."""

import json

import pytest
from tests.images import DEBIAN, Image, Member, dpkg, file, folder, hard, hidden, image, link, opaque

from pratique.inventory import Contents, CouldNotBeExamined

STATUS = "var/lib/dpkg/status"
BASE = [file("etc/os-release", DEBIAN), file(STATUS, dpkg(("libc6", "2.31"), ("zlib1g", "1.2.11")))]


def node(name: str, version: str = "1.0.0") -> str:
    return json.dumps({"name": name, "version": version})


def names(contents: Contents) -> list[str]:
    return [f"{one.package.name} {one.package.version}" for one in contents.packages]


def refused(made: Image) -> str:
    with pytest.raises(CouldNotBeExamined) as caught:
        made.contents()
    return str(caught.value)


# --- packages of languages -----------------------------------------------------------------------------------------


def test_per_path_and_layer() -> None:
    made = image(
        [file("a/package.json", node("left")), file("b/package.json", node("right"))],
        [hidden("a"), file("b/package.json", node("right", "2.0.0"))],
    )
    (found,) = made.contents().packages
    assert (found.package.version, found.path, found.layer) == ("2.0.0", "b/package.json", made.digests[1])


def test_written_again_it_keeps_the_layer_it_came_with() -> None:
    made = image([file("a/package.json", node("left"))], [file("a/package.json", node("left"))])
    assert made.contents().packages[0].layer == made.digests[0]


def test_the_last_duplicate_counts() -> None:
    again = [file("a/package.json", node("left")), file("a/package.json", node("left", "3.0.0"))]
    assert names(image(again).contents()) == ["left 3.0.0"]


def test_a_directory_that_is_emptied() -> None:
    lower = [file("app/old/package.json", node("old")), file("else/package.json", node("else"))]
    for upper in (
        [folder("app"), opaque("app"), file("app/package.json", node("new"))],
        [folder("app"), file("app/package.json", node("new")), opaque("app")],
        [file("app/package.json", node("new")), opaque("app")],
    ):
        assert names(image(lower, upper).contents()) == ["else 1.0.0", "new 1.0.0"]


def test_a_whiteout_leaves_what_its_layer_brings_after_it() -> None:
    made = image([file("a/package.json", node("old"))], [hidden("a"), file("a/package.json", node("new"))])
    assert names(made.contents()) == ["new 1.0.0"]


def test_what_runtimes_would_not_agree_on() -> None:
    lower = [file("a/package.json", node("old"))]
    assert "hides a file of its own layer" in refused(image(lower, [file("a/package.json"), hidden("a")]))
    assert "hides a file of its own layer" in refused(image([file("b"), hidden("b")]))
    filled = [folder("a/b/c"), file("a/b/c/package.json", node("new")), opaque("a/b")]
    assert names(image(lower, filled).contents()) == ["new 1.0.0", "old 1.0.0"]
    assert "its own layer fills" in refused(image(lower, filled[1:]))
    assert "its own layer fills" in refused(
        image(lower, [file("a/b/c/package.json", node("new")), opaque("a")])
    )


def test_a_file_in_the_place_of_a_directory_and_back() -> None:
    lower = [file("app/x/package.json", node("x"))]
    assert names(image(lower, [file("app")]).contents()) == []
    back = [file("app/y/package.json", node("y"))]
    assert "lies in what is no directory" in refused(image(lower, [file("app")], back))
    assert names(image(lower, [file("app")], [folder("app"), *back]).contents()) == ["y 1.0.0"]


def test_a_directory_in_the_place_of_a_link() -> None:
    lower = [file("real/package.json", node("real")), link("app", "real")]
    upper = [folder("app"), file("app/package.json", node("app"))]
    assert names(image(lower, upper).contents()) == ["app 1.0.0", "real 1.0.0"]


def test_hard_links_share_their_bytes() -> None:
    made = image(
        [file("store/1.json", node("left"))], [hard("app/package.json", "store/1.json"), hidden("store")]
    )
    (found,) = made.contents().packages
    assert (found.package.name, found.path, found.layer) == ("left", "app/package.json", made.digests[0])


def test_a_hard_link_survives_the_mark_of_its_layer() -> None:
    made = image(
        [file("store/package.json", node("left")), folder("app")],
        [folder("app"), hard("app/package.json", "store/package.json"), opaque("app")],
    )
    assert [one.path for one in made.contents().packages] == ["app/package.json", "store/package.json"]


def test_links_to_what_a_tool_would_look_for() -> None:
    made = image(
        [
            file("real/METADATA", "Name: left\nVersion: 1.0\n"),
            link("site-packages/left-1.0.dist-info", "../real"),
            file("kept.json", node("right")),
            link("node_modules/right/package.json", "../../kept.json"),
        ]
    )
    assert names(made.contents()) == ["right 1.0.0", "left 1.0"]


def test_links_to_directories_far_above_what_a_tool_looks_for() -> None:
    made = image(
        [
            file("srv/v/lib/dpkg/status.d/a", dpkg(("libc6", "2.31"))),
            link("var", "/srv/v"),
            file("opt/v/composer/installed.json", '{"packages": [{"name": "a/b", "version": "1.0"}]}'),
            link("app/vendor", "/opt/v"),
        ]
    )
    assert [(one.package.name, one.path) for one in made.contents().packages] == [
        ("b", "app/vendor/composer/installed.json"),
        ("libc6", "var/lib/dpkg/status.d/a"),
    ]


def test_following_links_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pratique.inventory.tree.STEPS_LIMIT", 1_000)
    links = [link(f"l{number}", f"l{number - 1}/" + "./" * 100) for number in range(1, 20)]
    assert "steps to follow" in refused(
        image([folder("l0"), *links, *(file(f"l19/{n}") for n in range(200))])
    )


@pytest.mark.parametrize(
    "members",
    [
        [link("a", "b"), link("b", "a"), file("a/c")],
        [hard("a", "gone")],
        [folder("d"), hard("a", "d")],
        [file("a"), file("a/b")],
    ],
)
def test_what_no_runtime_can_unpack(members: list[Member]) -> None:
    assert refused(image(members))


def test_links_lead_nowhere_outside() -> None:
    made = image([link("up", "../../../.."), file("up/package.json", node("left"))])
    assert [one.path for one in made.contents().packages] == ["package.json"]


def test_aufs_keeps_notes_for_itself() -> None:
    kept = [file(".wh..wh.aufs"), folder(".wh..wh.orph"), file("a/package.json", node("a"))]
    assert names(image(kept).contents()) == ["a 1.0.0"]
    # containerd unpacks what lies in them.
    assert "a note of AUFS" in refused(image([file(".wh..wh.plnk/package.json", node("x"))]))


# --- bills of materials --------------------------------------------------------------------------------------------


def bill(*purls: str) -> str:
    components = [
        {"type": "library", "name": purl.rpartition("/")[2].partition("@")[0], "purl": purl} for purl in purls
    ]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components})


def test_a_bill_adds_and_does_not_repeat_or_rename() -> None:
    told = bill("pkg:npm/left@1.0.0", "pkg:npm/left@2.0.0", "pkg:pypi/six@1.0", "pkg:deb/debian/curl@7.74")
    made = image(BASE, [file("a/package.json", node("left")), file("opt/x.cdx.json", told)])
    found = [(one.package.name, one.package.version, one.reader) for one in made.contents().packages]
    assert found == [
        ("libc6", "2.31", "dpkg"),
        ("zlib1g", "1.2.11", "dpkg"),
        ("left", "1.0.0", "node"),
        ("left", "2.0.0", "sbom"),
        ("six", "1.0", "sbom"),
    ]
    alone = image([file("opt/x.cdx.json", told)]).contents().packages
    assert [one.package.name for one in alone] == ["curl", "left", "left", "six"]


def test_a_broken_bill_hides_nothing() -> None:
    assert names(image(BASE, [file("opt/x.cdx.json", "{")]).contents()) == ["libc6 2.31", "zlib1g 1.2.11"]


# --- the configuration ---------------------------------------------------------------------------------------------


def test_facts() -> None:
    run = {
        "User": "1000",
        "ExposedPorts": {"80/tcp": {}},
        "Env": ["TOKEN=secret", "PATH=/bin"],
        "Labels": {"a": "b"},
    }
    facts = image([file("a")], config=run, created="2026-01-01T00:00:00Z").contents().facts
    assert facts is not None
    assert (facts.user, facts.ports, facts.env, facts.labels) == (
        "1000",
        ("80/tcp",),
        ("TOKEN", "PATH"),
        {"a": "b"},
    )
    assert facts.created == "2026-01-01T00:00:00Z"
    assert "secret" not in repr(facts)


def test_another_configuration_says_nothing_of_these_layers() -> None:
    made = image(BASE, [file("a")])
    assert "2 layers and the configuration 1" in refused(
        Image(made.layers, {"rootfs": {"diff_ids": made.digests[:1]}})
    )
    assert "and the configuration says" in refused(
        Image(made.layers, {"rootfs": {"diff_ids": list(reversed(made.digests))}})
    )
    assert "not that of an image" in refused(Image(made.layers, {"rootfs": None}))


def test_a_link_to_itself_harms_nobody() -> None:
    made = image([link("etc/loop", "loop"), file("a/package.json", node("a"))])
    assert names(made.contents()) == ["a 1.0.0"]
    assert "in a circle" in refused(image([link("etc/loop", "loop"), file("etc/loop/a")]))
