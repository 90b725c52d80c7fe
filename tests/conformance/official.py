"""The official suite (opencontainers/distribution-spec, folder conformance) against `pratique serve`.

A given binary, because no package index has it: `make conformance SUITE=/path/to/conformance`. The program is started
with a fresh data directory; the suite runs at version 1.1 and at `dev`, on an open project as admin and on a gated one
as a robot with pull, push, delete and examine. Printed are the counts of its junit.xml, one row for each run; the exit
code is 0 when none of them has a failure, an error or a skip.
"""

import argparse
import base64
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

VERSIONS: Final = ("1.1", "dev")
ACTIONS: Final = ("pull", "push", "delete", "examine")
START_SECONDS: Final = 60
RUN_SECONDS: Final = 300
ROW: Final = "{:<8} {:<5} {:>6} {:>7} {:>7} {:>7} {:>9}"


@dataclass(frozen=True)
class Account:
    """Who runs the suite, and where."""

    project: str
    username: str
    password: str


@dataclass(frozen=True)
class Counts:
    """What junit.xml says."""

    tests: int
    failures: int
    errors: int
    skipped: int
    disabled: int

    @property
    def is_clean(self) -> bool:
        """Whether everything that was asked was answered."""
        return bool(self.tests) and not (self.failures or self.errors or self.skipped)


class Management:
    """The few calls of the management API that a run needs."""

    def __init__(self, url: str, password: str) -> None:
        self._url = f"{url}/api/v2.0"
        self._authorization = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()

    def project(self, name: str, admission: str) -> None:
        """Create a project."""
        self._post(
            "/projects", {"project_name": name, "metadata": {"public": "false", "admission": admission}}
        )

    def robot(self, name: str, project: str) -> tuple[str, str]:
        """Create a robot of a project; its name and secret."""
        access = [{"resource": "repository", "action": action} for action in ACTIONS]
        permissions = [{"kind": "project", "namespace": project, "access": access}]
        asked = {
            "name": name,
            "level": "project",
            "duration": -1,
            "disable": False,
            "permissions": permissions,
        }
        made = self._post("/robots", asked)
        return made["name"], made["secret"]

    def _post(self, path: str, document: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            self._url + path,
            json.dumps(document).encode(),
            {"content-type": "application/json", "authorization": self._authorization},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")


@contextlib.contextmanager
def running(directory: Path, password: str) -> Iterator[str]:
    """`pratique serve` on a free port of loopback; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "pratique", "serve", "--data", str(directory / "data")]
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}"],
            env={**os.environ, "PRATIQUE_ADMIN_PASSWORD": password},
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _wait_until_ready(url, process, directory / "log")
            yield url
        finally:
            process.terminate()
            code = process.wait(START_SECONDS)
    if code:
        raise SystemExit(f"pratique serve exited with {code}")


def run(suite: Path, url: str, version: str, account: Account, results: Path) -> Counts:
    """One run of the suite. Its own exit code says nothing; junit.xml does."""
    results.mkdir(parents=True)
    asked = {
        "OCI_REGISTRY": url.removeprefix("http://"),
        "OCI_TLS": "disabled",
        "OCI_VERSION": version,
        "OCI_REPO1": f"{account.project}/one",
        "OCI_REPO2": f"{account.project}/two",
        "OCI_USERNAME": account.username,
        "OCI_PASSWORD": account.password,
        "OCI_RESULTS_DIR": str(results),
    }
    with (results / "log").open("wb") as log:
        subprocess.run(
            [suite], env={**os.environ, **asked}, stdout=log, stderr=log, check=False, timeout=RUN_SECONDS
        )
    return counts_of(results / "junit.xml")


def counts_of(junit: Path) -> Counts:
    """The counts of a report; the suite leaves out those that are zero."""
    root = ET.parse(junit).getroot()  # noqa: S314 - written by the suite we have just run
    names = ("tests", "failures", "errors", "skipped", "disabled")
    return Counts(*(int(root.get(name, "0")) for name in names))


def main(arguments: Sequence[str]) -> int:
    """Run it all and print the rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("suite", type=Path, help="the suite's binary")
    parser.add_argument("--results", type=Path, help="where its reports go  [default: thrown away]")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pratique-conformance-") as temporary:
        results = options.results or Path(temporary) / "results"
        rows = _all_runs(options.suite.resolve(), Path(temporary), results.resolve())
    print(ROW.format("project", "spec", "tests", "failed", "errors", "skipped", "disabled"))  # noqa: T201 - a report
    for project, version, counts in rows:
        print(  # noqa: T201 - a report
            ROW.format(
                project,
                version,
                counts.tests,
                counts.failures,
                counts.errors,
                counts.skipped,
                counts.disabled,
            )
        )
    return 0 if all(counts.is_clean for _, _, counts in rows) else 1


def _all_runs(suite: Path, directory: Path, results: Path) -> list[tuple[str, str, Counts]]:
    password = f"Aa1{secrets.token_urlsafe(15)}"
    with running(directory, password) as url:
        management = Management(url, password)
        management.project("open", "open")
        management.project("gated", "signed")
        robot, secret = management.robot("suite", "gated")
        accounts = (Account("open", "admin", password), Account("gated", robot, secret))
        return [
            (
                account.project,
                version,
                run(suite, url, version, account, results / f"{account.project}-{version}"),
            )
            for version in VERSIONS
            for account in accounts
        ]


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz") as answer:  # noqa: S310 - our own server on loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"pratique serve did not start:\n{log.read_text()}") from None
        time.sleep(0.1)
