"""A second process on the same database: `python -m tests.contracts.another_process URL DIRECTORY ACTION`."""

import os
import signal
import sys
from pathlib import Path

from tests.contracts.things import ADD, GROW

from pratique import db
from pratique.db.changes_map import ChangesMap


def grow(database: db.Database, times: int) -> None:
    """Change and touch `times` times."""

    def work(tx: db.Tx) -> None:
        tx.change(GROW, called="shared")
        tx.touch("thing:shared")

    for _ in range(times):
        database.write(work)


def die_before_publishing(database: db.Database) -> None:
    """Commit, and be killed between COMMIT and publishing."""

    def die(_: ChangesMap, number: int) -> None:
        print(number, flush=True)  # noqa: T201 - the test reads it
        os.kill(os.getpid(), signal.SIGKILL)

    ChangesMap.publish = die  # type: ignore[method-assign, assignment]  # the kill has to hit this moment

    def work(tx: db.Tx) -> None:
        tx.row(ADD, name="orphan", size=1)
        tx.touch("thing:orphan")

    database.write(work)


def die_in_a_work(database: db.Database) -> None:
    """Be killed with a transaction open."""

    def work(tx: db.Tx) -> None:
        tx.row(ADD, name="never", size=1)
        os.kill(os.getpid(), signal.SIGKILL)

    database.write(work)


def raise_the_map(directory: Path, start: int) -> None:
    """Publish `start`, `start` + 2, …: another process publishes the numbers between."""
    changes_map = ChangesMap(directory / "changes.map")
    for number in range(start, 40_000, 2):
        changes_map.publish(number)
        if changes_map.number() < number:
            sys.exit(f"the map went back below {number}")


def main() -> None:
    """Run one action."""
    url, directory, action, *rest = sys.argv[1:]
    if action == "raise-the-map":
        raise_the_map(Path(directory), int(rest[0]))
        return
    database = db.open_database(url, Path(directory))
    match action:
        case "grow":
            grow(database, int(rest[0]))
        case "die-before-publishing":
            die_before_publishing(database)
        case "die-in-a-work":
            die_in_a_work(database)
    database.close()


if __name__ == "__main__":
    main()
