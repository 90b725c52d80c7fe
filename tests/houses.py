"""A whole house in process, and small verbs to furnish it: people, projects, images, signatures."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clocks import ManualClock
from tests.signing import Descriptor, SigningKey, classic_tag, descriptor_of, sign_bundle, sign_classic

from pratique.access import SYSTEM, Kind, Principal, Role, Tier
from pratique.admission import NewKey
from pratique.admission.examination import EXAMINE
from pratique.bootstrap.examining import build_examining
from pratique.bootstrap.house import House, build
from pratique.identity import Profile
from pratique.identity.first_admin import ensure_admin
from pratique.identity.robot_grants import Level, grant
from pratique.identity.robots import RobotRequest
from pratique.jobs import Worker
from pratique.oci.digest import Digest, digest_of
from pratique.projects import Project
from pratique.registry import Accepted, Reader, Received
from pratique.settings import load
from pratique.trust.reach import Reach

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PASSWORD = "Correct-horse-1"


@dataclass
class Furnished:
    """A built house with a clock that stands, and its administrator."""

    house: House
    clock: ManualClock
    keys: dict[str, SigningKey] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.house.stores.database.create_schema()
        identity = self.house.identity
        ensure_admin(self.house.stores.database, identity.users, identity.passwords, PASSWORD)
        self.admin = self.principal("user:1")
        # One hash for everybody: hashing takes 64 MiB and a tenth of a second each time.
        self._sealed = identity.passwords.seal(PASSWORD)

    # --- people and projects ----------------------------------------------------------------------------------

    def principal(self, key: str) -> Principal:
        found = self.house.identity.accounts.principal(key)
        assert found is not None, key
        return found

    def project(self, name: str, admission: str = "open", *, public: bool = False) -> Project:
        metadata = {"admission": admission, "public": "true" if public else "false"}

        def work(tx: Any) -> Project:
            people = self.house.departments.members._people
            owner = people.by_id(tx, 1)
            assert owner is not None
            return self.house.departments.projects.create(tx, self.admin, name, metadata, owner=owner)

        return self.house.stores.database.write(work)

    def turn(self, project: Project, admission: str) -> None:
        projects = self.house.departments.projects
        self.house.stores.database.write(
            lambda tx: projects.update(tx, self.admin, projects.get(tx, project.id), {"admission": admission})
        )

    def user(self, name: str, project: Project | None = None, role: Role | None = None) -> Principal:
        def work(tx: Any) -> str:
            user = self.house.identity.users.create(
                tx, name, self._sealed, Profile(f"{name}@example.test", name, ""), by=SYSTEM
            )
            return user.key

        created = self.principal(self.house.stores.database.write(work))
        if project is not None and role is not None:
            self.admit(created, project, role)
        return self.principal(created.key)

    def admit(self, user: Principal, project: Project, role: Role) -> None:
        """Make a user a member of a project."""
        members = self.house.departments.members

        def work(tx: Any) -> None:
            person = members._people.by_id(tx, user.id)
            assert person is not None
            members.admit(tx, self.admin, project, person, role)

        self.house.stores.database.write(work)

    def robot(self, name: str, project: str, *actions: str) -> Principal:
        """A system robot with actions on the repositories of one project."""
        access = [("repository", action) for action in actions]
        asked = RobotRequest(name, Level.SYSTEM, (grant("project", project, access),))
        robot, secret = self.house.stores.database.write(
            lambda tx: self.house.identity.robots.create(tx, asked, by=self.admin)
        )
        self.secrets[robot.key] = (robot.name, secret)
        return self.principal(robot.key)

    def credentials(self, principal: Principal) -> tuple[str, str] | None:
        """Name and password; None: of nobody."""
        if principal.kind is Kind.ANONYMOUS:
            return None
        return self.secrets.get(principal.key, (principal.name, PASSWORD))

    def reader(self, principal: Principal, repository: str, *, carries_push: bool = False) -> Reader:
        rights = self.house.departments.rights
        with self.house.stores.database.read() as tx:
            granted = rights.rights_of(tx, principal, repository)
        if granted is None:
            return Reader(principal, Tier.NONE)
        return Reader(principal, granted.tier, carries_push and "push" in granted.actions, granted.inspect)

    # --- trust ------------------------------------------------------------------------------------------------

    def trust(self, project: Project, name: str = "release", **limits: Any) -> SigningKey:
        key = self.keys.setdefault(name, SigningKey())
        self.house.stores.database.write(
            lambda tx: self.house.warehouse.desk.add_key(
                tx, self.admin, project, NewKey(name, key.pem, Reach(**limits))
            )
        )
        return key

    def distrust(self, project: Project, name: str = "release") -> None:
        self.house.stores.database.write(
            lambda tx: self.house.warehouse.desk.remove_key(tx, self.admin, project, name)
        )

    # --- pushing ----------------------------------------------------------------------------------------------

    def blob(self, repository: str, content: bytes, by: Principal | None = None) -> Digest:
        by = by or self.admin
        uploads = self.house.warehouse.uploads
        state = uploads.begin(repository, by)
        with uploads.append(repository, state.id, by, 0) as writer:
            writer.write(content)
        digest = digest_of(content)
        uploads.commit(repository, state.id, by, digest)
        return digest

    def put(
        self,
        repository: str,
        reference: str,
        content: bytes,
        media_type: str = OCI_IMAGE,
        by: Principal | None = None,
    ) -> Accepted:
        received = Received(repository, reference, content, media_type)
        return self.house.warehouse.pusher.put(received, by or self.admin)

    def image(
        self,
        repository: str,
        tag: str | None = "1.0",
        seed: str = "one",
        by: Principal | None = None,
        **extra: Any,
    ) -> bytes:
        """Push a one-layer image; its manifest bytes. `extra` goes into the manifest."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "seed": seed}).encode()
        layer = f"layer of {seed}".encode()
        for content in (config, layer):
            self.blob(repository, content, by)
        content = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_IMAGE,
                "config": descriptor_of(config, OCI_CONFIG),
                "layers": [descriptor_of(layer, OCI_LAYER)],
                **extra,
            }
        ).encode()
        self.put(repository, tag or digest_of(content), content, by=by)
        return content

    def index(
        self, repository: str, tag: str | None, children: list[bytes], by: Principal | None = None
    ) -> bytes:
        content = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_INDEX,
                "manifests": [descriptor_of(child, OCI_IMAGE) for child in children],
            }
        ).encode()
        self.put(repository, tag or digest_of(content), content, OCI_INDEX, by)
        return content

    def sign(
        self,
        repository: str,
        content: bytes,
        key: SigningKey,
        *,
        classic: bool = False,
        media_type: str = OCI_IMAGE,
        by: Principal | None = None,
    ) -> Digest:
        """Sign manifest bytes as cosign would; the digest of the evidence manifest."""
        subject: Descriptor = descriptor_of(content, media_type)
        signed = sign_classic(key, subject=digest_of(content)) if classic else sign_bundle(key, subject)
        manifest, named = signed
        for blob in named.values():
            self.blob(repository, blob, by)
        reference = classic_tag(digest_of(content)) if classic else digest_of(manifest)
        return self.put(repository, reference, manifest, by=by).digest

    # --- later work -------------------------------------------------------------------------------------------

    def work(self) -> int:
        """Run every job that is due, examinations too."""
        handlers = {**self.house.warehouse.rejudging.handlers(), EXAMINE: build_examining(self.house)}
        return Worker(self.house.stores.database, handlers, self.clock).run_pending()


def furnish(
    url: str, directory: Path, clock: ManualClock | None = None, **sections: dict[str, Any]
) -> Furnished:
    """Build a house on a database and a directory. `sections`: further settings, as in `limits={"page": 3}`."""
    clock = clock or ManualClock()
    settings = load(
        None,
        {},
        {
            "database": {"url": url},
            "storage": {"directory": str(directory), "keep_free": 0},
            "server": {"external_url": "https://registry.example.test"},
            **sections,
        },
    )
    return Furnished(build(settings, clock), clock)
