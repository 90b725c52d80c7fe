"""gate.md 1 and 3 with `prevent_vul`: what is inside an artifact is known before it is let out."""

from pathlib import Path

import pytest
from tests.houses import Furnished
from tests.images import file, image
from tests.scenes import Scene, new_scene
from tests.shipping import PACKAGES, Port, advisory, wheel

from pratique.errors import Quarantined
from pratique.projects import read_allowlist


@pytest.fixture
def port(home: Furnished, tmp_path: Path) -> Port:
    """A project with `admission: open`, and a source that speaks of nothing yet."""
    found = Port(new_scene(home, "open"), tmp_path)
    found.advise(advisory("somebody-else", f"2026-{next(PACKAGES)}"))
    return found


def affected(port: Port, severity: str = "HIGH") -> str:
    """A package that an advisory speaks of, in versions before 2.0."""
    number = next(PACKAGES)
    port.advise(advisory(f"package-{number}", f"2026-{number}", severity=severity))
    return f"package-{number}"


def test_nothing_leaves_before_it_was_examined(port: Port) -> None:
    port.prevent()
    clean = port.push([wheel("harmless")])
    assert port.scene.state(clean) == "PENDING"
    assert "have not been examined yet" in port.scene.refusal(clean).message
    port.scene.home.work()
    assert port.scene.state(clean) == "ADMITTED"
    assert port.scene.pull("1.0") == clean


def test_what_is_known_to_be_wrong_is_refused_with_what_to_do(port: Port) -> None:
    port.prevent()
    name = affected(port)
    bad = port.push([wheel(name)])
    port.scene.home.work()
    assert (port.scene.state(bad), port.scene.codes(bad)) == ("QUARANTINED", ["VULNERABLE"])
    refusal = port.scene.refusal(bad)
    assert f"{name} 1.0" in refusal.message
    assert "update to 2.0" in refusal.message
    fixed = port.push([wheel(name, "2.0")], "2.0")
    port.scene.home.work()
    assert port.scene.state(fixed) == "ADMITTED"


def test_below_the_severity_it_is_let_out(port: Port) -> None:
    port.prevent("critical")
    pushed = port.push([wheel(affected(port, "MODERATE"))])
    port.scene.home.work()
    assert port.scene.state(pushed) == "ADMITTED"


def test_open_and_signed_alone_never_ask_for_contents(port: Port, home: Furnished) -> None:
    name = affected(port)
    assert port.scene.pull(port.push([wheel(name)]))
    signed = Port(new_scene(home), port.folder)
    content = signed.push([wheel(name)])
    signed.scene.sign(content)
    assert signed.scene.state(content) == "ADMITTED"


def test_signed_and_examined_must_both_hold(home: Furnished, tmp_path: Path) -> None:
    port = Port(new_scene(home), tmp_path)
    port.advise(advisory("another", f"2026-{next(PACKAGES)}"))
    port.prevent()
    content = port.push([wheel(f"harmless-{next(PACKAGES)}")])
    # What needs no bytes is decided at once.
    assert port.scene.state(content) == "QUARANTINED"
    port.scene.sign(content)
    assert port.scene.state(content) == "PENDING"
    port.scene.home.work()
    assert port.scene.state(content) == "ADMITTED"
    unsigned = port.push([wheel("harmless"), file("etc/motd", "hello")], "2.0")
    port.scene.home.work()
    assert port.scene.state(unsigned) == "QUARANTINED"


def test_turning_it_on_judges_what_is_known_in_the_same_transaction(port: Port) -> None:
    name = affected(port)
    bad, clean = port.push([wheel(name)], "bad"), port.push([wheel("harmless")], "clean")
    port.examine_all()
    late = port.push([wheel("harmless"), file("etc/motd", "late")], "late")
    assert all(port.scene.is_let_out(one) for one in (bad, clean, late))
    port.prevent()
    assert [port.scene.state(one) for one in (bad, clean, late)] == ["QUARANTINED", "ADMITTED", "PENDING"]
    with pytest.raises(Quarantined):
        port.scene.pull("bad")
    port.scene.home.work()
    assert port.scene.state(late) == "ADMITTED"


def test_lowering_the_severity_narrows_at_once(port: Port) -> None:
    port.prevent("critical")
    pushed = port.push([wheel(affected(port))])
    port.scene.home.work()
    assert port.scene.is_let_out(pushed)
    port.prevent("high")
    assert not port.scene.is_let_out(pushed)
    port.prevent("critical")
    port.scene.home.work()
    assert port.scene.is_let_out(pushed)


