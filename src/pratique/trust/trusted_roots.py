"""The roots of Sigstore's instances, public and private, in versions that only go forward.

`public-good` is embedded; an import or a refresh of that name takes its place. Services that were removed come back
only by force: whoever has an old file must not bring back what was withdrawn since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pratique.clock import Clock, Moment
from pratique.db import Tx
from pratique.errors import BadRequest, Conflict, NotFound
from pratique.oci.digest import digest_of
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.reach import NAME_LIMIT, checked_name
from pratique.trust.root_changes import RootChange, change_between, services_of
from pratique.trust.roots import Thresholds, TrustedRoot
from pratique.trust.store import StoredRoot, roots, versions
from pratique.trust.store.tables import SYSTEM
from pratique.trust.strict import Unreadable

ROOT_LIMIT: Final = 1024 * 1024
"""Bytes of a root's file."""
ROOTS_LIMIT: Final = 50
"""Roots of one registry."""

ReadRoot = Callable[[bytes, str], TrustedRoot]
"""From bytes and a name. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class HeldRoot:
    """A root as it counts now. `stored` None: the embedded one. See `StoredRoot` for `since`."""

    root: TrustedRoot
    stored: StoredRoot | None
    content: str

    @property
    def since(self) -> int:
        """The epoch before which nothing counts that was verified by it."""
        return self.stored.since if self.stored else 0

    @property
    def version(self) -> int:
        """0 is the embedded one."""
        return self.stored.version if self.stored else 0


@dataclass(frozen=True, slots=True)
class NewRoot:
    """A file to be imported. `force`: see `TrustedRoots.put`.

    `thresholds` None: 1 of each service that it names, or what the version before asks for, if that is more.
    """

    name: str
    content: str
    thresholds: Thresholds | None = None
    force: bool = False


class TrustedRoots:
    """The roots of the registry. `embedded` is the file of the public-good root, empty for none."""

    def __init__(self, clock: Clock, read: ReadRoot, embedded: str = "") -> None:
        self._clock = clock
        self._read = read
        self._embedded = embedded
        self._known: dict[tuple[str, str], TrustedRoot] = {}

    def held(self, tx: Tx) -> Mapping[str, HeldRoot]:
        """Every root that counts, by name."""
        found = {stored.name: self._held(stored) for stored in roots.all_current(tx)}
        if self._embedded and PUBLIC_GOOD not in found:
            found[PUBLIC_GOOD] = HeldRoot(self._root(PUBLIC_GOOD, self._embedded), None, self._embedded)
        return dict(sorted(found.items()))

    def get(self, tx: Tx, name: str) -> HeldRoot:
        """One root. Raises NotFound."""
        found = self.held(tx).get(name)
        if found is None:
            raise NotFound(f"there is no trusted root {name[:NAME_LIMIT]!r}")
        return found

    def preview(self, tx: Tx, wanted: NewRoot) -> RootChange:
        """What importing it would change. Raises BadRequest for what is no root."""
        after = self._checked(self._as_before(tx, wanted))
        before = self.held(tx).get(wanted.name)
        earlier = [services_of(self._root(one.name, one.content)) for one in roots.versions(tx, wanted.name)]
        if wanted.name == PUBLIC_GOOD and self._embedded:
            earlier.append(services_of(self._root(PUBLIC_GOOD, self._embedded)))
        change = change_between(services_of(before.root) if before else {}, services_of(after), earlier)
        return replace(change, raises=before is not None and _lower(before.root.thresholds, after.thresholds))

    def put(self, tx: Tx, wanted: NewRoot, creator: str = "") -> tuple[HeldRoot, RootChange]:
        """Make it the root of that name, and say what that changed.

        Raises BadRequest for what is no root, Conflict where services come back that were removed before, unless
        `force` is set.
        """
        wanted = self._as_before(tx, wanted)
        change = self.preview(tx, wanted)
        if change.returns and not wanted.force:
            raise Conflict(
                f"this brings back what was removed or ended: {'; '.join(change.returns[:3])}. Import it with force "
                "if that is meant"
            )
        before = self.held(tx).get(wanted.name)
        if before is None and len(roots.all_current(tx)) >= ROOTS_LIMIT:
            raise BadRequest(f"there are at most {ROOTS_LIMIT} trusted roots: remove one first")
        epoch = versions.raise_version(tx, SYSTEM)
        stored = StoredRoot(
            id=0,
            name=wanted.name,
            version=before.version + 1 if before else 1,
            content=wanted.content,
            digest=digest_of(wanted.content.encode()),
            thresholds=wanted.thresholds,
            since=epoch if before is None or change.narrows else before.since,
            created_at=Moment(self._clock.now()),
            creator=creator,
        )
        if not roots.insert(tx, stored):
            raise Conflict(f"the trusted root {wanted.name} was changed at the same time: look at it again")
        return self.get(tx, wanted.name), change

    def remove(self, tx: Tx, name: str) -> HeldRoot:
        """Forget a root in all its versions; of the public-good one the embedded version counts again then.

        Raises NotFound, and Conflict for the embedded one itself: what parties may still name it is for the caller.
        """
        held = self.get(tx, name)
        if held.stored is None or name == PUBLIC_GOOD:
            raise Conflict(f"{name} can't be removed: it only goes forward; import another version of it")
        roots.remove(tx, name)
        versions.raise_version(tx, SYSTEM)
        return held

    def _as_before(self, tx: Tx, wanted: NewRoot) -> NewRoot:
        """Nobody lowers what an administrator has raised by saying nothing of it, as the refresh does."""
        held = self.held(tx).get(wanted.name)
        raised = held.stored.thresholds if held and held.stored else None
        if wanted.thresholds is not None or raised is None:
            return wanted
        lowest = self._checked(wanted).thresholds
        kept = Thresholds(
            max(raised.tlog, lowest.tlog),
            max(raised.sct, lowest.sct),
            max(raised.timestamp, lowest.timestamp),
        )
        return replace(wanted, thresholds=kept)

    def _checked(self, wanted: NewRoot) -> TrustedRoot:
        checked_name(wanted.name, "a trusted root")
        if len(wanted.content.encode()) > ROOT_LIMIT:
            raise BadRequest(f"a trusted root has at most {ROOT_LIMIT} bytes")
        try:
            root = self._read(wanted.content.encode(), wanted.name)
        except Unreadable as problem:
            raise BadRequest(f"this is no trusted root: {problem}") from None
        return _with(root, wanted.thresholds)

    def _held(self, stored: StoredRoot) -> HeldRoot:
        root = _with(self._root(stored.name, stored.content), stored.thresholds)
        return HeldRoot(root, stored, stored.content)

    def _root(self, name: str, content: str) -> TrustedRoot:
        key = (name, digest_of(content.encode()))
        if key not in self._known:
            if len(self._known) > ROOTS_LIMIT:
                self._known.clear()
            self._known[key] = self._read(content.encode(), name)
        return self._known[key]


def least(root: TrustedRoot) -> Thresholds:
    """The lowest thresholds that a root may have: 1 of each service that it names; the public-good root 1/1/1."""
    if root.name == PUBLIC_GOOD:
        return Thresholds(1, 1, 1)
    return Thresholds(
        tlog=min(1, len(root.tlogs)),
        sct=min(1, len(root.ctlogs)),
        timestamp=min(1, len(root.timestamp_authorities) + len(root.tlogs)),
    )


def _with(root: TrustedRoot, asked: Thresholds | None) -> TrustedRoot:
    """The root with its thresholds. Raises BadRequest for lower ones than it may have."""
    lowest = least(root)
    if asked is None:
        return replace(root, thresholds=lowest)
    if _lower(asked, lowest):
        raise BadRequest(
            f"thresholds of this root are at least tlog {lowest.tlog}, sct {lowest.sct}, timestamp {lowest.timestamp}"
        )
    return replace(root, thresholds=asked)


def _lower(one: Thresholds, other: Thresholds) -> bool:
    return one.tlog < other.tlog or one.sct < other.sct or one.timestamp < other.timestamp
