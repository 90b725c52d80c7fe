"""The processes that get killed: one pushes and deletes like a server with clients, one collects garbage beside it."""

import json
import random
import threading
from pathlib import Path

from tests.faults.ledger import READER, Ledger
from tests.warehouse import ANN, Warehouse, image, index

from pratique.access.principal import Tier
from pratique.clock import MINUTE, SECOND, Clock, SystemClock
from pratique.db import open_database
from pratique.errors import NotFound, Unavailable
from pratique.oci.digest import Digest, digest_of
from pratique.registry.uploads import UploadLimits

LEASE = SECOND // 2
"""Short, so that collections find something to take in every round."""

LIMITS = UploadLimits(blob_size=1 << 30, open_uploads=10_000, expiry=MINUTE, lease=LEASE)
PUSHERS = 3
CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
LAYERS = tuple(bytes([number]) * (number * number * 999 + 1) for number in range(16))
"""Shared by all repositories, so that one deletes what another is about to name. Each image has one of its own too,
whose file is new and without a row for a moment."""

TAGS = ("a", "b", "c")


def repository_of(pusher: int) -> str:
    """A pusher's own repository."""
    return f"library/app{pusher}"


def ledger_of(directory: Path, pusher: int) -> Path:
    """A pusher's ledger of this round."""
    return directory / f"ledger{pusher}"


def opened(url: str, directory: Path, clock: Clock | None = None) -> Warehouse:
    """The warehouse as the victims know it."""
    clock = clock or SystemClock()
    database = open_database(url, directory, clock)
    warehouse = Warehouse(database, directory / "data", clock, LIMITS)
    for number in range(PUSHERS):
        warehouse.rights.tiers[ANN.key, repository_of(number)] = Tier.EXAMINE
    return warehouse


class Pusher:
    """Pushes and deletes in one repository until it is killed."""

    def __init__(self, warehouse: Warehouse, directory: Path, number: int, seed: int) -> None:
        self._warehouse = warehouse
        self._repository = repository_of(number)
        self._neighbour = repository_of((number + 1) % PUSHERS)
        self._ledger = Ledger(ledger_of(directory, number))
        self._random = random.Random(f"{seed} {number}")  # noqa: S311 - a test's
        self._mine: list[Digest] = []

    def run(self) -> None:
        """One operation after the other; what the registry refuses cleanly was not acknowledged."""
        acts = [self.image] * 6 + [self.delete] * 3
        acts += [self.index, self.signature, self.untag, self.abandon]
        while True:
            clearing = [self.clear] if self._random.random() < 0.3 else []
            try:
                self._random.choice(acts + clearing)()
            except (NotFound, Unavailable):
                continue

    def image(self) -> None:
        """Push an image, to a tag or by its digest."""
        layers = [*self._random.sample(LAYERS, self._random.randint(0, 2)), self._random.randbytes(100)]
        for content in (CONFIG, *layers):
            self._blob(content)
        document = image(CONFIG, layers, annotations={"number": str(self._random.random())})
        self._push(document, self._random.choice((*TAGS, None)))

    def _blob(self, content: bytes) -> None:
        digest, uploads = digest_of(content), self._warehouse.uploads
        if self._random.random() < 0.3 and uploads.renew(self._repository, digest):
            return
        if self._random.random() < 0.3 and self._mounted(digest):
            return
        upload = uploads.begin(self._repository, ANN)
        middle = self._random.randint(0, len(content))
        for start, part in ((0, content[:middle]), (middle, content[middle:])):
            with uploads.append(self._repository, upload.id, ANN, start) as writer:
                writer.write(part)
        uploads.commit(self._repository, upload.id, ANN, digest)

    def _mounted(self, digest: Digest) -> bool:
        return self._warehouse.mounts.mount(self._repository, digest, self._neighbour, READER)

    def index(self) -> None:
        """Push an index of what was pushed before."""
        children = self._random.sample(self._mine, min(len(self._mine), 2))
        document = index([(child, 1) for child in children], annotations={"n": str(self._random.random())})
        self._push(document, self._random.choice((*TAGS, None)))

    def signature(self) -> None:
        """Push evidence of something pushed before."""
        if self._mine:
            self._warehouse.push_signature(self._random.choice(self._mine), None, self._repository)

    def _push(self, document: dict[str, object], tag: str | None) -> None:
        digest = digest_of(json.dumps(document).encode())
        entry = {"act": "push", "tag": tag, "digest": digest}
        self._ledger.write(is_done=False, **entry)
        try:
            self._warehouse.push(document, tag, self._repository)
        except (NotFound, Unavailable):
            self._ledger.write(is_done=True, act="nothing")
            raise
        self._ledger.write(is_done=True, **entry)
        self._mine.append(digest)

    def delete(self) -> None:
        """Delete a manifest."""
        if self._mine:
            digest = self._mine.pop(self._random.randrange(len(self._mine)))
            self._did({"act": "delete", "digest": digest})

    def untag(self) -> None:
        """Delete a tag."""
        self._did({"act": "untag", "tag": self._random.choice(TAGS)})

    def clear(self) -> None:
        """Delete the repository."""
        self._mine.clear()
        self._did({"act": "clear"})

    def abandon(self) -> None:
        """Begin an upload and forget it."""
        upload = self._warehouse.uploads.begin(self._repository, ANN)
        with self._warehouse.uploads.append(self._repository, upload.id, ANN, 0) as writer:
            writer.write(b"never finished")

    def _did(self, entry: dict[str, str]) -> None:
        self._ledger.write(is_done=False, **entry)
        deleter = self._warehouse.deleter
        try:
            match entry["act"]:
                case "delete":
                    deleter.manifest(self._repository, Digest(entry["digest"]), ANN)
                case "untag":
                    deleter.tag(self._repository, entry["tag"], ANN)
                case "clear":
                    deleter.repository(self._repository, ANN)
        except (NotFound, Unavailable):
            self._ledger.write(is_done=True, act="nothing")
            raise
        self._ledger.write(is_done=True, **entry)


def push_and_delete(url: str, directory: Path, seed: int, ready: threading.Event) -> None:
    """A victim: several pushers in one process, as a server has."""
    warehouse = opened(url, directory)
    warehouse.recovery.run()
    pushers = [Pusher(warehouse, directory, number, seed) for number in range(PUSHERS)]
    threads = [threading.Thread(target=pusher.run) for pusher in pushers]
    for thread in threads:
        thread.start()
    ready.set()
    for thread in threads:
        thread.join()


def collect_garbage(url: str, directory: Path, ready: threading.Event) -> None:
    """A victim: `pratique gc --grace 0`, again and again, in a process beside the server."""
    warehouse = opened(url, directory)
    ready.set()
    while True:
        warehouse.collect()
