"""A scene in a furnished house: one project with a trusted key, a repository, and who plays in it.

Scenes of one house don't see each other, so that a house can be built once for many tests.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from tests.houses import OCI_IMAGE, OCI_INDEX, Furnished
from tests.signing import Signed, SigningKey, classic_tag, descriptor_of
from tests.sigstores import ISSUER, WORKFLOW, Sigstore

from pratique.access import Principal, Role, Tier
from pratique.admission import Opinion
from pratique.db import Tx
from pratique.errors import Quarantined
from pratique.oci.digest import Digest, digest_of
from pratique.projects import Project
from pratique.registry import Accepted, Conditions, Reader, Received, TagSides
from pratique.registry.pull import known
from pratique.registry.store import manifests, tags
from pratique.registry.values import Artifact
from pratique.trust.reach import Reach
from pratique.trust.store import TrustedIdentity
from pratique.trust.trusted_identities import NewIdentity
from pratique.trust.trusted_roots import NewRoot

T = TypeVar("T")
REACH: Final = ("purposes", "repositories", "valid_from", "valid_until")
NUMBERS: Final = itertools.count(1)
EMPTY: Final = b"{}"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
SPDX: Final = b'{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"app"}'
SPDX_TYPE: Final = "application/spdx+json"


@dataclass
class Scene:
    """A project in a house. `key` is trusted there as `release`."""

    home: Furnished
    project: Project
    repository: str
    key: SigningKey
    _guests: dict[Role, Principal] = field(default_factory=dict)

    def at(self, path: str) -> "Scene":
        """The same project's repository of that path, with the same people."""
        return replace(self, repository=f"{self.project.name}/{path}")

    # --- who ----------------------------------------------------------------------------------------------------

    def member(self, role: Role) -> Principal:
        """A user of that role, made when first asked for."""
        if role not in self._guests:
            self._guests[role] = self.home.user(
                f"{role.name.lower()}-{self.project.name}", self.project, role
            )
        return self._guests[role]

    def robot(self, *actions: str) -> Principal:
        return self.home.robot(f"r{next(NUMBERS)}", self.project.name, *actions)

    def reads(self, who: Principal, repository: str | None = None, *, carries_push: bool = False) -> Reader:
        return self.home.reader(who, repository or self.repository, carries_push=carries_push)

    @property
    def guest(self) -> Reader:
        return self.reads(self.member(Role.GUEST))

    @property
    def developer(self) -> Reader:
        """With a `pull` token."""
        return self.reads(self.member(Role.DEVELOPER))

    # --- what comes in ------------------------------------------------------------------------------------------

    def image(self, tag: str | None = "1.0", seed: str | None = None, **more: Any) -> bytes:
        return self.home.image(self.repository, tag, seed or f"seed {next(NUMBERS)}", **more)

    def sign(self, content: bytes, key: SigningKey | None = None, **how: Any) -> Digest:
        return self.home.sign(self.repository, content, key or self.key, **how)

    def put(
        self, reference: str, content: bytes, media_type: str = OCI_IMAGE, by: Principal | None = None
    ) -> Accepted:
        return self.home.put(self.repository, reference, content, media_type, by)

    def put_if(self, tag: str, content: bytes, media_type: str = OCI_IMAGE, **conditions: Any) -> Accepted:
        received = Received(self.repository, tag, content, media_type, conditions=Conditions(**conditions))
        return self.home.house.warehouse.pusher.put(received, self.home.admin)

    def attach(self, signed: Signed, reference: str | None = None, by: Principal | None = None) -> Digest:
        """Push a manifest with its blobs, by digest unless a tag is given."""
        content, blobs = signed
        for blob in blobs.values():
            self.home.blob(self.repository, blob, by)
        return self.put(reference or digest_of(content), content, by=by).digest

    def attach_classic(self, signed: Signed, subject: Digest) -> Digest:
        return self.attach(signed, classic_tag(subject))

    def index(self, children: Sequence[bytes], tag: str | None = None, **more: Any) -> bytes:
        content = index_of(children, **more)
        self.put(tag or digest_of(content), content, OCI_INDEX)
        return content

    def delete(self, digest: Digest) -> None:
        self.home.house.warehouse.deleter.manifest(self.repository, digest, self.home.admin)

    # --- whom the project trusts, beside keys ---------------------------------------------------------------------

    def change(self, do: Callable[[Tx], T]) -> T:
        """A change by an administrator, in one transaction."""
        return self.home.house.stores.database.write(do)

    def sigstore(self, instance: Sigstore, name: str, *others: Sigstore, **more: Any) -> None:
        """Import the root of a private Sigstore."""
        force = more.pop("force", False)
        wanted = NewRoot(name, instance.root(*others, **more), force=force)
        roots = self.home.house.warehouse.roots
        self.change(lambda tx: roots.put(tx, self.home.admin, wanted))

    def trust_identity(self, root: str, name: str = "ci", **more: Any) -> TrustedIdentity:
        """Trust the workflow of `tests.sigstores`, unless another is named."""
        reach = Reach(**{field: more.pop(field) for field in REACH if field in more})
        known = {"issuer": ISSUER, "trusted_root": root, "reach": reach}
        if "pattern" not in more:
            known["identity"] = WORKFLOW
        wanted = NewIdentity(name, **{**known, **more})
        parties = self.home.house.warehouse.parties
        return self.change(lambda tx: parties.add_identity(tx, self.home.admin, self.project, wanted))

    def distrust_identity(self, name: str = "ci") -> None:
        parties = self.home.house.warehouse.parties
        self.change(lambda tx: parties.remove_identity(tx, self.home.admin, self.project, name))

    def deny(
        self, kind: str, known: Mapping[str, str] | None = None, *, everywhere: bool = False, **more: str
    ) -> int:
        """Put something on the project's list, or on that of the system; the entry's number."""
        subject = {**(known or {}), **more}
        denying, project = self.home.house.warehouse.denying, None if everywhere else self.project
        return self.change(
            lambda tx: denying.deny(tx, self.home.admin, project, kind, subject, "a test asks for it")
        ).id

    def allow_again(self, denial_id: int, *, everywhere: bool = False) -> None:
        denying, project = self.home.house.warehouse.denying, None if everywhere else self.project
        self.change(lambda tx: denying.allow_again(tx, self.home.admin, project, denial_id))

    # --- what goes out ------------------------------------------------------------------------------------------

    def pull(self, reference: str | bytes, reader: Reader | None = None) -> bytes:
        """A manifest by tag, by digest, or by its bytes (by the digest of them)."""
        name = digest_of(reference) if isinstance(reference, bytes) else reference
        puller = self.home.house.warehouse.puller
        return puller.manifest(self.repository, name, reader or self.guest).content

    def is_let_out(self, reference: str | bytes, reader: Reader | None = None) -> bool:
        try:
            self.pull(reference, reader)
        except Quarantined:
            return False
        return True

    def refusal(self, reference: str | bytes, reader: Reader | None = None) -> Quarantined:
        try:
            self.pull(reference, reader)
        except Quarantined as refused:
            return refused
        raise AssertionError(f"{reference!r} was let out")

    def lets_blob_out(self, digest: Digest, reader: Reader | None = None) -> bool:
        try:
            self.home.house.warehouse.puller.blob(self.repository, digest, reader or self.guest)
        except Quarantined:
            return False
        return True

    # --- how things stand ---------------------------------------------------------------------------------------

    def artifact(self, reference: str | bytes) -> Artifact:
        digest = digest_of(reference) if isinstance(reference, bytes) else reference
        with self.home.house.stores.database.read() as tx:
            found = manifests.by_digest(tx, known(tx, self.repository).id, digest)
        assert found is not None, digest
        return found

    def opinion(self, reference: str | bytes) -> Opinion:
        artifact = self.artifact(reference)
        with self.home.house.stores.database.read() as tx:
            return self.home.house.warehouse.desk.opinion(tx, known(tx, self.repository), artifact)

    def state(self, reference: str | bytes) -> str:
        return self.opinion(reference).state.value

    def codes(self, reference: str | bytes) -> list[str]:
        return [reason.code for reason in self.opinion(reference).reasons]

    def sides(self, tag: str) -> TagSides | None:
        with self.home.house.stores.database.read() as tx:
            return tags.by_name(tx, known(tx, self.repository).id, tag)


