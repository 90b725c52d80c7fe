"""cosign without keys: signing by who somebody is, with the services of a Sigstore."""

from dataclasses import dataclass
from pathlib import Path

from tests.clients.runners.base import Home, Ran
from tests.clients.runners.signing import Cosign, format_of
from tests.toolbox import Tool


@dataclass(frozen=True)
class Services:
    """The files that say where the services of a Sigstore are, and the addresses that the classic format takes."""

    trusted_root: Path
    signing_config: Path
    fulcio: str
    log: str


class KeylessCosign(Cosign):
    """cosign 3 with the services of a Sigstore; whoever signs comes with a token."""

    def __init__(self, tool: Tool, home: Home) -> None:
        super().__init__(tool, home)
        self._services: Services | None = None

    def use_services(self, services: Services) -> None:
        """Sign and verify with these from now on."""
        self._services = services

    def sign_as(self, reference: str, token: str, *, classic: bool = False) -> Ran:
        """Sign what a reference names."""
        return self.run("sign", *self._signing(token, classic=classic), reference)

    def attest_as(
        self, reference: str, token: str, predicate: Path, kind: str, *, classic: bool = False
    ) -> Ran:
        """Attach a signed statement of a predicate of that kind."""
        chosen = ["--predicate", str(predicate), "--type", kind]
        return self.run("attest", *self._signing(token, classic=classic), *chosen, reference)

    def verify_as(self, reference: str, issuer: str, identity: str, *, classic: bool = False) -> Ran:
        """Verify that a certain somebody signed."""
        who = [
            *format_of(classic=classic),
            "--certificate-oidc-issuer",
            issuer,
            "--certificate-identity",
            identity,
        ]
        return self.run("verify", *self._root(), *format_of(classic=classic), *who, reference)

    def _signing(self, token: str, *, classic: bool) -> list[str]:
        services = self._known()
        where = ["--signing-config", str(services.signing_config)]
        if classic:
            addresses = ["--fulcio-url", services.fulcio, "--rekor-url", services.log]
            where = ["--use-signing-config=false", *addresses]
        return [
            *(*self._root(), *where, *format_of(classic=classic)),
            *("--yes", "--identity-token", self._kept(token)),
        ]

    def _root(self) -> list[str]:
        return ["--trusted-root", str(self._known().trusted_root), *self._tls()]

    def _known(self) -> Services:
        assert self._services is not None
        return self._services

    def _kept(self, token: str) -> str:
        """The file of the token: what is on a command line is seen by everybody."""
        place = self.home.root / "token"
        place.touch(0o600)
        place.write_text(token)
        return str(place)
