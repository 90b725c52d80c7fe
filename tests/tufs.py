"""A TUF repository of our own, made with the reference implementation's metadata, whose roles may do wrong."""

from datetime import UTC, datetime
from typing import Any

from securesystemslib.signer._crypto_signer import CryptoSigner
from tuf.api._payload import MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.metadata import Metadata

FAR = datetime(2099, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = ("root", "timestamp", "snapshot", "targets")


def stranger() -> CryptoSigner:
    """A key that no role has."""
    return CryptoSigner.generate_ed25519()


class TufPublisher:
    """Writes metadata and targets into `files`, as a repository with consistent snapshots serves them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.keys = {role: CryptoSigner.generate_ed25519() for role in ROLES}
        self.root = Root(version=1, expires=FAR, consistent_snapshot=True)
        for role in ROLES:
            self.root.add_key(self.keys[role].public_key, role)
        self.first_root = self._signed(self.root, self.keys["root"])
        self.versions = dict.fromkeys(ROLES, 0)

    def publish(
        self, targets: dict[str, bytes], *, expires: datetime = FAR, signer: CryptoSigner | None = None
    ) -> None:
        """A next version of everything below the root. `signer`: somebody else signs the timestamp."""
        for role in ROLES[1:]:
            self.versions[role] += 1
        listed = Targets(version=self.versions["targets"], expires=FAR)
        for name, content in targets.items():
            found = TargetFile.from_data(name, content, ["sha256"])
            listed.targets[name] = found
            self.files[f"/targets/{found.hashes['sha256']}.{name}"] = content
        self._put("targets", listed)
        snapshot = Snapshot(version=self.versions["snapshot"], expires=FAR)
        snapshot.meta["targets.json"] = MetaFile(self.versions["targets"])
        self._put("snapshot", snapshot)
        timestamp = Timestamp(version=self.versions["timestamp"], expires=expires)
        timestamp.snapshot_meta = MetaFile(self.versions["snapshot"])
        self.files["/timestamp.json"] = self._signed(timestamp, signer or self.keys["timestamp"])

    def rotate(self, role: str, *, signers: tuple[CryptoSigner, ...] = (), expires: datetime = FAR) -> None:
        """A next root in which a role has another key, signed by the old root key and the new one."""
        before = self.keys["root"]
        self.root.revoke_key(self.keys[role].public_key.keyid, role)
        self.keys[role] = CryptoSigner.generate_ed25519()
        self.root.add_key(self.keys[role].public_key, role)
        self.root.version += 1
        self.root.expires = expires
        by = signers or ((before, self.keys["root"]) if role == "root" else (before,))
        self.files[f"/{self.root.version}.root.json"] = self._signed(self.root, *by)

    def _put(self, role: str, signed: Any) -> None:
        self.files[f"/{signed.version}.{role}.json"] = self._signed(signed, self.keys[role])

    @staticmethod
    def _signed(signed: Any, *signers: CryptoSigner) -> bytes:
        made: Metadata[Any] = Metadata(signed)
        for signer in signers:
            made.sign(signer, append=True)
        return made.to_bytes()
