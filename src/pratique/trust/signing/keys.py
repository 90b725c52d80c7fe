"""The keys of a project, from their making to their end.

`next` is published and signs nothing yet, so that consumers can take it in beside the old one; `active` signs;
`retiring` is still published while a job signs everything admitted again with its successor; `retired` is published no
more, its signatures are deleted and its private half is destroyed. The row of a retired key stays: the registry's own
keys can never be trusted as somebody's.

Keys are made outside of transactions: an HSM takes its time.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from pratique.access.principal import SYSTEM, Principal
from pratique.clock import Clock
from pratique.db import Database, Tx
from pratique.errors import Conflict, NotFound, Unavailable
from pratique.events.signing import (
    SigningCertificateRenewed,
    SigningKeyActivated,
    SigningKeyMade,
    SigningKeyRetired,
)
from pratique.jobs import publish
from pratique.trust.keys import PublicKey, parse_public_key
from pratique.trust.signing.authority import Chain, new_leaf, new_root
from pratique.trust.signing.signer import KeyBackend, MadeKey, Signer
from pratique.trust.store import signing as store
from pratique.trust.store.signing import StoredKey


class KeyKind(StrEnum):
    """What a key signs: one of each in a project, so that a verdict is never taken for a signature."""

    COUNTERSIGNATURE = "countersignature"
    VERDICT = "verdict"
    NOTATION = "notation"
    SCAN = "scan"


OF_ADMISSION: Final = frozenset({KeyKind.COUNTERSIGNATURE, KeyKind.VERDICT, KeyKind.NOTATION})
"""The keys that a project's first admission makes; `scan` is made with the first report on contents."""


