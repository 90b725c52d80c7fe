"""Writers at the same time: nobody throws away what another one has just referred to."""

import threading
from collections.abc import Callable
from typing import Final

from tests.integration.inventory.test_recording import counts

from pratique.clock import Moment
from pratique.db import Database
from pratique.inventory import Contents, Located, Package
from pratique.inventory.recording import Recording

ROUNDS: Final = 15
AT: Final = Moment(1)


def contents(*names: str) -> Contents:
    packages = (Located(Package("npm", name, "1"), f"lib/{name}", "sha256:a", "node") for name in names)
    return Contents(None, tuple(sorted(packages, key=lambda one: one.place)))


def at_once(*acts: Callable[[], object]) -> None:
    """Run them in threads of their own, and raise what they raise."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            for _ in range(ROUNDS):
                act()
        except BaseException as failure:  # noqa: BLE001 - handed on
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_two_writers_put_the_same_and_a_third_forgets_it(database: Database) -> None:
    recording = Recording()
    both, one = contents("both", "one"), contents("both")

    def put(digest: str, what: Contents) -> Callable[[], object]:
        return lambda: database.write(lambda tx: recording.put(tx, digest, what, AT))

    def forget() -> None:
        database.write(lambda tx: recording.forget(tx, "sha256:gone"))

    at_once(put("sha256:kept", both), put("sha256:gone", both), put("sha256:gone", one), forget)
    with database.read() as tx:
        assert recording.contents_of(tx, "sha256:kept") == both
    forget()
    assert counts(database) == {
        "image_contents": 1,
        "image_layer": 1,
        "layer_share": 1,
        "layer_component": 2,
        "component": 2,
    }
