"""The cases of sigstore-conformance, and asking verification about them: public data, read in place."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from tests.keyless import BUNDLE

from pratique.clock import parse_rfc3339
from pratique.oci.digest import digest_of
from pratique.trust import (
    EvidenceRecord,
    IdentityParty,
    Item,
    KeyParty,
    Subject,
    TrustSet,
    parse_public_key,
    verify,
)
from pratique.trust.embedded import public_good
from pratique.trust.logs import read_trusted_root
from pratique.trust.roots import TrustedRoot

CASES: Final = Path(__file__).parents[5] / "shared/testdata/sigstore-conformance"
NOW: Final = parse_rfc3339("2026-11-21T12:00:00Z")
ISSUER: Final = "https://token.actions.githubusercontent.com"
IDENTITY: Final = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)

needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not here")


@dataclass(frozen=True)
class Case:
    """One folder; `name` is the folder's."""

    name: str

    @property
    def folder(self) -> Path:
        return CASES / self.name

    @property
    def bundle(self) -> bytes:
        return (self.folder / "bundle.sigstore.json").read_bytes()

    @property
    def artifact(self) -> bytes:
        own = self.folder / "artifact"
        return (own if own.exists() else CASES / "a.txt").read_bytes()

    @property
    def own_root(self) -> Path | None:
        """The file of the case's own root; None where it is the public-good one."""
        file = self.folder / "trusted_root.json"
        return file if file.exists() else None

    @property
    def issuer(self) -> str:
        return self._text("issuer", ISSUER)

    @property
    def identity(self) -> str:
        return self._text("identity", IDENTITY)

    def root(self) -> TrustedRoot:
        return _read_root(self.own_root)

    def trust(self) -> TrustSet:
        """Whom the case trusts: its key, or its identity, by its root."""
        root = self.root()
        key = self.folder / "key.pub"
        if key.exists():
            return TrustSet("1", keys=(self.key(root.name),), roots={root.name: root})
        if "managed-key" in self.name:
            return TrustSet("1", roots={root.name: root})
        party = IdentityParty("identity:1", self.issuer, self.identity, None, "uri", trusted_root=root.name)
        return TrustSet("1", identities=(party,), roots={root.name: root})

    def key(self, root: str) -> KeyParty:
        key = parse_public_key((self.folder / "key.pub").read_bytes())
        return KeyParty("key:1", key, tlog=1, trusted_root=root)

    def ask(
        self, bundle: bytes | None = None, artifact: bytes | None = None, *, by_digest: bool = False
    ) -> EvidenceRecord:
        """What the bundle amounts to for the artifact, or only its digest; or others in their place."""
        content = self.bundle if bundle is None else bundle
        subject = self.artifact if artifact is None else artifact
        item = Item(BUNDLE, content, digest_of(content))
        known = Subject(digest_of(subject), content=None if by_digest else subject)
        record = verify(item, known, self.trust(), NOW)
        assert record is not None
        return record

    def _text(self, name: str, otherwise: str) -> str:
        file = self.folder / name
        return file.read_text().strip() if file.exists() else otherwise


@cache
def _read_root(file: Path | None) -> TrustedRoot:
    """Read once: mutants are asked about by the hundred."""
    return public_good() if file is None else read_trusted_root(file.read_bytes(), "given")


def names(*, rejected: bool) -> list[str]:
    """Of the cases that must verify, or must not."""
    found = sorted(folder.name for folder in CASES.glob("*/")) if CASES.is_dir() else []
    return [name for name in found if name.endswith("_fail") == rejected]
