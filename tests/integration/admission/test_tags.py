"""gate.md 4, Tags: the candidate and the admitted side, and who gets which."""

import pytest
from tests.scenes import Scene, deep

from pratique.access import Role, Tier
from pratique.clock import MINUTE
from pratique.errors import ManifestUnknown, PreconditionFailed
from pratique.oci.digest import digest_of
from pratique.registry import Page, Reader

WINDOW = 15 * MINUTE


def signed_image(scene: Scene, tag: str | None = "1.0") -> bytes:
    image = scene.image(tag)
    scene.sign(image)
    return image


def both_sides(scene: Scene, tag: str = "1.0") -> tuple[str | None, str | None]:
    sides = scene.sides(tag)
    return (None, None) if sides is None else (sides.candidate, sides.admitted)


# --- two sides ----------------------------------------------------------------------------------------------------


def test_by_tag_everybody_gets_the_admitted_side(scene: Scene) -> None:
    admitted = signed_image(scene)
    scene.image("1.0")
    scene.home.clock.advance(3_600)
    for role in Role:
        assert scene.pull("1.0", scene.reads(scene.member(role))) == admitted
    assert scene.pull("1.0", scene.reads(scene.home.admin)) == admitted, "administrators deploy too"
    assert scene.pull("1.0", scene.reads(scene.robot("pull"))) == admitted
    assert scene.pull("1.0", scene.reads(scene.robot("pull", "push"))) == admitted


def test_the_admitted_side_is_the_newest_entry_that_was_admitted_while_in_the_history(scene: Scene) -> None:
    first, second, third = scene.image("1.0"), scene.image("1.0"), scene.image("1.0")
    scene.sign(second)
    assert scene.pull("1.0") == second
    scene.sign(third)
    assert scene.pull("1.0") == third
    assert not scene.is_let_out(first)


def test_it_only_moves_forward(scene: Scene) -> None:
    first, second = scene.image("1.0"), scene.image("1.0")
    scene.sign(second)
    scene.sign(first)
    assert scene.state(first) == "ADMITTED"
    assert scene.pull("1.0") == second


def test_refused_later_the_tag_answers_403_and_never_falls_back(scene: Scene) -> None:
    older, newer = scene.image("1.0"), scene.image("1.0")
    scene.sign(older)
    signature = scene.sign(newer)
    scene.delete(signature)
    assert scene.refusal("1.0").detail["digest"] == digest_of(newer)
    assert scene.is_let_out(older)
    assert both_sides(scene) == (digest_of(newer), digest_of(newer))


def test_refused_later_whoever_may_inspect_gets_the_candidate(scene: Scene) -> None:
    admitted = scene.image("1.0")
    signature = scene.sign(admitted)
    candidate = scene.image("1.0", by=scene.robot("push", "pull"))
    assert scene.pull("1.0", scene.developer) == admitted
    scene.delete(signature)
    assert scene.pull("1.0", scene.developer) == candidate
    assert not scene.is_let_out("1.0")


def test_where_there_is_no_admitted_side_whoever_may_inspect_gets_the_candidate(scene: Scene) -> None:
    candidate = scene.image("1.0")
    assert not scene.is_let_out("1.0")
    assert scene.pull("1.0", scene.developer) == candidate


def test_pushing_a_digest_that_is_admitted_already_moves_the_tag_in_that_transaction(scene: Scene) -> None:
    """A rollback."""
    older, newer = signed_image(scene), signed_image(scene)
    assert scene.pull("1.0") == newer
    scene.put("1.0", older)
    assert both_sides(scene) == (digest_of(older), digest_of(older))
    assert scene.pull("1.0") == older


def test_a_rollback_past_a_candidate_that_is_signed_too_late(scene: Scene) -> None:
    older = signed_image(scene)
    candidate = scene.image("1.0")
    scene.put("1.0", older)
    scene.sign(candidate)
    assert scene.pull("1.0") == older, "the rollback is the newer entry"


