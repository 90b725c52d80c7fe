"""The job that scans: one step each time it runs, so that a slow scanner holds no worker while it thinks.

First the scanner is asked what it is and to begin; then, again and again, for its report. One that is a command is run
in one step. Only one thread of a process talks to scanners, and one runs a program: the others go on examining.
Whatever goes wrong ends on the scan, and what was reported before stays.
"""

import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

from pratique.access import SYSTEM
from pratique.clock import SECOND, Clock, Moment
from pratique.db import Database, Tx
from pratique.errors import Invalid, NotFound, Unavailable
from pratique.policy.refusal import clean
from pratique.scanners.adapter_client import AdapterClient, Visit, Wait, form_of
from pratique.scanners.commands.commanding import Commands
from pratique.scanners.commands.running import Stopped
from pratique.scanners.later import JUDGE, judge_later
from pratique.scanners.metadata import Metadata
from pratique.scanners.ports import Visits, Ways
from pratique.scanners.protocol import AUTHORIZATION_TYPE
from pratique.scanners.registrations import Registrations
from pratique.scanners.reports import read_findings, read_sbom
from pratique.scanners.scans import SCAN, end, enqueue
from pratique.scanners.store import findings, packages
from pratique.scanners.store import scans as store
from pratique.scanners.values import (
    OVER,
    Capability,
    ForeignContents,
    ForeignSbom,
    Maker,
    Registration,
    Scan,
    ScanState,
    Told,
)

__all__ = ["JUDGE", "SCAN", "Scanning"]

FIRST_WAIT: Final = 2 * SECOND
"""Until a report is first asked for."""
TRY_AGAIN: Final = 10 * SECOND
"""Until a scanner is asked again that did not answer."""
TAKES_TURNS: Final = SECOND // 2
PROBLEM_LIMIT: Final = 1_000
"""Characters of what went wrong that are kept."""
RUNS: Final = 2
"""How often a program is begun for one scan, where the worker ends while it runs."""
_BETWEEN: Final = "\n"
"""Stands between the form of a report that was asked for and the scanner's name for the scan."""


