"""Cases of sigstore-conformance as questions that any verifier can be asked, and what `pratique verify` says."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from click.testing import CliRunner
from tests.clients.runners import Answer, Question
from tests.published import CONFORMANCE

from pratique.cli import main as pratique

ISSUER: Final = "https://token.actions.githubusercontent.com"
IDENTITY: Final = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)


@dataclass(frozen=True)
class Case:
    """One folder, as a question to either."""

    folder: Path
    root: Path

    def file(self, name: str, otherwise: Path) -> Path:
        own = self.folder / name
        return own if own.exists() else otherwise

    def text(self, name: str, otherwise: str) -> str:
        own = self.folder / name
        return own.read_text().strip() if own.exists() else otherwise

    def question(self) -> Question:
        asked = Question(
            bundle=str(self.folder / "bundle.sigstore.json"),
            root=str(self.file("trusted_root.json", self.root)),
            artifact=str(self.file("artifact", CONFORMANCE / "a.txt")),
            logs=1,
            times=1,
        )
        key = self.folder / "key.pub"
        if key.exists():
            return replace(asked, key=str(key))
        identity, issuer = self.text("identity", IDENTITY), self.text("issuer", ISSUER)
        return replace(asked, identity=identity, issuer=issuer, promises=1)


def ours(asked: Question) -> Answer:
    """What `pratique verify` says, and the first reason why not."""
    signed = ["--key", asked.key]
    if not asked.key:
        signed = ["--certificate-identity", asked.identity, "--certificate-oidc-issuer", asked.issuer]
    given = ["verify", asked.bundle, asked.artifact or asked.digest, "--trusted-root", asked.root, *signed]
    ended = CliRunner().invoke(pratique, [*given, "--format", "json"])
    if ended.exit_code == 2:
        return Answer(verified=False, reason=ended.output)
    said = json.loads(ended.stdout)
    failed = [check["reason"] for each in said["evidence"] for check in each["checks"] if not check["ok"]]
    assert said["verified"] == (ended.exit_code == 0)
    return Answer(said["verified"], next(iter(failed), ""))
