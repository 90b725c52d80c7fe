"""What was promised: each victim writes down what it begins and what was acknowledged; afterwards the two are compared.

A victim owns one repository, so that its operations come one after the other. The last one begun and not acknowledged
may have happened or not, but nothing in between.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.warehouse import ANN, Warehouse

from pratique.access.principal import Tier
from pratique.errors import NotFound
from pratique.oci.digest import Digest, digest_of, parse_digest
from pratique.registry.store import manifests, repositories, tags
from pratique.registry.values import Page, Reader

READER = Reader(ANN, Tier.EXAMINE)
append = os.write  # taken before tripwires are laid


class Ledger:
    """A file of lines, each written whole before or after an operation: SIGKILL takes none of them back."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, **line: Any) -> None:
        append(self._file, json.dumps(line).encode() + b"\n")


@dataclass
class Promised:
    """What one repository must hold: tags, and manifests by digest with whether they must be there without a tag."""

    repository: str
    tags: dict[str, str] = field(default_factory=dict)
    manifests: set[str] = field(default_factory=set)
    pending: dict[str, Any] | None = None

    def replay(self, ledger: Path) -> None:
        """Follow a victim's ledger."""
        lines = ledger.read_bytes().splitlines() if ledger.exists() else []
        for line in lines:
            entry = json.loads(line)
            if entry.pop("is_done"):
                self._apply(entry)
                self.pending = None
            else:
                self.pending = entry

    def _apply(self, entry: dict[str, Any]) -> None:
        match entry["act"]:
            case "push":
                self.manifests.add(entry["digest"])
                if entry["tag"]:
                    self.tags[entry["tag"]] = entry["digest"]
            case "delete":
                self.manifests.discard(entry["digest"])
                self.tags = {tag: digest for tag, digest in self.tags.items() if digest != entry["digest"]}
            case "untag":
                self.tags.pop(entry["tag"], None)
            case "clear":
                self.manifests.clear()
                self.tags.clear()

    def check(self, warehouse: Warehouse) -> None:
        """Every acknowledged write is readable and hashes right; every tag resolves to one of its two answers."""
        pending = self.pending or {"act": "nothing"}
        is_clearing = pending["act"] == "clear"
        for tag, digest in self.tags.items():
            found = self._candidate(warehouse, tag)
            allowed: set[str | None] = {digest}
            if pending.get("tag") == tag and pending["act"] == "push":
                allowed.add(pending["digest"])
            if is_clearing or pending == {"act": "untag", "tag": tag} or pending.get("digest") == digest:
                allowed.add(None)
            assert found in allowed, f"{self.repository}:{tag} is at {found}, promised was {allowed}"
        for digest in self.manifests:
            if is_clearing or (pending["act"] == "delete" and pending["digest"] == digest):
                continue
            assert_readable(warehouse, self.repository, parse_digest(digest))

    def _candidate(self, warehouse: Warehouse, tag: str) -> str | None:
        with warehouse.database.read() as tx:
            repository = repositories.by_name(tx, self.repository)
            sides = tags.by_name(tx, repository.id, tag) if repository else None
            return sides.candidate if sides else None

    def settle(self, warehouse: Warehouse) -> None:
        """Take what is there for what was promised: the start of the next round."""
        self.pending = None
        with warehouse.database.read() as tx:
            repository = repositories.by_name(tx, self.repository)
            if repository is None:
                self.tags, self.manifests = {}, set()
                return
            names = tags.listed(tx, repository.id, Page(), admitted_only=False)
            sides = [tags.by_name(tx, repository.id, name) for name in names]
            self.tags = {side.name: side.candidate for side in sides if side is not None}
            self.manifests = {artifact.digest for artifact in manifests.all_of(tx, repository.id)}
        for digest in {*self.manifests, *self.tags.values()}:
            assert_readable(warehouse, self.repository, parse_digest(digest))


def assert_readable(warehouse: Warehouse, repository: str, digest: Digest) -> None:
    """A manifest and its blobs can be pulled, and hash right. Children are promised, or deleted, by themselves."""
    try:
        pulled = warehouse.puller.manifest(repository, digest, READER)
    except NotFound as missing:
        raise AssertionError(f"{repository}@{digest} was acknowledged: {missing.message}") from missing
    assert digest_of(pulled.content) == digest
    document = json.loads(pulled.content)
    named = [*document.get("layers", ()), *([document["config"]] if "config" in document else ())]
    for blob in named:
        passed = warehouse.puller.blob(repository, parse_digest(blob["digest"]), READER)
        with warehouse.puller.open_blob(passed) as source:
            assert digest_of(source.read()) == blob["digest"], f"{blob['digest']} of {repository}@{digest}"
