"""What readers hold in memory: answers that the gate gave for everyone, until something they rest on changes.

Only admissions are kept, never refusals: a refusal that lingers would lock people out, an admission that lingers
would let something out, so that one is what the rules below are about.

1. Entries are dropped, never edited, when a commit that touches them is seen (`forget`); the server looks for such
   commits before each answer.
2. Whoever fills the shelf notes the number of the last change before he reads the database (`noted`). An entry whose
   repository was dropped by a later change is not put: it may be older than that change.
3. An entry ends by itself at `until`, the first date that its verdict rests on.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from pratique.clock import Moment

OVERHEAD: Final = 512
"""Bytes that an entry costs beside its content, for the bound on memory."""

DROPS_KEPT: Final = 10_000
"""Repositories of which the last drop is remembered; beyond, all are taken to have been dropped just now."""


@dataclass(frozen=True, slots=True)
class Warm:
    """What every kind of warm entry has. `head` has the ready header lines of a 200, all that no request changes.

    `public`: the project was known to be public when this was read; False says nothing.
    """

    project_id: int
    public: bool
    digest: str
    size: int
    until: Moment | None
    head: bytes
    content: bytes = field(repr=False)

    @property
    def cost(self) -> int:
        """Bytes of memory, roughly."""
        return len(self.head) + len(self.content) + OVERHEAD


@dataclass(frozen=True, slots=True)
class WarmManifest(Warm):
    """A manifest, its bytes included.

    `candidate_by`: of a tag whose sides differ, the account that pushed the candidate: this entry is the admitted side
    and not for him, nor for whoever carries `push` or `inspect` (gate.md 4). None: for every reader.
    """

    repository_id: int = 0
    manifest_id: int = 0
    candidate_by: str | None = None


@dataclass(frozen=True, slots=True)
class WarmBlob(Warm):
    """A blob. `content` is empty unless it is small; `path` is where it lies when it is a local file.

    `common` is the part of `head` that answers with a part of the blob have too.
    """

    path: str | None = None
    common: bytes = b""


Entry = TypeVar("Entry", bound=Warm)


class Shelf(Generic[Entry]):
    """Entries of one kind by (repository, reference), bounded in number and bytes, the least recently put going first.

    `get` takes no lock: one dictionary look-up is atomic. It does not move the entry, so the order is that of filling.
    """

    def __init__(self, *, entries: int, memory: int) -> None:
        self._limit = entries
        self._memory = memory
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()
        self._of_repository: dict[str, set[str]] = {}
        self._of_project: dict[int, set[str]] = {}
        self._dropped_at: dict[str, int] = {}
        self._all_dropped_at = 0
        self._held = 0
        self._lock = threading.Lock()

    def get(self, repository: str, reference: str, at: Moment) -> Entry | None:
        """The entry, while no date it rests on has passed."""
        entry = self._entries.get((repository, reference))
        if entry is None or (entry.until is not None and at >= entry.until):
            return None
        return entry

    def put(self, repository: str, reference: str, entry: Entry, *, noted: int) -> bool:
        """Keep an entry that was read after the change `noted`. False: it may be stale, or is too large."""
        cost = entry.cost
        with self._lock:
            if (
                noted < max(self._all_dropped_at, self._dropped_at.get(repository, 0))
                or cost > self._memory // 8
            ):
                return False
            self._drop(repository, reference)
            while self._entries and (len(self._entries) >= self._limit or self._held + cost > self._memory):
                self._drop(*next(iter(self._entries)))
            self._entries[repository, reference] = entry
            self._of_repository.setdefault(repository, set()).add(reference)
            self._of_project.setdefault(entry.project_id, set()).add(repository)
            self._held += cost
            return True

    def forget_all(self, number: int) -> None:
        """Drop everything: too many changes, or changes that can't be told apart."""
        with self._lock:
            self._entries.clear()
            self._of_repository.clear()
            self._of_project.clear()
            self._dropped_at.clear()
            self._all_dropped_at = number
            self._held = 0

    def forget_repository(self, repository: str, number: int) -> None:
        """Drop all entries of a repository."""
        with self._lock:
            self._note(repository, number)
            for reference in list(self._of_repository.get(repository, ())):
                self._drop(repository, reference)

    def forget_reference(self, repository: str, reference: str, number: int) -> None:
        """Drop one entry."""
        with self._lock:
            self._note(repository, number)
            self._drop(repository, reference)

    def forget_project(self, project_id: int, number: int) -> None:
        """Drop all entries of a project's repositories. What is being read of others meanwhile is not kept either."""
        with self._lock:
            self._all_dropped_at = max(self._all_dropped_at, number)
            for repository in list(self._of_project.pop(project_id, ())):
                for reference in list(self._of_repository.get(repository, ())):
                    self._drop(repository, reference)

    def __len__(self) -> int:
        return len(self._entries)

    def _note(self, repository: str, number: int) -> None:
        if len(self._dropped_at) >= DROPS_KEPT:
            self._all_dropped_at = max(self._all_dropped_at, number)
            self._dropped_at.clear()
        self._dropped_at[repository] = number

    def _drop(self, repository: str, reference: str) -> None:
        entry = self._entries.pop((repository, reference), None)
        if entry is None:
            return
        self._held -= entry.cost
        references = self._of_repository.get(repository)
        if references is not None:
            references.discard(reference)
            if not references:
                del self._of_repository[repository]


class WarmReads:
    """Both shelves, and what the scopes of commits mean to them (`Tx.touch`)."""

    def __init__(self, *, entries: int, memory: int) -> None:
        self.manifests: Shelf[WarmManifest] = Shelf(entries=entries, memory=memory)
        self.blobs: Shelf[WarmBlob] = Shelf(entries=entries, memory=memory)

    def forget(self, scopes: Iterable[str] | None, number: int) -> None:
        """Drop what commits up to `number` touched; None: everything."""
        if scopes is None:
            self.manifests.forget_all(number)
            self.blobs.forget_all(number)
            return
        for scope in scopes:
            self._forget(scope, number)

    def _forget(self, scope: str, number: int) -> None:
        kind, _, what = scope.partition(":")
        if kind == "repository":
            self.manifests.forget_repository(what, number)
            self.blobs.forget_repository(what, number)
        elif kind == "project":
            self.manifests.forget_project(int(what), number)
            self.blobs.forget_project(int(what), number)
        elif kind == "tag":
            name, _, tag = what.rpartition(":")
            self.manifests.forget_reference(name, tag, number)
        elif kind in {"manifest", "blob"}:
            name, _, digest = what.partition("@")
            shelf = self.manifests if kind == "manifest" else self.blobs
            shelf.forget_reference(name, digest, number)
