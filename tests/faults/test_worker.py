"""SIGKILL of the real worker and of a real import beside a running server: the verdicts become what the import says."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import httpx
import pytest
from tests.faults.test_server import LOGIN, PRATIQUE, running
from tests.images import image
from tests.shipping import TAR, advisory, wheel
from tests.signing import descriptor_of
from tests.waiting import eventually
from tests.warehouse import IMAGE

from pratique.oci.digest import digest_of

ROUNDS = max(2, int(os.environ.get("PRATIQUE_FAULT_ROUNDS", "60")) // 30)
"""Each waits for the leases of those that were killed."""
IMAGES = 4
LONGEST = 2.5
SETTLED_SECONDS = 90
CONFIG = "application/vnd.oci.image.config.v1+json"


def push(http: httpx.Client, number: int) -> str:
    """An image with a package of its own; its digest."""
    built = image([wheel(f"package-{number}")])
    (layer,) = built.layers
    for content in (layer, built.configuration):
        location = http.post("/v2/library/app/blobs/uploads/").headers["location"]
        done = http.put(location, params={"digest": digest_of(content)}, content=content)
        assert done.status_code == 201, done.text
    document = {
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": descriptor_of(built.configuration, CONFIG),
        "layers": [descriptor_of(layer, TAR)],
    }
    content = json.dumps(document).encode()
    named = {"content-type": IMAGE}
    put = http.put(f"/v2/library/app/manifests/v{number}", content=content, headers=named)
    assert put.status_code == 201, put.text
    return digest_of(content)


def archive(folder: Path, *, speaks: bool) -> Path:
    """The whole state of a source: on what the images have, or on what nobody has."""
    path = folder / str(speaks) / "somebody" / "all.zip"
    path.parent.mkdir(parents=True)
    names = [f"package-{number}" for number in range(IMAGES)] if speaks else []
    with zipfile.ZipFile(path, "w") as made:
        for number, name in enumerate(["of-nobody", *names]):
            told = advisory(name, f"2026-{number + 1}")
            made.writestr(f"{told['id']}.json", json.dumps(told))
    return path


def begin_import(path: Path, data: Path) -> "subprocess.Popen[bytes]":
    command = [*PRATIQUE, "advisories", "import", str(path), "--data", str(data), "--allow-shrink"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_worker(server: "subprocess.Popen[bytes]") -> None:
    """What the server has started; it starts another."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}").parent.glob("*/children")
    for number in " ".join(one.read_text() for one in children).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


def states(http: httpx.Client, digests: list[str]) -> list[str]:
    at = "/api/v2.0/projects/library/repositories/app/artifacts"
    return [http.get(f"{at}/{digest}/verdict").json()["state"] for digest in digests]


def until(http: httpx.Client, digests: list[str], state: str, told: str) -> None:
    def stand() -> bool:
        return states(http, digests) == [state] * len(digests)

    eventually(
        stand,
        SETTLED_SECONDS,
        otherwise=lambda: f"{told}: they stand {states(http, digests)}, and not {state}",
    )


@pytest.mark.timeout(180 + 150 * ROUNDS)
def test_killed_workers_and_imports_leave_no_verdict_wrong(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    seed = random.SystemRandom().randrange(1 << 30)
    moments = random.Random(seed)  # noqa: S311 - a test's
    says = {speaks: archive(tmp_path, speaks=speaks) for speaks in (False, True)}
    with running(data, log) as (url, server), httpx.Client(base_url=url, auth=LOGIN, timeout=30) as http:
        asked = {"metadata": {"prevent_vul": "true", "severity": "high"}}
        assert http.put("/api/v2.0/projects/library", json=asked).status_code == 200
        digests = [push(http, number) for number in range(IMAGES)]
        assert begin_import(says[False], data).wait(60) == 0
        until(http, digests, "ADMITTED", "at first")
        for number in range(ROUNDS):
            speaks = number % 2 == 0
            importing = begin_import(says[speaks], data)
            time.sleep(moments.uniform(0, LONGEST))
            importing.kill() if moments.random() < 0.5 else importing.wait(60)
            importing.wait(60)
            kill_worker(server)
            assert begin_import(says[speaks], data).wait(60) == 0
            time.sleep(moments.uniform(0, LONGEST))
            kill_worker(server)
            until(http, digests, "QUARANTINED" if speaks else "ADMITTED", f"seed {seed}, round {number}")