class KeyState(StrEnum):
    """Where a key is in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


PUBLISHED: Final = (KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRING)
"""The states whose public halves are shown, in the order in which they are."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The project that keys are of."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key as people and producers see it. `chain`: of a notation key."""

    stored: StoredKey
    kind: KeyKind
    state: KeyState
    public_key: PublicKey
    chain: Chain | None

    @property
    def id(self) -> int:
        """Its number."""
        return self.stored.id

    @property
    def made(self) -> MadeKey:
        """As its backend knows it."""
        return MadeKey(self.stored.reference, self.public_key)


class SigningKeys:
    """Makes, shows and replaces the keys of projects. New keys lie in `backend`; `others` hold older ones."""

    def __init__(
        self, database: Database, clock: Clock, backend: KeyBackend, others: Iterable[KeyBackend] = ()
    ) -> None:
        self._database = database
        self._clock = clock
        self._backend = backend
        self._backends: Mapping[str, KeyBackend] = {one.name: one for one in (*others, backend)}

    def of(self, tx: Tx, project_id: int) -> list[SigningKey]:
        """Every key of a project that is not retired: active ones first, then the next, then the retiring."""
        found = [_read(row) for row in store.keys_of(tx, project_id) if row.state != KeyState.RETIRED]
        return sorted(found, key=lambda key: (PUBLISHED.index(key.state), key.id))

    def is_own(self, tx: Tx, key: PublicKey) -> bool:
        """Whether a public key is one of the registry's own."""
        return store.is_known(tx, key.fingerprint, key.pem)

    def ensure(self, owner: Owner, kinds: Collection[KeyKind]) -> None:
        """See to it that a project has an active key of each of these kinds. Not to be called in a transaction."""
        with self._database.read() as tx:
            there = {key.kind for key in self.of(tx, owner.id) if key.state is KeyState.ACTIVE}
        for kind in KeyKind:
            if kind in kinds and kind not in there:
                self._make(owner, kind, KeyState.ACTIVE, SYSTEM)

    def announce(self, owner: Owner, kind: KeyKind, by: Principal) -> SigningKey:
        """Make the next key of a kind, and publish it. Raises Conflict where one is announced or still retiring."""
        with self._database.read() as tx:
            self._check_quiet(tx, owner.id, kind)
        return self._make(owner, kind, KeyState.NEXT, by)

    def activate(self, tx: Tx, owner: Owner, kind: KeyKind, by: Principal) -> SigningKey:
        """Sign with the next key from now on. Whoever calls enqueues the job that signs again, in this transaction.

        Raises NotFound where none is announced, Conflict while an older one is retiring.
        """
        keys = {key.state: key for key in self.of(tx, owner.id) if key.kind is kind}
        coming = keys.get(KeyState.NEXT)
        if coming is None:
            raise NotFound(
                f"no next {kind} key is announced: announce one, let consumers take it in, then activate"
            )
        if KeyState.RETIRING in keys:
            raise Conflict(f"the last {kind} key is retiring still: everything is being signed again")
        now = self._clock.now()
        before = keys.get(KeyState.ACTIVE)
        if before is not None:
            store.set_state(tx, before.id, KeyState.RETIRING, now)
        store.set_state(tx, coming.id, KeyState.ACTIVE, now)
        publish(
            tx,
            SigningKeyActivated(
                actor=by.name,
                project_id=owner.id,
                project=owner.name,
                key_id=coming.id,
                key=kind.value,
                fingerprint=coming.public_key.fingerprint,
                previous=before.public_key.fingerprint if before else "",
            ),
        )
        return replace(coming, state=KeyState.ACTIVE)

    def retire(self, tx: Tx, owner: Owner) -> list[SigningKey]:
        """End the life of the keys that are retiring, once everything is signed again; which they are."""
        retiring = [key for key in self.of(tx, owner.id) if key.state is KeyState.RETIRING]
        for key in retiring:
            store.set_state(tx, key.id, KeyState.RETIRED, self._clock.now())
            publish(
                tx,
                SigningKeyRetired(
                    actor=SYSTEM.name,
                    project_id=owner.id,
                    project=owner.name,
                    key_id=key.id,
                    key=key.kind.value,
                    fingerprint=key.public_key.fingerprint,
                ),
            )
        return retiring

    def destroy(self, project_id: int) -> None:
        """Destroy the private halves of retired keys. Not to be called in a transaction. Raises Unavailable."""
        with self._database.read() as tx:
            rows = [row for row in store.keys_of(tx, project_id) if row.state == KeyState.RETIRED]
        for row in rows:
            if row.reference:
                self._destroy(row)
                self._database.write(partial(_forget_private, row.id))

    def signer(self, key: SigningKey) -> Signer:
        """Who signs with a key. Raises Unavailable."""
        return self._backend_of(key.stored).signer(key.made)

    def renew(self, owner: Owner) -> bool:
        """Give notation keys another leaf whose year draws to its end; whether any was. Not in a transaction."""
        with self._database.read() as tx:
            due = [key for key in self.of(tx, owner.id) if _is_due(key, self._clock)]
        return sum(self._renewed(owner, key) for key in due) > 0

    def due(self, tx: Tx) -> list[int]:
        """The projects whose notation certificates are to be renewed."""
        rows = store.keys_by_kind(tx, KeyKind.NOTATION, KeyState.ACTIVE)
        return sorted({row.project_id for row in rows if _is_due(_read(row), self._clock)})

    def forget_project(self, tx: Tx, project_id: int) -> None:
        """Retire the keys of a project that goes; whoever calls has the private halves destroyed by a job.

        The public halves stay known, as those of all retired keys: what they signed outlives the project in copies.
        """
        store.end_keys(tx, project_id, KeyState.RETIRED, self._clock.now())

    def _check_quiet(self, tx: Tx, project_id: int, kind: KeyKind) -> None:
        states = {key.state for key in self.of(tx, project_id) if key.kind is kind}
        if KeyState.ACTIVE not in states:
            raise Conflict(f"the project has no {kind} key yet: the first signature makes one")
        if KeyState.NEXT in states:
            raise Conflict(f"the next {kind} key is announced already: activate it")
        if KeyState.RETIRING in states:
            raise Conflict(f"the last {kind} key is retiring still: everything is being signed again")

    def _make(self, owner: Owner, kind: KeyKind, state: KeyState, by: Principal) -> SigningKey:
        fresh = self._fresh(owner, kind, state)

        def work(tx: Tx) -> int | None:
            taken = any(key.kind is kind and key.state is state for key in self.of(tx, owner.id))
            number = None if taken else store.insert_key(tx, _values(fresh))
            if number is not None:
                publish(tx, _made_event(owner, fresh, number, by))
            return number

        number = self._database.write(work)
        if number is None:
            # Another process was faster: its key is the project's.
            self._destroy(fresh)
            if state is KeyState.NEXT:
                raise Conflict(f"the next {kind} key is announced already: activate it")
            return _read(fresh)
        return _read(replace(fresh, id=number))

    def _fresh(self, owner: Owner, kind: KeyKind, state: KeyState) -> StoredKey:
        now = self._clock.now()
        made = self._backend.make(f"pratique {owner.name} {kind}")
        row = StoredKey(
            id=0,
            project_id=owner.id,
            kind=kind.value,
            state=state.value,
            backend=self._backend.name,
            reference=made.reference,
            public_key=made.public_key.pem,
            fingerprint=made.public_key.fingerprint,
            authority_reference="",
            authority_public_key="",
            chain="",
            created_at=now,
            changed_at=now,
        )
        if kind is not KeyKind.NOTATION:
            return row
        authority = self._backend.make(f"pratique {owner.name} {kind} authority")
        signer = self._backend.signer(authority)
        root = new_root(signer, owner.name, now)
        chain = Chain(new_leaf(signer, root, made.public_key, owner.name, now), root)
        return replace(
            row,
            authority_reference=authority.reference,
            authority_public_key=authority.public_key.pem,
            chain=chain.pem,
        )

    def _renewed(self, owner: Owner, key: SigningKey) -> bool:
        if key.chain is None:
            return False
        backend, before = self._backend_of(key.stored), key.stored
        authority = MadeKey(before.authority_reference, parse_public_key(before.authority_public_key))
        made = backend.make(f"pratique {owner.name} {key.kind}")
        leaf = new_leaf(
            backend.signer(authority), key.chain.root, made.public_key, owner.name, self._clock.now()
        )
        after = replace(
            before,
            reference=made.reference,
            public_key=made.public_key.pem,
            fingerprint=made.public_key.fingerprint,
            chain=Chain(leaf, key.chain.root).pem,
        )

        def work(tx: Tx) -> bool:
            is_ours = store.set_leaf(tx, before, after)
            if is_ours:
                # What the old leaf signed can't be had trusted either.
                store.insert_key(tx, _values(_ended(before, self._clock)))
                publish(
                    tx,
                    SigningCertificateRenewed(
                        actor=SYSTEM.name,
                        project_id=owner.id,
                        project=owner.name,
                        key_id=key.id,
                        fingerprint=after.fingerprint,
                        previous=before.fingerprint,
                    ),
                )
            return is_ours

        is_ours = self._database.write(work)
        backend.destroy(key.made if is_ours else made)
        return is_ours

    def _destroy(self, row: StoredKey) -> None:
        backend = self._backend_of(row)
        backend.destroy(MadeKey(row.reference, parse_public_key(row.public_key)))
        if row.authority_reference:
            backend.destroy(MadeKey(row.authority_reference, parse_public_key(row.authority_public_key)))

    def _backend_of(self, row: StoredKey) -> KeyBackend:
        found = self._backends.get(row.backend)
        if found is None:
            raise Unavailable(
                f"a signing key lies in the backend {row.backend!r}, which the settings no longer name"
            )
        return found


