"""The transaction of SQLite's writer thread: a savepoint for each work, one COMMIT for all."""

import time
from typing import Final

from pratique.clock import Clock
from pratique.db.change_log import ChangeLog
from pratique.db.changes_map import ChangesMap
from pratique.db.failures import Again
from pratique.db.group_commit import Ticket
from pratique.db.pauses import pause
from pratique.db.session import Session
from pratique.db.tx import Tx
from pratique.errors import Unavailable

BUSY_SECONDS: Final = 20.0
"""How long the writer waits for the writers of other processes."""

BUSY_PAUSE_SECONDS: Final = 0.003
"""The longest pause between two tries for the write lock; each is drawn at random below it."""

DIALECT: Final = "sqlite"


class SqliteGroup:
    """A `Group` on one connection whose own busy timeout is 0: it waits `busy` seconds by itself."""

    def __init__(
        self, session: Session, log: ChangeLog, changes_map: ChangesMap, clock: Clock, busy: float
    ) -> None:
        self._busy = busy
        self._session = session
        self._log = log
        self._map = changes_map
        self._clock = clock
        self._scopes: dict[str, None] = {}

    def begin(self) -> None:
        """BEGIN IMMEDIATE, tried until `busy` seconds have passed.

        SQLite's own waiting sleeps up to 100 ms between two tries, and a busy process leaves the lock free
        for microseconds only: short pauses at random get in, long ones starve.
        """
        self._scopes.clear()
        until = time.monotonic() + self._busy
        while True:
            try:
                self._session.run("BEGIN IMMEDIATE")
            except Again as busy:
                if time.monotonic() > until:
                    raise Unavailable("Another process keeps the database busy; try again later.") from busy
            else:
                return
            pause(BUSY_PAUSE_SECONDS)

    def run(self, ticket: Ticket) -> None:
        """Run one work between SAVEPOINT and RELEASE."""
        session = self._session
        tx = Tx(session, DIALECT, self._clock)
        session.run("SAVEPOINT work")
        try:
            ticket.answer = ticket.context.run(ticket.work, tx)
            tx.run_last_acts()
        except BaseException as failure:
            if not session.raw.in_transaction:
                # SQLite rolls everything back by itself when the disk is full or fails: the group is lost.
                raise
            session.run("ROLLBACK TO work")
            ticket.failure = failure
        else:
            self._scopes.update(dict.fromkeys(tx.scopes))
        session.run("RELEASE work")

    def commit(self) -> None:
        """Write what the works touched, COMMIT, and only then publish."""
        added = None
        if self._scopes:
            added = self._log.add(Tx(self._session, DIALECT, self._clock), tuple(self._scopes))
        self._session.run("COMMIT")
        if added is not None:
            self._log.committed(added)
            self._map.publish(added.last)

    def roll_back(self) -> None:
        """Back to outside any transaction."""
        if self._session.raw.in_transaction:
            self._session.run("ROLLBACK")