def test_a_digest_that_was_pushed_by_digest_before_moves_a_tag_when_it_is_pushed_there(scene: Scene) -> None:
    image = signed_image(scene, None)
    scene.put("1.0", image)
    assert scene.pull("1.0") == image


def test_what_is_signed_moves_every_tag_that_it_was_pushed_to(scene: Scene) -> None:
    image = scene.image("1.0")
    scene.put("latest", image)
    scene.sign(image)
    assert scene.pull("1.0") == scene.pull("latest") == image


def test_open_tags_move_with_the_push(open_scene: Scene) -> None:
    open_scene.image("1.0")
    second = open_scene.image("1.0")
    assert open_scene.pull("1.0") == second


# --- who gets the candidate ---------------------------------------------------------------------------------------


def test_a_token_that_carries_push_gets_the_candidate(scene: Scene) -> None:
    """containerd, docker 28, BuildKit and crane HEAD the tag before they PUT, and skip an equal one."""
    signed_image(scene)
    candidate = scene.image("1.0")
    pusher = scene.reads(scene.robot("pull", "push"), carries_push=True)
    assert scene.pull("1.0", pusher) == candidate


def test_who_holds_inspect_explicitly_gets_the_candidate(scene: Scene) -> None:
    signed_image(scene)
    candidate = scene.image("1.0")
    assert scene.pull("1.0", scene.reads(scene.robot("pull", "inspect"))) == candidate


def test_who_examines_without_inspect_gets_the_admitted_side(scene: Scene) -> None:
    admitted = signed_image(scene)
    scene.image("1.0")
    assert scene.pull("1.0", scene.reads(scene.robot("pull", "examine"))) == admitted


def test_who_pushed_this_candidate_gets_it_for_15_minutes(scene: Scene) -> None:
    """So that `push app:1`, `cosign sign app:1` signs what was pushed: cosign resolves with a `pull` token."""
    admitted = signed_image(scene)
    pusher, colleague = scene.robot("pull", "push"), scene.robot("pull", "push")
    candidate = scene.image("1.0", by=pusher)
    assert scene.pull("1.0", scene.reads(pusher)) == candidate
    assert scene.pull("1.0", scene.reads(colleague)) == admitted
    scene.home.clock.advance(15 * 60)
    assert scene.pull("1.0", scene.reads(pusher)) == candidate
    scene.home.clock.advance(1)
    assert scene.pull("1.0", scene.reads(pusher)) == admitted


def test_a_colleagues_push_takes_the_candidate_over(scene: Scene) -> None:
    admitted = signed_image(scene)
    first, second = scene.robot("pull", "push"), scene.robot("pull", "push")
    scene.image("1.0", by=first)
    candidate = scene.image("1.0", by=second)
    assert scene.pull("1.0", scene.reads(first)) == admitted, "this candidate is not his"
    assert scene.pull("1.0", scene.reads(second)) == candidate


def test_who_pushed_it_and_may_only_read_by_now_gets_the_admitted_side(scene: Scene) -> None:
    admitted = signed_image(scene)
    pusher = scene.robot("pull", "push")
    scene.image("1.0", by=pusher)
    assert scene.pull("1.0", deep(scene.reads(pusher), Tier.READ)) == admitted


def test_the_pushers_window_is_a_setting(scene: Scene) -> None:
    assert scene.home.house.settings.gate.candidate_window * 1_000_000 == WINDOW


def test_no_tag_of_that_name_is_404(scene: Scene) -> None:
    scene.image("1.0")
    with pytest.raises(ManifestUnknown):
        scene.pull("2.0")


# --- conditions ---------------------------------------------------------------------------------------------------


def test_if_match_compares_the_candidate(scene: Scene) -> None:
    admitted = signed_image(scene)
    candidate = scene.image("1.0")
    third = scene.image(None)
    with pytest.raises(PreconditionFailed):
        scene.put_if("1.0", third, if_match=frozenset({digest_of(admitted)}))
    scene.put_if("1.0", third, if_match=frozenset({digest_of(candidate)}))
    assert both_sides(scene) == (digest_of(third), digest_of(admitted))


