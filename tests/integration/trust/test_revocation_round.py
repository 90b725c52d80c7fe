"""Lists are fetched by a job alone, from where the certificates of trusted chains say, and kept if they verify."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.authorities import Authority, Holder
from tests.databases import Place
from tests.loopback import Loopback, serving
from tests.revocation_scenes import Revoking, revoking_in, signer_of, stamper_of
from tests.revoking import crl, crl_place, ocsp_answer, ocsp_place

from pratique.admission.revocation_round import JOB, Round
from pratique.bootstrap.refreshing import build_revocation_round
from pratique.bootstrap.working import build_worker
from pratique.cli import main
from pratique.clock import DAY, HOUR, MINUTE, SECOND
from pratique.telemetry import open_log
from pratique.trust.revocation_fetching.fetcher import LIMITS

HOST = "127.0.0.1"
NAMED: dict[str, Any] = {"private_hosts": [HOST], "revocation_interval": 3_600}


@pytest.fixture
def web() -> Iterator[Loopback]:
    with serving() as opened:
        yield opened


@pytest.fixture
def revoking(place: Place) -> Iterator[Revoking]:
    with revoking_in(place, trust=NAMED) as made:
        yield made


@pytest.fixture
def lite(make_place: Callable[[str], Place]) -> Iterator[Revoking]:
    """Where the database makes no difference."""
    with revoking_in(make_place("sqlite"), trust=NAMED) as made:
        yield made


def run(revoking: Revoking) -> Round:
    """A round, and the work that follows."""
    done = build_revocation_round(revoking.scene.home.house, open_log()).run()
    revoking.scene.home.work()
    return done


def names_list(
    revoking: Revoking, web: Loopback, path: str = "/root.crl", root: Authority | None = None
) -> Holder:
    return signer_of(root or revoking.root, revoking.now, crl_place(web.url(path, HOST)))


def names_responder(revoking: Revoking, web: Loopback, *more: Any) -> Holder:
    return signer_of(revoking.root, revoking.now, ocsp_place(web.url("/ocsp/", HOST)), *more)


def answer(revoking: Revoking, signer: Holder, hours: int = 24, later: int = 0, **how: Any) -> bytes:
    start = revoking.now - HOUR + later * SECOND
    how = {"extra": {"sha1": True}, **how}
    return ocsp_answer(revoking.root, signer, start=start, end=revoking.now + hours * HOUR, **how)


def test_a_list_is_fetched_and_lets_out_and_the_next_takes_away(revoking: Revoking, web: Loopback) -> None:
    signer = names_list(revoking, web)
    image, another = revoking.sign(signer), revoking.sign(signer)
    assert revoking.scene.codes(image) == ["REVOCATION_UNAVAILABLE"]
    assert not web.asked, "nobody is asked within a push"
    web.files["/root.crl"] = revoking.list()
    assert run(revoking) == Round(1, ())
    assert web.asked == ["/root.crl"], "once, for both of them"
    assert revoking.scene.is_let_out(image)
    assert revoking.scene.is_let_out(another)
    assert run(revoking) == Round(0, ())
    web.files["/root.crl"] = revoking.list(signer)
    assert run(revoking) == Round(1, ())
    assert revoking.scene.codes(image) == ["REVOKED"]


def test_a_responder_is_asked_by_get_and_comes_first(lite: Revoking, web: Loopback) -> None:
    signer = names_responder(lite, web, crl_place(web.url("/root.crl", HOST)))
    image = lite.sign(signer)
    web.files["/root.crl"] = lite.list()
    assert len(run(lite).failed) == 1
    assert web.asked[1:] == ["/root.crl"], "where the responder gives no answer"
    assert web.asked[0].startswith("/ocsp/M")
    assert lite.scene.is_let_out(image)
    web.files[web.asked[0]] = answer(lite, signer)
    web.asked.clear()
    assert not run(lite).failed
    assert "/root.crl" not in web.asked


def test_a_response_that_says_the_same_is_kept_only_when_the_last_one_soon_ends(
    lite: Revoking, web: Loopback
) -> None:
    signer = names_responder(lite, web)
    image = lite.sign(signer)
    run(lite)
    (where,) = web.asked
    web.files[where] = answer(lite, signer, hours=4)
    assert run(lite).kept == 1
    assert lite.scene.is_let_out(image)
    web.files[where] = answer(lite, signer, hours=5, later=1)
    assert run(lite).kept == 0
    lite.scene.home.clock.advance(2.5 * HOUR / SECOND)
    web.files[where] = answer(lite, signer, hours=5, later=2)
    assert run(lite).kept == 1
    assert lite.scene.artifact(image).standing.valid_until == lite.now + 5 * HOUR


def test_timestamp_authorities_are_asked_about_too(lite: Revoking, web: Loopback) -> None:
    root = Authority.new("clock", start=lite.now - 90 * DAY, end=lite.now + 90 * DAY)
    stamper = stamper_of(root, lite.now, crl_place(web.url("/clock.crl", HOST)))
    lite.trust_stamps(root)
    web.files["/root.crl"] = lite.list()
    web.files["/clock.crl"] = crl(root, start=lite.now - DAY, end=lite.now + DAY)
    image = lite.sign(names_list(lite, web), stamper)
    assert not lite.scene.is_let_out(image)
    assert run(lite) == Round(2, ())
    assert lite.scene.is_let_out(image)


def test_nobody_is_asked_for_a_strangers_chain(lite: Revoking, web: Loopback) -> None:
    stranger = Authority.new("stranger", start=lite.now - 90 * DAY, end=lite.now + 90 * DAY)
    lite.sign(names_list(lite, web, root=stranger))
    assert run(lite) == Round(0, ())
    assert not web.asked


@pytest.mark.parametrize("wrong", ["forged", "expired", "of another", "nothing", "too large", "to come"])
def test_what_says_nothing_is_not_kept(lite: Revoking, web: Loopback, wrong: str) -> None:
    good = lite.list()
    signer = names_list(lite, web)
    image = lite.sign(signer)
    web.files["/root.crl"] = {
        "forged": lite.list(signer=Authority.new("forger")),
        "expired": lite.list(end=-MINUTE),
        "of another": good[:-1],
        "nothing": b"<html>",
        "too large": b"0" * (2**20 + 1),
        "to come": crl(lite.root, start=lite.now + HOUR, end=lite.now + DAY),
    }[wrong]
    done = run(lite)
    assert (done.kept, len(done.failed)) == (0, 1)
    assert lite.scene.codes(image) == ["REVOCATION_UNAVAILABLE"]


def test_a_host_that_does_not_answer_is_asked_once_in_a_round(lite: Revoking) -> None:
    with serving() as gone:
        pass
    for number in range(3):
        lite.sign(names_list(lite, gone, f"/{number}.crl"))
    done = run(lite)
    assert [each.problem for each in done.failed][1:] == ["its host did not answer before"] * 2
    assert "can't be reached" in done.failed[0].problem


def test_private_addresses_are_not_asked_unless_they_were_named(
    make_place: Callable[[str], Place], web: Loopback
) -> None:
    with revoking_in(make_place("sqlite")) as made:
        made.sign(names_list(made, web))
        made.sign(signer_of(made.root, made.now, crl_place("ldap://127.0.0.1/cn=root")))
        done = run(made)
    assert sorted(each.problem.partition(" is ")[2][:12] for each in done.failed) == [
        "at 127.0.0.1",
        "not an addre",
    ]
    assert not web.asked


def test_it_is_a_job_only_where_an_interval_says_so(
    make_place: Callable[[str], Place], web: Loopback
) -> None:
    for seconds in (0, 3_600):
        named = {**NAMED, "revocation_interval": seconds}
        with revoking_in(make_place("sqlite"), trust=named) as made:
            image = made.sign(names_list(made, web))
            web.files["/root.crl"] = made.list()
            worker = build_worker(made.scene.home.house, open_log())
            made.scene.home.clock.advance(3_601)
            worker.run_pending()
            assert made.scene.is_let_out(image) is bool(seconds)
            assert JOB in worker._handlers
    assert len(web.asked) == 1


def test_one_answer_takes_five_seconds_at_most() -> None:
    assert max(LIMITS.connect, LIMITS.read, LIMITS.whole) == 5


def test_the_command_line_asks_once(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert CliRunner().invoke(main, ["db", "upgrade", "--data", data]).exit_code == 0
    done = CliRunner().invoke(main, ["trust", "fetch-revocations", "--data", data])
    assert (done.exit_code, done.output) == (0, "0 new lists\n")
