"""A certificate that is taken back ends what rests on it, at once; a list that ends, ends it by its date."""

from collections.abc import Iterator

import pytest
from cryptography.x509 import ocsp
from tests.authorities import Authority
from tests.databases import Place
from tests.revocation_scenes import Revoking, revoking_in, signer_of, stamper_of
from tests.revoking import crl, crl_place, entry, ocsp_answer, ocsp_place

from pratique.clock import DAY, HOUR, SECOND
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.trust.revocation_lists import Taken


@pytest.fixture
def revoking(place: Place) -> Iterator[Revoking]:
    with revoking_in(place) as made:
        yield made


def test_nothing_known_lets_nothing_out_until_a_list_says_that_it_is_good(revoking: Revoking) -> None:
    image = revoking.sign()
    assert revoking.scene.codes(image) == ["REVOCATION_UNAVAILABLE"]
    taken = revoking.put(revoking.list())
    assert taken.is_new
    revoking.scene.home.work()
    assert revoking.scene.is_let_out(image)


def test_a_list_counts_until_its_next_update_and_a_newer_one_goes_on(revoking: Revoking) -> None:
    revoking.put(revoking.list())
    first, second = revoking.sign(), revoking.sign()
    scene, clock = revoking.scene, revoking.scene.home.clock
    assert scene.artifact(first).standing.valid_until == revoking.now + DAY
    clock.advance(DAY / SECOND - 1)
    assert scene.is_let_out(first)
    clock.advance(1)
    assert not scene.is_let_out(first)
    assert not scene.is_let_out(second)
    revoking.put(revoking.list())
    scene.home.work()
    assert scene.is_let_out(first)
    assert scene.artifact(second).standing.valid_until == revoking.now + DAY


def test_a_revoked_certificate_ends_its_admissions_in_the_same_commit(revoking: Revoking) -> None:
    other = signer_of(revoking.root, revoking.now, crl_place())
    revoking.put(revoking.list())
    image, another = revoking.sign(), revoking.sign(other)
    scene = revoking.scene
    assert scene.is_let_out(image)
    taken = revoking.put(revoking.list(revoking.signer))
    assert taken.narrowed.revoked == 1
    assert not scene.is_let_out(image)
    assert scene.is_let_out(another), "it has another certificate"
    scene.home.work()
    assert scene.codes(image) == ["REVOKED"]
    assert scene.is_let_out(another)
    # What is verified afterwards is refused too.
    assert scene.codes(revoking.sign()) == ["REVOKED"]


def test_what_rests_on_no_verdict_yet_counts_no_more_either(revoking: Revoking) -> None:
    """Records that were verified before, of an artifact that nothing had to admit."""
    revoking.put(revoking.list())
    scene, home = revoking.scene, revoking.scene.home
    home.turn(scene.project, "open")
    image = revoking.sign()
    revoking.put(revoking.list(revoking.signer))
    home.turn(scene.project, "signed")
    assert not scene.is_let_out(image)
    home.work()
    assert scene.codes(image) == ["REVOKED"]


def test_a_list_that_ends_sooner_takes_away_until_it_is_verified_again(revoking: Revoking) -> None:
    revoking.put(revoking.list(end=5 * DAY))
    image = revoking.sign()
    revoking.put(revoking.list(end=HOUR))
    scene = revoking.scene
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.artifact(image).standing.valid_until == revoking.now + HOUR


def test_removing_a_list_makes_unknown_what_only_it_told(revoking: Revoking) -> None:
    taken = revoking.put(revoking.list())
    image = revoking.sign()
    scene = revoking.scene
    assert scene.is_let_out(image)
    revoking.remove(taken.stored.id)
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["REVOCATION_UNAVAILABLE"]
    with pytest.raises(NotFound):
        revoking.remove(taken.stored.id)


def test_another_authoritys_list_touches_nothing(revoking: Revoking) -> None:
    revoking.put(revoking.list())
    image = revoking.sign()
    other = Authority.new("other")
    mine = crl(
        other, entry(revoking.signer, when=revoking.now), start=revoking.now - 1, end=revoking.now + DAY
    )
    taken = revoking.put(mine)
    assert taken.narrowed.revoked == 1
    assert revoking.scene.is_let_out(image)
    revoking.scene.home.work()
    assert revoking.scene.is_let_out(image)


def test_a_forged_list_says_nothing(revoking: Revoking) -> None:
    image = revoking.sign()
    revoking.put(revoking.list(signer=Authority.new("forger")))
    revoking.scene.home.work()
    assert revoking.scene.codes(image) == ["REVOCATION_UNAVAILABLE"]


def test_an_older_list_and_one_of_a_time_to_come_are_refused(revoking: Revoking) -> None:
    older, newer = revoking.list(), revoking.list(revoking.signer)
    assert revoking.put(newer).is_new
    assert not revoking.put(newer).is_new
    with pytest.raises(Conflict, match="newer"):
        revoking.put(older)
    coming = crl(revoking.root, start=revoking.now + HOUR, end=revoking.now + DAY)
    with pytest.raises(BadRequest, match="time to come"):
        revoking.put(coming)


def test_an_ocsp_response_lets_out_and_ends_it(revoking: Revoking) -> None:
    signer = signer_of(revoking.root, revoking.now, ocsp_place())
    scene, now = revoking.scene, revoking.now

    def answer(number: int, status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD) -> Taken:
        start, end = now - HOUR + number * SECOND, now + DAY + number * SECOND
        return revoking.put(ocsp_answer(revoking.root, signer, status, start=start, end=end))

    assert answer(1).stored.kind == "ocsp"
    image = revoking.sign(signer)
    assert scene.is_let_out(image)
    answer(2)
    assert scene.is_let_out(image), "good for longer takes nothing away"
    answer(3, ocsp.OCSPCertStatus.REVOKED)
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["REVOKED"]


def test_a_revoked_timestamp_authority_ends_what_it_stamped(revoking: Revoking) -> None:
    now = revoking.now
    root = Authority.new("clock", start=now - 90 * DAY, end=now + 90 * DAY)
    stamper = stamper_of(root, now, crl_place())
    revoking.trust_stamps(root)
    revoking.put(revoking.list())
    revoking.put(crl(root, start=now - DAY, end=now + DAY))
    image = revoking.sign(stamper=stamper)
    scene = revoking.scene
    assert scene.is_let_out(image)
    revoking.put(crl(root, entry(stamper.holder, when=now), start=now - HOUR, end=now + DAY))
    assert not scene.is_let_out(image)
    scene.home.work()
    assert scene.codes(image) == ["TIMESTAMP_INVALID"]


def test_what_was_stamped_before_the_date_of_invalidity_stays(revoking: Revoking) -> None:
    now = revoking.now
    root = Authority.new("clock", start=now - 90 * DAY, end=now + 90 * DAY)
    revoking.trust_stamps(root)
    revoking.put(revoking.list())
    image = revoking.sign(stamper=stamper_of(root, now))
    revoking.scene.home.clock.advance(HOUR / SECOND)
    later = revoking.sign(stamper=stamper_of(root, now))
    entries = [entry(revoking.signer, when=now + HOUR, invalid_from=now + HOUR // 2)]
    revoking.put(crl(revoking.root, *entries, start=now, end=now + DAY, number=9))
    assert not revoking.scene.is_let_out(image), "until it was verified again"
    revoking.scene.home.work()
    assert revoking.scene.is_let_out(image)
    assert revoking.scene.codes(later) == ["REVOKED"]
