"""cosign without keys: signing by who somebody is, with the services of a Sigstore."""

from pathlib import Path

from tests.clients.runners.base import Home, Ran
from tests.clients.runners.signing import Cosign
from tests.toolbox import Tool


class KeylessCosign(Cosign):
    """cosign 3 with a trusted root and a signing configuration; whoever signs comes with a token."""

    def __init__(self, tool: Tool, home: Home) -> None:
        super().__init__(tool, home)
        self._signing: list[str] = []
        self._verifying: list[str] = []

    def use_services(self, trusted_root: Path, signing_config: Path) -> None:
        """Sign and verify with these from now on."""
        self._verifying = ["--trusted-root", str(trusted_root), *self._tls()]
        self._signing = [*self._verifying, "--signing-config", str(signing_config), "--yes"]

    def sign_as(self, reference: str, token: str, *, deep: bool = False) -> Ran:
        """Sign what a reference names; `deep`: and each child of an index for itself."""
        chosen = [*self._signing, *(["--recursive"] if deep else [])]
        return self.run("sign", *chosen, "--identity-token", self._kept(token), reference)

    def attest_as(self, reference: str, token: str, predicate: Path, kind: str) -> Ran:
        """Attach a signed statement of a predicate of that kind."""
        chosen = [*self._signing, "--predicate", str(predicate), "--type", kind]
        return self.run("attest", *chosen, "--identity-token", self._kept(token), reference)

    def verify_as(self, reference: str, issuer: str, identity: str) -> Ran:
        """Verify that a certain somebody signed."""
        who = ["--certificate-oidc-issuer", issuer, "--certificate-identity", identity]
        return self.run("verify", *self._verifying, *who, reference)

    def _kept(self, token: str) -> str:
        """The file of the token: what is on a command line is seen by everybody."""
        place = self.home.root / "token"
        place.touch(0o600)
        place.write_text(token)
        return str(place)
