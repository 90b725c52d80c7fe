"""A newer public-good root by TUF: taken when all of it verifies; else nothing changes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.databases import Place
from tests.houses import Furnished, furnish
from tests.loopback import Loopback, serving
from tests.tufs import FAR, PAST, TufPublisher, stranger

from pratique.admission.root_refresh import JOB, RootRefresh
from pratique.bootstrap.refreshing import TUF_FOLDER
from pratique.bootstrap.working import build_worker
from pratique.cli import main
from pratique.clock import DAY, SECOND, Moment
from pratique.errors import Conflict, Invalid, Unavailable
from pratique.net import Outbound
from pratique.telemetry import open_log
from pratique.trust.embedded import TARGET, public_good_root
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.refreshing import TufRepository


def root_with(*changes: Callable[[dict[str, list[dict[str, object]]]], object]) -> bytes:
    """The embedded root, changed."""
    document = json.loads(public_good_root())
    for change in changes:
        change(document)
    return json.dumps(document).encode()


def without_a_log(document: dict[str, list[dict[str, object]]]) -> object:
    return document["tlogs"].pop()


@dataclass
class Refreshing:
    """A house, and the TUF repository that it is told of."""

    rooms: Furnished
    publisher: TufPublisher
    place: Loopback
    directory: Path
    met: list[str] = field(default_factory=list)

    def run(self) -> tuple[int, bool]:
        """The version that counts after a refresh, and whether it was another before."""
        house = self.rooms.house
        first = self.publisher.first_root
        repository = TufRepository(
            self.place.url(), first, self.directory, self.place.outbound, self.rooms.clock
        )
        trust, desk = house.departments.trust, house.warehouse.roots
        done = RootRefresh(house.stores.database, trust.roots, desk, lambda: repository.target(TARGET)).run()
        return done.version, done.change is not None

    def held(self) -> tuple[int, str]:
        """The version and the content that count."""
        with self.rooms.house.stores.database.read() as tx:
            root = self.rooms.house.departments.trust.roots.get(tx, PUBLIC_GOOD)
        return root.version, root.content


@pytest.fixture
def place() -> Iterator[Loopback]:
    with serving() as opened:
        yield opened


@pytest.fixture
def refreshing(make_place: Callable[[str], Place], place: Loopback, tmp_path: Path) -> Iterator[Refreshing]:
    where = make_place("sqlite")
    rooms = furnish(where.url, where.directory / "data")
    publisher = TufPublisher(place.files)
    publisher.publish({TARGET: public_good_root()})
    yield Refreshing(rooms, publisher, place, tmp_path / "tuf")
    rooms.house.close()


def test_what_counts_already_is_not_imported_again(refreshing: Refreshing) -> None:
    assert refreshing.run() == (0, False)
    assert refreshing.held()[0] == 0


def test_a_newer_root_counts_and_a_further_look_changes_nothing(refreshing: Refreshing) -> None:
    newer = root_with(without_a_log)
    refreshing.publisher.publish({TARGET: newer})
    assert refreshing.run() == (1, True)
    assert refreshing.held() == (1, newer.decode())
    assert refreshing.run() == (1, False)


def test_roots_follow_one_another_though_those_before_the_last_have_expired(refreshing: Refreshing) -> None:
    publisher = refreshing.publisher
    publisher.root.expires = PAST
    publisher.rotate("root", expires=PAST)
    publisher.rotate("timestamp")
    newer = root_with(without_a_log)
    publisher.publish({TARGET: newer})
    assert refreshing.run() == (1, True)
    refreshing.place.files.pop("/2.root.json")
    assert refreshing.run() == (1, False)  # what was seen is kept


def _rollback(publisher: TufPublisher) -> None:
    publisher.versions = dict.fromkeys(publisher.versions, 0)
    publisher.publish({TARGET: root_with(without_a_log)})


def _frozen(publisher: TufPublisher) -> None:
    publisher.publish({TARGET: root_with(without_a_log)}, expires=PAST)


def _by_a_stranger(publisher: TufPublisher) -> None:
    publisher.publish({TARGET: root_with(without_a_log)}, signer=stranger())


def _root_by_a_stranger(publisher: TufPublisher) -> None:
    publisher.rotate("timestamp", signers=(stranger(),))
    publisher.publish({TARGET: root_with(without_a_log)})


def _expired_root(publisher: TufPublisher) -> None:
    publisher.rotate("timestamp", expires=PAST)
    publisher.publish({TARGET: root_with(without_a_log)})


def _swapped(publisher: TufPublisher) -> str:
    publisher.publish({TARGET: root_with(without_a_log)})
    return next(path for path in reversed(publisher.files) if path.startswith("/targets/"))


def _another_target(publisher: TufPublisher) -> None:
    swapped = _swapped(publisher)
    publisher.files[swapped] = publisher.files[swapped].replace(b"rekor", b"relor")


def _longer_target(publisher: TufPublisher) -> None:
    publisher.files[_swapped(publisher)] += b" "


def _no_target(publisher: TufPublisher) -> None:
    publisher.publish({"another.json": b"{}"})


def _mixed(publisher: TufPublisher) -> None:
    """Another snapshot than the timestamp speaks of."""
    publisher.publish({TARGET: root_with(without_a_log)})
    snapshot = publisher.versions["snapshot"]
    publisher.files[f"/{snapshot}.snapshot.json"] = publisher.files[f"/{snapshot - 1}.snapshot.json"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_rollback, "version"),
        (_frozen, "expired"),
        (_by_a_stranger, "signed"),
        (_root_by_a_stranger, "signed"),
        (_expired_root, "expired"),
        (_another_target, "hash"),
        (_longer_target, "length"),
        (_no_target, "no target"),
        (_mixed, "version"),
    ],
)
def test_what_does_not_verify_changes_nothing(
    refreshing: Refreshing, wrong: Callable[[TufPublisher], None], said: str
) -> None:
    refreshing.publisher.publish({TARGET: public_good_root()})
    refreshing.run()
    before = refreshing.held()
    wrong(refreshing.publisher)
    with pytest.raises(Invalid, match=said):
        refreshing.run()
    assert refreshing.held() == before


def test_our_clock_counts_too(refreshing: Refreshing) -> None:
    refreshing.rooms.clock.advance(100 * 365 * DAY / SECOND)
    with pytest.raises(Invalid, match="its root has expired"):
        refreshing.run()
    assert refreshing.rooms.clock.now() > Moment(int(FAR.timestamp()) * SECOND)


def test_nobody_answers(refreshing: Refreshing) -> None:
    refreshing.run()
    refreshing.place.files.clear()
    with pytest.raises(Unavailable, match="404"):
        refreshing.run()
    assert refreshing.held()[0] == 0


def test_a_target_that_is_no_root_is_refused(refreshing: Refreshing) -> None:
    refreshing.publisher.publish({TARGET: b"\xff\xfe"})
    with pytest.raises(Invalid, match="no text"):
        refreshing.run()
    refreshing.publisher.publish({TARGET: b"{}"})
    with pytest.raises(Invalid, match="no trusted root"):
        refreshing.run()
    assert refreshing.held()[0] == 0


def test_what_was_removed_comes_back_by_nobody_but_an_administrator(refreshing: Refreshing) -> None:
    newer = root_with(without_a_log)
    refreshing.publisher.publish({TARGET: newer})
    refreshing.run()
    refreshing.publisher.publish({TARGET: public_good_root()})
    with pytest.raises(Conflict, match="brings back"):
        refreshing.run()
    assert refreshing.held() == (1, newer.decode())


def test_two_do_not_refresh_at_once(refreshing: Refreshing) -> None:
    def meanwhile() -> Outbound:
        with pytest.raises(Conflict, match="another process"):
            refreshing.run()
        refreshing.met.append("another")
        return refreshing.place.outbound()

    first, clock = refreshing.publisher.first_root, refreshing.rooms.clock
    repository = TufRepository(refreshing.place.url(), first, refreshing.directory, meanwhile, clock)
    assert repository.target(TARGET) == public_good_root()
    assert refreshing.met == ["another"]


def test_it_runs_as_a_job_only_where_the_settings_say_so(make_place: Callable[[str], Place]) -> None:
    for seconds in (0, 3_600):
        where = make_place("sqlite")
        asked = {"refresh_interval": seconds, "refresh_from": "https://localhost:1"}
        rooms = furnish(where.url, where.directory / "data", trust=asked)
        worker = build_worker(rooms.house, open_log())
        rooms.clock.advance(4_000)
        worker.run_pending()
        # It was refused at once, for that address was not named, and had made the place of what it sees.
        assert (rooms.house.stores.directory / TUF_FOLDER).exists() is bool(seconds)
        assert JOB in worker._handlers
        rooms.house.close()


def test_the_command_line_says_why_it_did_nothing(place: Loopback, tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["db", "upgrade", "--data", str(tmp_path)]).exit_code == 0
    environment = {
        "PRATIQUE_TRUST__REFRESH_FROM": place.url(host="127.0.0.1"),
        "PRATIQUE_TRUST__PRIVATE_HOSTS": "127.0.0.1",
    }
    done = CliRunner().invoke(main, ["trust", "refresh", "--data", str(tmp_path)], env=environment)
    assert done.exit_code == 1
    assert "the TUF repository can't be asked" in done.output
    # It looked for what follows the embedded TUF root.
    assert place.asked == ["/16.root.json", "/timestamp.json"]
