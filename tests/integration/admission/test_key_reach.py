"""gate.md 7, Keys have a reach: a signature binds a digest, not a name."""

import pytest
from tests.scenes import Scene, new_scene


@pytest.mark.parametrize(
    ("patterns", "path", "reaches"),
    [
        (("**",), "app", True),
        (("app",), "app", True),
        (("app",), "app/deep", False),
        (("team/*",), "team/app", True),
        (("team/*",), "team/app/deep", False),
        (("team/**",), "team/app/deep", True),
        (("team/**",), "team", False),
        (("{web,api}-*",), "api-server", True),
        (("other", "app"), "app", True),
        (("other",), "app", False),
    ],
)
def test_a_key_counts_where_its_patterns_reach(
    scene: Scene, patterns: tuple[str, ...], path: str, reaches: bool
) -> None:
    scene.home.distrust(scene.project)
    name = f"narrow-{scene.project.name}"
    key = scene.home.trust(scene.project, name, repositories=patterns)
    there = scene.at(path)
    image = there.image()
    there.sign(image, key)
    assert there.codes(image) == (["SIGNED"] if reaches else ["KEY_OUT_OF_REACH"])
    assert there.is_let_out(image) is reaches


def test_an_old_signed_image_of_another_repository_pushed_here(scene: Scene) -> None:
    """What a reach is for."""
    scene.home.distrust(scene.project)
    key = scene.home.trust(scene.project, f"tools-{scene.project.name}", repositories=("tools/**",))
    tools, app = scene.at("tools/shell"), scene.at("app")
    shell = tools.image("1.0", f"shell of {scene.project.name}")
    tools.sign(shell, key)
    assert tools.is_let_out(shell)
    assert app.image("1.0", f"shell of {scene.project.name}") == shell
    app.sign(shell, key)
    assert not app.is_let_out(shell)
    assert "tools/**" in app.refusal(shell).message


def test_one_key_under_two_names_reaches_what_either_does(scene: Scene) -> None:
    scene.home.distrust(scene.project)
    for name, pattern in (("left", "left"), ("right", "right")):
        scene.home.keys[f"{name}-{scene.project.name}"] = scene.key
        scene.home.trust(scene.project, f"{name}-{scene.project.name}", repositories=(pattern,))
    for path, expected in (("left", True), ("right", True), ("middle", False)):
        there = scene.at(path)
        image = there.image()
        there.sign(image)
        assert there.is_let_out(image) is expected


def test_taking_one_of_its_names_away_narrows_its_reach(scene: Scene) -> None:
    everywhere = scene.project.name
    scene.home.keys[f"again-{everywhere}"] = scene.key
    scene.home.trust(scene.project, f"again-{everywhere}", repositories=("other",))
    image = scene.image()
    scene.sign(image)
    assert scene.is_let_out(image)
    scene.home.distrust(scene.project, "release")
    assert not scene.is_let_out(image)


def test_the_project_is_no_part_of_what_patterns_match(scene: Scene) -> None:
    other = new_scene(scene.home, path="team/app")
    other.home.distrust(other.project)
    key = other.home.trust(other.project, f"own-{other.project.name}", repositories=("team/app",))
    image = other.image()
    other.sign(image, key)
    assert other.is_let_out(image)