class Scanning:
    """Handles `scanners.scan`. `deadline` is how many microseconds a scan may take once it has begun."""

    def __init__(
        self,
        database: Database,
        registrations: Registrations,
        visits: Visits,
        ways: Ways,
        commands: Commands,
        clock: Clock,
        *,
        deadline: int,
    ) -> None:
        self._database = database
        self._registrations = registrations
        self._visits = visits
        self._ways = ways
        self._commands = commands
        self._clock = clock
        self._deadline = deadline
        self._turn = threading.Lock()
        self._run_turn = threading.Lock()

    def __call__(self, payload: Mapping[str, Any], /) -> None:
        """Take the next step of a scan; nothing when it is over, or was asked for again since."""
        with self._database.read() as tx:
            scan = store.of(
                tx,
                str(payload["repository"]),
                str(payload["digest"]),
                str(payload["scanner"]),
                Capability(payload["capability"]),
            )
            scanner = self._scanner(tx, str(payload["scanner"]))
        if scan is None or scan.moment != payload["moment"] or scan.state in OVER:
            return
        priority = int(payload["priority"])
        is_command = scanner is not None and scanner.is_command
        turn = self._run_turn if is_command else self._turn
        if not turn.acquire(blocking=False):
            self._again(scan, priority, TAKES_TURNS)
            return
        try:
            self._step(scan, scanner, priority)
        except (Invalid, NotFound) as problem:
            self._fail(scan, scanner, problem.message)
        finally:
            turn.release()

    # --- steps ----------------------------------------------------------------------------------------------------

    def _step(self, scan: Scan, scanner: Registration | None, priority: int) -> None:
        if scanner is None or scanner.disabled:
            self._fail(scan, scanner, "the scanner was taken away or disabled")
            return
        if scan.started_at is not None and self._clock.now() >= scan.started_at + self._deadline:
            seconds = self._deadline // SECOND
            last = f"; the last answer: {scan.problem}" if scan.problem else ""
            self._fail(scan, scanner, f"the scanner has not reported within {seconds} seconds{last}")
            return
        if scanner.is_command:
            self._run(scan, scanner)
            return
        with closing(self._ways(scanner.insecure_skip_verify)) as outbound:
            credential = self._registrations.credential(scanner)
            client = AdapterClient(outbound, scanner.url, scanner.auth, credential)
            if scan.request:
                self._fetch(client, scan, scanner, priority)
            else:
                self._begin(client, scan, scanner, priority)

    def _begin(self, client: AdapterClient, scan: Scan, scanner: Registration, priority: int) -> None:
        try:
            found = client.metadata()
            form = form_of(scan.capability, found, scan.target.media_type)
            request = client.scan(scan.target, self._visit(scan, scanner, found), scan.capability, form)
        except Unavailable as problem:
            self._fail(scan, scanner, problem.message)
            return
        begun = replace(
            scan, state=ScanState.RUNNING, started_at=self._clock.now(), request=f"{form}{_BETWEEN}{request}"
        )
        self._note(begun, priority, FIRST_WAIT)

    def _fetch(self, client: AdapterClient, scan: Scan, scanner: Registration, priority: int) -> None:
        form, _, request = scan.request.partition(_BETWEEN)
        try:
            answer = client.report(request, form)
        except Unavailable as problem:
            told = replace(scan, problem=clean(problem.message)[:PROBLEM_LIMIT])
            self._note(told, priority, TRY_AGAIN)
            return
        if isinstance(answer, Wait):
            self._note(scan, priority, answer.seconds * SECOND)
            return
        reported = _read(scan, answer)
        self._database.write(lambda tx: self._keep(tx, scan, scanner, reported))

    def _run(self, scan: Scan, scanner: Registration) -> None:
        """Have a program look, and wait for it. A run that ended with its worker is begun once more, and no further."""
        runs = int(scan.request or 0) + 1
        if runs > RUNS:
            self._fail(scan, scanner, "the worker has ended each time while the program ran")
            return
        started = scan.started_at or self._clock.now()
        begun = replace(scan, state=ScanState.RUNNING, started_at=started, request=str(runs))
        if not self._database.write(lambda tx: store.move(tx, begun)):
            return
        try:
            told = self._commands.report(
                scanner, scan.target, scan.capability, lambda: self._is_wanted(begun)
            )
        except Stopped:
            return
        except Unavailable as problem:
            self._fail(begun, scanner, problem.message)
            return
        self._database.write(lambda tx: self._keep(tx, begun, scanner, told))

    def _is_wanted(self, scan: Scan) -> bool:
        """Whether it goes on: nobody has stopped it, or asked for it again, or taken the scanner away."""
        target = scan.target
        with self._database.read() as tx:
            now = store.of(tx, target.repository, target.digest, scan.scanner, scan.capability)
        return now is not None and now.moment == scan.moment and now.state not in OVER

    def _visit(self, scan: Scan, scanner: Registration, found: Metadata) -> Visit:
        wants_bearer = found.properties.get(AUTHORIZATION_TYPE, "").lower() == "bearer"
        url = self._visits.address(is_internal=scanner.uses_internal_address)
        return Visit(url, self._visits.authorization(scan.target, wants_bearer=wants_bearer))

    # --- what is written ------------------------------------------------------------------------------------------

    def _keep(self, tx: Tx, scan: Scan, scanner: Registration, told: Told) -> None:
        now, digest, content = self._clock.now(), scan.target.digest, told.content
        number = len(content) if isinstance(content, tuple) else 0
        ended = replace(scan, state=ScanState.SUCCESS, ended_at=now, problem="", findings=number)
        if not end(tx, ended, scanner, actor=SYSTEM.name):
            return
        maker = told.made_by or Maker(scanner.name, "", "")
        if isinstance(content, ForeignSbom):
            findings.put_sbom(tx, digest, scanner.id, content, maker, now)
            return
        named, found = (content.packages, ()) if isinstance(content, ForeignContents) else ((), content)
        packages.put(tx, digest, scanner.id, named)
        findings.put(tx, digest, scanner.id, found, maker, now)
        judge_later(tx, [digest])

    def _fail(self, scan: Scan, scanner: Registration | None, problem: str) -> None:
        said = clean(problem)[:PROBLEM_LIMIT]
        ended = replace(scan, state=ScanState.ERROR, ended_at=self._clock.now(), problem=said)
        known = scanner or Registration(scan.scanner, scan.scanner, "")
        self._database.write(lambda tx: end(tx, ended, known, actor=SYSTEM.name))

    def _note(self, scan: Scan, priority: int, wait: int) -> None:
        def work(tx: Tx) -> None:
            if store.move(tx, scan):
                enqueue(tx, scan, priority, at=Moment(self._clock.now() + wait))

        self._database.write(work)

    def _again(self, scan: Scan, priority: int, wait: int) -> None:
        at = Moment(self._clock.now() + wait)
        self._database.write(lambda tx: enqueue(tx, scan, priority, at=at))

    def _scanner(self, tx: Tx, number: str) -> Registration | None:
        try:
            return self._registrations.get(tx, number)
        except NotFound:
            return None


def _read(scan: Scan, content: bytes) -> Told:
    if scan.capability is Capability.SBOM:
        sbom = read_sbom(content, scan.target.digest)
        return Told(sbom.made_by, sbom)
    made_by, found = read_findings(content, scan.target.digest)
    return Told(made_by, tuple(found))