def _read(row: StoredKey) -> SigningKey:
    chain = Chain.parse(row.chain) if row.chain else None
    return SigningKey(row, KeyKind(row.kind), KeyState(row.state), parse_public_key(row.public_key), chain)


def _values(row: StoredKey) -> dict[str, object]:
    names = [column.name for column in store.signing_key.c if column.name != "id"]
    return {name: getattr(row, name) for name in names}


def _ended(row: StoredKey, clock: Clock) -> StoredKey:
    """What stays of a key whose private halves are gone, or go on under another row."""
    state = KeyState.RETIRED.value
    return replace(row, id=0, state=state, reference="", authority_reference="", changed_at=clock.now())


def _forget_private(key_id: int, tx: Tx) -> None:
    store.forget_private(tx, key_id)


def _is_due(key: SigningKey, clock: Clock) -> bool:
    return key.chain is not None and key.chain.is_due(clock.now())


def _made_event(owner: Owner, row: StoredKey, number: int, by: Principal) -> SigningKeyMade:
    return SigningKeyMade(
        actor=by.name,
        project_id=owner.id,
        project=owner.name,
        key_id=number,
        key=KeyKind(row.kind).value,
        fingerprint=row.fingerprint,
        state="next" if row.state == KeyState.NEXT else "active",
    )
