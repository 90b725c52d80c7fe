"""SIGKILL of the real server, its worker and a `pratique gc` beside it, while clients push over HTTP."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.waiting import eventually
from tests.warehouse import IMAGE, image

from pratique.oci.digest import digest_of

ROUNDS = max(2, int(os.environ.get("PRATIQUE_FAULT_ROUNDS", "60")) // 12)
"""Each starts the server anew, which takes some seconds."""

CLIENTS = 3
LONGEST = 1.5
START_SECONDS = 30
LOGIN = ("admin", "Correct-horse-1")
CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
PRATIQUE = (sys.executable, "-m", "pratique")


@contextlib.contextmanager
def running(data: Path, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server in a process group of its own, killed with it at the latest when the block ends."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*PRATIQUE, "serve", "--data", data, "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env={**os.environ, "PRATIQUE_ADMIN_PASSWORD": LOGIN[1]},
            start_new_session=True,
        )
    try:
        yield address_of(process, log), process
    finally:
        kill(process)


def address_of(process: subprocess.Popen[bytes], log: Path) -> str:
    def address() -> str | None:
        assert process.poll() is None, log.read_text()
        found = re.search(r"serves on (http://\S+)", log.read_text())
        return found[1] if found and httpx.get(f"{found[1]}/readyz").status_code == 200 else None

    return eventually(address, START_SECONDS, otherwise=log.read_text)


def kill(process: subprocess.Popen[bytes]) -> None:
    """The process and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Client:
    """Pushes images to a repository of its own, and remembers what was acknowledged."""

    number: int
    tags: dict[str, str] = field(default_factory=dict)
    manifests: set[str] = field(default_factory=set)
    pending: tuple[str, str | None] = ("", None)
    """What was under way when the server died: a tag, and the digest it was to have or None for its deletion."""

    @property
    def path(self) -> str:
        return f"/v2/library/app{self.number}"

    def work(self, url: str, seed: int) -> None:
        """Push and delete until the server is gone."""
        chance = random.Random(f"{seed} {self.number}")  # noqa: S311 - a test's
        with contextlib.suppress(httpx.TransportError), httpx.Client(base_url=url, auth=LOGIN) as http:
            while True:
                self._push(http, chance)
                if chance.random() < 0.3:
                    self._delete(http, chance)

    def _push(self, http: httpx.Client, chance: random.Random) -> None:
        layers = [chance.randbytes(chance.choice((10, 5_000, 700_000))) for _ in range(chance.randint(1, 2))]
        for content in (CONFIG, *layers):
            self._push_blob(http, content, chance)
        content = json.dumps(image(CONFIG, layers)).encode()
        tag, digest = chance.choice("abc"), digest_of(content)
        self.pending = (tag, digest)
        answer = http.put(f"{self.path}/manifests/{tag}", content=content, headers={"content-type": IMAGE})
        assert answer.status_code == 201, answer.text
        self.tags[tag] = digest
        self.manifests.add(digest)
        self.pending = ("", None)

    def _push_blob(self, http: httpx.Client, content: bytes, chance: random.Random) -> None:
        location = http.post(f"{self.path}/blobs/uploads/").headers["location"]
        middle = chance.randint(0, len(content))
        location = http.patch(location, content=content[:middle]).headers["location"]
        answer = http.put(location, params={"digest": digest_of(content)}, content=content[middle:])
        assert answer.status_code == 201, answer.text

    def _delete(self, http: httpx.Client, chance: random.Random) -> None:
        tag = chance.choice(sorted(self.tags))
        digest = self.tags[tag]
        self.pending = (tag, None)
        answer = http.delete(f"{self.path}/manifests/{digest}")
        assert answer.status_code == 202, answer.text
        self._forget(digest)
        self.pending = ("", None)

    def _forget(self, digest: str) -> None:
        self.manifests.discard(digest)
        self.tags = {tag: there for tag, there in self.tags.items() if there != digest}

    def check(self, http: httpx.Client) -> None:
        """Every 201 is readable and hashes right, every tag is where it was put."""
        self._settle(http)
        for tag, digest in self.tags.items():
            answer = http.head(f"{self.path}/manifests/{tag}")
            assert (answer.status_code, answer.headers["docker-content-digest"]) == (200, digest)
        for digest in self.manifests:
            manifest = http.get(f"{self.path}/manifests/{digest}")
            assert manifest.status_code == 200, f"{digest}: {manifest.text}"
            assert digest_of(manifest.content) == digest
            document = manifest.json()
            for blob in (document["config"], *document["layers"]):
                answer = http.get(f"{self.path}/blobs/{blob['digest']}")
                assert answer.status_code == 200, answer.text
                assert digest_of(answer.content) == blob["digest"]

    def _settle(self, http: httpx.Client) -> None:
        """What was under way has happened or has not."""
        tag, digest = self.pending
        self.pending = ("", None)
        if not tag:
            return
        before = self.tags.get(tag)
        answer = http.head(f"{self.path}/manifests/{tag}")
        found = answer.headers.get("docker-content-digest") if answer.status_code == 200 else None
        assert found in {before, digest}, f"{tag} is at {found}, and was at {before} on its way to {digest}"
        if digest is not None and found == digest:
            self.tags[tag] = digest
            self.manifests.add(digest)
        if digest is None and found is None and before is not None:
            self._forget(before)


def collect_beside(data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PRATIQUE, "gc", "--data", data, "--grace", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def assert_clean(data: Path, where: str) -> None:
    doctor = subprocess.run(
        [*PRATIQUE, "doctor", "--data", data], capture_output=True, text=True, check=False
    )
    assert doctor.returncode == 0, f"{where}: {doctor.stdout}{doctor.stderr}"


@pytest.mark.timeout(120 + 30 * ROUNDS)
def test_a_killed_server_has_kept_every_promise(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    seed = random.SystemRandom().randrange(1 << 30)
    moments = random.Random(seed)  # noqa: S311 - a test's
    clients = [Client(number) for number in range(CLIENTS)]
    for number in range(ROUNDS):
        where = f"seed {seed}, round {number}"
        with running(data, log) as (url, server):
            with httpx.Client(base_url=url, auth=LOGIN) as http:
                for client in clients:
                    client.check(http)
            collection = collect_beside(data)
            threads = [threading.Thread(target=client.work, args=(url, seed + number)) for client in clients]
            for thread in threads:
                thread.start()
            # Without a promise there is none to keep: on a busy machine the first takes its time.
            eventually(lambda: any(client.manifests for client in clients), START_SECONDS)
            time.sleep(moments.uniform(0.05, LONGEST))
            kill(server)
            time.sleep(moments.uniform(0, 0.2))
            kill(collection)
            for thread in threads:
                thread.join()
        assert_clean(data, where)
    with running(data, log) as (url, _), httpx.Client(base_url=url, auth=LOGIN) as http:
        for client in clients:
            client.check(http)
    assert_clean(data, f"seed {seed}, at the end")
