"""Narrowing in one process, `pratique serve` in another: no request that begins after the call is let out (gate.md 1).

The server is asked before, so that all of it lies warm; then this process takes something away, and asks again.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.abuse.asking import Asked, Asker
from tests.abuse.exits import ACTORS, STAGES, Actor
from tests.abuse.theatre import Cast, Play, Stagehand
from tests.clocks import ManualClock
from tests.databases import KINDS, PostgresqlServer
from tests.doors import Client
from tests.houses import PASSWORD, Furnished, furnish
from tests.waiting import eventually

from pratique.clock import HOUR, SECOND, Moment
from pratique.oci.digest import Digest, digest_of
from pratique.registry.pull import known
from pratique.registry.store import manifests

START_SECONDS: Final = 40
GUEST: Final = next(actor for actor in ACTORS if actor.name == "guest")
ADMITTED: Final = next(stage for stage in STAGES if stage.name == "admitted")
OPEN: Final = next(stage for stage in STAGES if stage.name == "open")


@pytest.fixture(scope="module", params=KINDS)
def theatre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Asker, Stagehand]]:
    """This process's house, and a server beside it on the same stores. Nobody runs jobs."""
    directory = tmp_path_factory.mktemp("beside")
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{directory / 'data' / 'pratique.db'}"
        if request.param == "postgresql":
            server: PostgresqlServer = request.getfixturevalue("running_postgresql")
            url = stack.enter_context(server.new_database())
        # The server comes first: its schema is the real one.
        address = stack.enter_context(_served(directory, url))
        home = furnish(url, directory / "data", ManualClock(time.time_ns() // 1_000))
        stack.callback(home.house.close)
        http = stack.enter_context(httpx.Client(base_url=address, timeout=30))
        yield Asker(home, Client(http)), Stagehand(home, Cast(home))


@contextlib.contextmanager
def _served(directory: Path, url: str) -> Iterator[str]:
    log = directory / "log"
    environment = {
        **os.environ,
        "PRATIQUE_ADMIN_PASSWORD": PASSWORD,
        "PRATIQUE_DATABASE__URL": url,
        "PRATIQUE_WORKERS__EMBEDDED": "false",
    }
    command = [sys.executable, "-m", "pratique"]
    upgrade = [*command, "db", "upgrade", "--data", str(directory / "data")]
    subprocess.run(upgrade, env=environment, check=True, capture_output=True, timeout=START_SECONDS)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "serve", "--data", directory / "data", "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=environment,
            start_new_session=True,
        )
    try:
        yield _address(process, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    def address() -> str | None:
        assert process.poll() is None, log.read_text()
        found = re.search(r"serves on (http://\S+)", log.read_text())
        return found[1] if found and httpx.get(f"{found[1]}/readyz").status_code == 200 else None

    return eventually(address, START_SECONDS, otherwise=log.read_text)


# --- what is asked, and what takes it away ------------------------------------------------------------------------


def ways(play: Play) -> Mapping[str, str]:
    """Everything of a play that a guest gets while it is admitted."""
    return {
        "tag": "manifests/1.0",
        "digest": f"manifests/{play.digest}",
        "index": f"manifests/{digest_of(play.index)}",
        "child": f"manifests/{digest_of(play.child)}",
        "layer": f"blobs/{play.layer}",
        "config": f"blobs/{play.config}",
        "layer of a child": f"blobs/{play.layer_of_child}",
        "document": f"blobs/{play.document}",
        "evidence": f"manifests/{digest_of(play.evidence[0])}",
        "evidence tag": f"manifests/{play.evidence_tag('sbom')}",
    }


def statuses(asker: Asker, play: Play, actor: Actor = GUEST) -> set[int]:
    asked = Asked(asker, play, actor)
    return {asked.v2("GET", what).status for what in ways(play).values()}


def set_up(hand: Stagehand, admission: str) -> Play:
    """A play of which all is let out."""
    return hand.set_up(OPEN if admission == "open" else ADMITTED, is_public=False)


def remove_key(home: Furnished, play: Play) -> None:
    home.distrust(play.scene.project)


def turn_signed(home: Furnished, play: Play) -> None:
    home.turn(play.scene.project, "signed")


def delete_signatures(_: Furnished, play: Play) -> None:
    for subject in (play.image, play.index):
        for evidence in _signatures_of(play, subject):
            play.scene.delete(evidence)


def deny_key(_: Furnished, play: Play) -> None:
    play.scene.deny("key", fingerprint=play.scene.key.fingerprint)


def deny_images_everywhere(_: Furnished, play: Play) -> None:
    for content in (play.image, play.child):
        play.scene.deny("digest", everywhere=True, digest=digest_of(content))


def ask_for_notation(home: Furnished, play: Play) -> None:
    projects, number = home.house.departments.projects, play.scene.project.id
    asked = {"enable_content_trust": "true"}
    play.scene.change(lambda tx: projects.update(tx, home.admin, projects.get(tx, number), asked))


def _signatures_of(play: Play, subject: bytes) -> list[Digest]:
    with play.scene.home.house.stores.database.read() as tx:
        repository = known(tx, play.scene.repository)
        found = manifests.evidence_of(tx, repository.id, digest_of(subject))
    kept = digest_of(play.evidence[0])
    return [each.digest for each in found if not each.is_index and each.digest != kept]


NARROWINGS: Final = {
    "key removed": ("signed", remove_key),
    "open turned signed": ("open", turn_signed),
    "signatures deleted": ("signed", delete_signatures),
    "key denied": ("signed", deny_key),
    "images denied everywhere": ("signed", deny_images_everywhere),
    "notation asked for": ("signed", ask_for_notation),
}


@pytest.mark.parametrize("narrowing", NARROWINGS)
def test_what_was_warm_is_refused_when_the_call_has_returned(
    theatre: tuple[Asker, Stagehand], narrowing: str
) -> None:
    asker, hand = theatre
    admission, narrow = NARROWINGS[narrowing]
    play = set_up(hand, admission)
    for _ in range(2):
        assert statuses(asker, play) == {200}
    narrow(asker.home, play)
    found = statuses(asker, play)
    assert found <= {403, 404}, found
    assert statuses(asker, play, next(actor for actor in ACTORS if actor.name == "robot: pull")) <= {403, 404}


@pytest.mark.parametrize("narrowing", NARROWINGS)
def test_nothing_leaves_after_the_call_while_others_pull(
    theatre: tuple[Asker, Stagehand], narrowing: str
) -> None:
    asker, hand = theatre
    admission, narrow = NARROWINGS[narrowing]
    play = set_up(hand, admission)
    assert statuses(asker, play) == {200}
    returned = threading.Event()
    leaked: list[str] = []

    def pull() -> None:
        asked, named = Asked(asker, play, GUEST), ways(play)
        for _ in range(2_000):
            is_over = returned.is_set()
            leaked.extend(
                name for name, what in named.items() if asked.v2("GET", what).status == 200 and is_over
            )
            if is_over:
                return

    readers = [threading.Thread(target=pull) for _ in range(3)]
    for reader in readers:
        reader.start()
    narrow(asker.home, play)
    returned.set()
    for reader in readers:
        reader.join()
    assert not leaked


def test_a_date_passes_in_what_lies_warm(theatre: tuple[Asker, Stagehand]) -> None:
    """The server's clock is the real one: the key ends within seconds."""
    asker, hand = theatre
    play = hand.set_up(next(stage for stage in STAGES if stage.name == "never signed"), is_public=False)
    ends = Moment(time.time_ns() // 1_000 + 4 * SECOND)
    assert ends < asker.home.clock.now() + HOUR
    key = asker.home.trust(play.scene.project, f"brief-{play.scene.project.name}", valid_until=ends)
    play.scene.sign(play.image, key)
    asked = Asked(asker, play, GUEST)
    seen = set()
    while time.time_ns() // 1_000 < ends - SECOND // 2:
        seen.add(asked.v2("GET", "manifests/1.0").status)
    assert seen == {200}
    eventually(lambda: time.time_ns() // 1_000 >= ends)
    for what in ("manifests/1.0", f"manifests/{play.digest}", f"blobs/{play.layer}"):
        assert asked.v2("GET", what).status == 403


def test_what_is_signed_here_is_let_out_there(theatre: tuple[Asker, Stagehand]) -> None:
    asker, hand = theatre
    play = hand.set_up(next(stage for stage in STAGES if stage.name == "never signed"), is_public=False)
    asked = Asked(asker, play, GUEST)
    assert asked.v2("GET", "manifests/1.0").status == 403
    play.scene.sign(play.image)
    assert asked.v2("GET", "manifests/1.0").status == 200
    rolled = play.scene.image("1.0")
    play.scene.sign(rolled)
    assert asked.v2("GET", "manifests/1.0").body == rolled