def test_an_index_waits_for_its_images(port: Port) -> None:
    port.prevent()
    name = affected(port)
    first, second = port.push([wheel("harmless")], None), port.push([wheel("harmless-too")], None)
    index = port.scene.index([first, second], "1.0")
    assert port.scene.state(index) == "PENDING"
    assert "CHILD_PENDING" in port.scene.codes(index)
    port.scene.home.work()
    assert [port.scene.state(one) for one in (index, first, second)] == ["ADMITTED"] * 3
    assert port.scene.pull("1.0") == index
    bad = port.push([wheel(name)], None)
    other = port.scene.index([first, bad], "2.0")
    port.scene.home.work()
    assert port.scene.state(other) == "QUARANTINED"
    assert name in " ".join(reason.message for reason in port.scene.opinion(other).reasons)


def test_images_that_need_the_signature_of_their_index_wait_with_it(home: Furnished, tmp_path: Path) -> None:
    port = Port(new_scene(home), tmp_path)
    port.advise(advisory("another", f"2026-{next(PACKAGES)}"))
    port.prevent()
    scene: Scene = port.scene
    known = port.push([wheel("known")], None)
    port.examine_all()
    unknown = port.push([wheel("unknown")], None)
    index = scene.index([known, unknown], "1.0")
    scene.sign(index, media_type="application/vnd.oci.image.index.v1+json")
    # Were one let out by a signature of an index that is not, the other would not be missed.
    assert [scene.state(one) for one in (index, known, unknown)] == ["PENDING"] * 3
    port.examine_all()
    assert [scene.state(one) for one in (index, known, unknown)] == ["ADMITTED"] * 3


def test_what_no_current_advisories_speak_of_could_not_be_examined(port: Port) -> None:
    port.prevent()
    crate = file("app/package.json", '{"name": "left-pad", "version": "1.0.0"}')
    pushed = port.push([file("app/node_modules/left-pad/package.json", crate[1])])
    port.scene.home.work()
    assert port.scene.codes(pushed) == ["COULD_NOT_BE_EXAMINED"]
    assert "no current advisories for npm" in port.scene.refusal(pushed).message
    port.set({"allow_unexamined": "true"})
    port.scene.home.work()
    assert port.scene.is_let_out(pushed)


def test_a_layer_that_is_not_what_the_configuration_says_is_told(port: Port) -> None:
    port.prevent()
    made = image([wheel("harmless")])
    lying = port.push(
        type(made)(made.layers, {"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})
    )
    port.scene.home.work()
    assert "a layer unpacks to" in port.scene.refusal(lying).message


def test_the_same_bytes_are_examined_once_for_all_who_have_them(port: Port, home: Furnished) -> None:
    other = Port(new_scene(home, "open"), port.folder)
    port.prevent()
    other.prevent()
    members = [wheel(f"shared-{next(PACKAGES)}")]
    mine, theirs = port.push(members), other.push(members)
    assert mine == theirs
    assert home.work() >= 1
    assert (port.scene.state(mine), other.scene.state(theirs)) == ("ADMITTED", "ADMITTED")
    third = Port(new_scene(home, "open"), port.folder)
    third.prevent()
    # Known already: nobody waits.
    assert third.scene.state(third.push(members)) == "ADMITTED"


def allow(port: Port, *ids: str) -> int:
    """Write the project's own allowlist; how many artifacts wait."""
    home, number = port.scene.home, port.scene.project.id
    projects, listed = home.house.departments.projects, read_allowlist(ids, None)
    return port.scene.change(
        lambda tx: projects.update(tx, home.admin, projects.get(tx, number), {}, listed).pending
    )


def test_what_an_allowlist_accepts_no_more_is_refused_at_once_and_nothing_else(port: Port) -> None:
    first, second = affected(port), affected(port)
    port.prevent(reuse_sys_cve_allowlist="false")
    names = [f"CVE-2026-{name.rpartition('-')[2]}" for name in (first, second)]
    one, two = port.push([wheel(first)], "one"), port.push([wheel(second)], "two")
    port.scene.home.work()
    assert not port.scene.is_let_out(one)
    assert allow(port, *names) == 0
    port.scene.home.work()
    assert port.scene.is_let_out(one)
    assert port.scene.is_let_out(two)
    before = port.scene.artifact(two).standing
    assert allow(port, names[1].lower()) == 0, "all are judged in the same transaction"
    assert (port.scene.state(one), port.scene.is_let_out(one)) == ("QUARANTINED", False)
    assert port.scene.is_let_out(two)
    assert port.scene.artifact(two).standing == before, "it does not rest on what was taken back"