def new_scene(
    home: Furnished, admission: str = "signed", *, public: bool = False, path: str = "app"
) -> Scene:
    """A new project of that admission."""
    project = home.project(f"p{next(NUMBERS)}", admission, public=public)
    key = home.keys.setdefault("release", SigningKey())
    home.trust(project)
    return Scene(home, project, f"{project.name}/{path}", key)


def index_of(children: Sequence[bytes], **more: Any) -> bytes:
    """An index of manifests in hand. `media_types`: of each child; `annotations`: of each descriptor."""
    types = more.pop("media_types", [OCI_IMAGE] * len(children))
    notes = more.pop("child_annotations", [None] * len(children))
    described = []
    for child, media_type, note in zip(children, types, notes, strict=True):
        descriptor = descriptor_of(child, media_type)
        described.append({**descriptor, "annotations": note} if note else descriptor)
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": described, **more}
    return json.dumps(document).encode()


def attachment(
    subject: bytes | None,
    layers: Sequence[tuple[bytes, str]],
    config: tuple[bytes, str] = (EMPTY, EMPTY_TYPE),
    subject_type: str = OCI_IMAGE,
    **more: Any,
) -> Signed:
    """A manifest with any layers that refers to `subject` (None: to nothing), and its blobs."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": descriptor_of(*config),
        "layers": [descriptor_of(*layer) for layer in layers],
        **more,
    }
    if subject is not None:
        document["subject"] = descriptor_of(subject, subject_type)
    blobs = {digest_of(content): content for content, _ in (config, *layers)}
    return json.dumps(document).encode(), blobs


def sbom(subject: bytes | None, content: bytes = SPDX, **more: Any) -> Signed:
    """An SPDX document attached to `subject`."""
    return attachment(subject, [(content, SPDX_TYPE)], **more)


def deep(who: Reader, tier: Tier) -> Reader:
    """The same principal as a reader of another tier."""
    return Reader(who.principal, tier, who.may_push, who.holds_inspect)