def test_if_none_match_any_is_for_a_tag_that_is_not_there(scene: Scene) -> None:
    image = scene.image("1.0")
    with pytest.raises(PreconditionFailed):
        scene.put_if("1.0", image, if_none_match=frozenset({"*"}))
    scene.put_if("2.0", image, if_none_match=frozenset({"*"}))
    assert both_sides(scene, "2.0") == (digest_of(image), None)


# --- deleting -----------------------------------------------------------------------------------------------------


def test_deleting_a_manifest_takes_it_from_the_admitted_side(scene: Scene) -> None:
    admitted = signed_image(scene)
    candidate = scene.image("1.0")
    scene.delete(digest_of(admitted))
    assert both_sides(scene) == (digest_of(candidate), None)
    assert not scene.is_let_out("1.0")


def test_candidate_gone_the_admitted_side_is_the_candidate(scene: Scene) -> None:
    admitted = signed_image(scene)
    candidate = scene.image("1.0")
    scene.delete(digest_of(candidate))
    assert both_sides(scene) == (digest_of(admitted), digest_of(admitted))


def test_both_gone_no_tag(scene: Scene) -> None:
    image = signed_image(scene)
    scene.delete(digest_of(image))
    assert scene.sides("1.0") is None
    with pytest.raises(ManifestUnknown):
        scene.pull("1.0")


def test_a_tag_that_went_leaves_no_history_for_a_later_one_of_its_name(scene: Scene) -> None:
    older, newer = scene.image("1.0"), scene.image("1.0")
    scene.delete(digest_of(newer))
    assert scene.sides("1.0") is None
    scene.image("1.0")
    scene.sign(older)
    assert not scene.is_let_out("1.0")


def test_what_was_deleted_and_comes_again_has_no_history_either(scene: Scene) -> None:
    image = scene.image("1.0", "comes twice")
    scene.image("1.0")
    scene.delete(digest_of(image))
    scene.sign(image)
    scene.image(None, "comes twice")
    assert scene.is_let_out(image)
    assert not scene.is_let_out("1.0")


def test_deleting_a_tag_deletes_both_sides_and_no_manifest(scene: Scene) -> None:
    admitted = signed_image(scene)
    candidate = scene.image("1.0")
    scene.home.house.warehouse.deleter.tag(scene.repository, "1.0", scene.home.admin)
    assert scene.sides("1.0") is None
    assert scene.is_let_out(admitted)
    assert scene.is_let_out(candidate, scene.developer)


# --- listed -------------------------------------------------------------------------------------------------------


def listed(scene: Scene, reader: Reader) -> list[str]:
    return scene.home.house.warehouse.lister.tags(scene.repository, reader, Page())


def test_tags_are_listed_to_read_where_they_have_an_admitted_side(scene: Scene) -> None:
    signed_image(scene, "admitted")
    scene.image("refused")
    assert listed(scene, scene.guest) == ["admitted"]
    assert listed(scene, scene.developer) == ["admitted", "refused"]


def test_tags_of_evidence_are_listed_where_their_subject_is_admitted(scene: Scene) -> None:
    image, refused = scene.image("1.0"), scene.image("2.0")
    scene.sign(image, classic=True)
    scene.sign(refused, type(scene.key)(), classic=True)
    tag = f"{digest_of(image).replace(':', '-')}.sig"
    assert listed(scene, scene.guest) == ["1.0", tag]


def test_an_artifact_at_a_fallback_tag_is_listed_when_it_is_admitted(scene: Scene) -> None:
    image = scene.image(None)
    tag = digest_of(image).replace(":", "-")
    scene.put(tag, image)
    assert listed(scene, scene.guest) == []
    scene.sign(image)
    assert listed(scene, scene.guest) == [tag]
