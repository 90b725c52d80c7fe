"""cosign and notation: signing and verifying what a registry holds, with keys, and no services."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from tests.clients.runners.base import Client, Ran


@dataclass(frozen=True)
class KeyPair:
    """The files of a key pair made by `cosign generate-key-pair`, with an empty password."""

    private: Path
    public: Path

    @property
    def pem(self) -> str:
        """The public key, as a project trusts it."""
        return self.public.read_text()


class Cosign(Client):
    """cosign 3 with keys: the Sigstore bundle (its default) or the classic `.sig` tag."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        return self.run("login", registry, "--username", user, "--password-stdin", stdin=password)

    def make_keys(self, name: str) -> KeyPair:
        """Make a key pair in the home."""
        prefix = self.home.root / name
        self.run("generate-key-pair", "--output-key-prefix", str(prefix)).succeeded()
        return KeyPair(prefix.with_suffix(".key"), prefix.with_suffix(".pub"))

    def sign(self, reference: str, key: Path, *, classic: bool = False, deep: bool = False) -> Ran:
        """Sign what a reference names (by digest, to be sure of it); `deep`: and each child of an index for itself."""
        services = ["--use-signing-config=false", "--tlog-upload=false"]
        chosen = [*services, *format_of(classic=classic), *self._tls(), "--key", str(key), "--yes"]
        return self.run("sign", *chosen, *(["--recursive"] if deep else []), reference)

    def verify(self, reference: str, key: Path, *, classic: bool = False) -> Ran:
        """Verify with a public key. Without any bundle cosign 3 looks for classic signatures too."""
        chosen = ["--insecure-ignore-tlog=true", *format_of(classic=classic), *self._tls(), "--key", str(key)]
        return self.run("verify", *chosen, reference)

    def verify_attestation(self, reference: str, key: Path, kind: str) -> Ran:
        """Verify an attestation of that kind with a public key."""
        chosen = ["--insecure-ignore-tlog=true", *self._tls(), "--key", str(key), "--type", kind]
        return self.run("verify-attestation", *chosen, reference)

    def attest(self, reference: str, key: Path, predicate: Path, kind: str, *, classic: bool = False) -> Ran:
        """Attach a signed statement of a predicate of that kind."""
        services = ["--use-signing-config=false", "--tlog-upload=false"]
        chosen = [*services, *format_of(classic=classic), *self._tls(), "--key", str(key), "--yes"]
        return self.run("attest", *chosen, "--predicate", str(predicate), "--type", kind, reference)

    def copy(self, origin: str, target: str, *, force: bool = False) -> Ran:
        """Copy an image with its classic signatures (bundles stay behind: cosign's own limit).

        `force`: over what is there.
        """
        return self.run("copy", f"--force={'true' if force else 'false'}", *self._tls(), origin, target)

    def tree(self, reference: str) -> Ran:
        """What cosign finds attached to a reference."""
        return self.run("tree", *self._tls(), reference)

    def _tls(self) -> list[str]:
        return ["--allow-http-registry=true"] if self.home.is_plain else []


class Notation(Client):
    """notation (Notary Project) with a self-signed certificate of its home."""

    def use_login(self, registry: str, user: str, password: str) -> None:
        """Let it find a login in docker's file, as docker, crane or oras would have left it there.

        `notation login` itself saves nothing without the credential store of a desktop.
        """
        known = base64.b64encode(f"{user}:{password}".encode()).decode()
        config = self.home.place(".docker") / "config.json"
        config.write_text(json.dumps({"auths": {registry: {"auth": known}}}))

    def make_key(self, name: str) -> Ran:
        """Make a key and a certificate in the home, and sign with them from now on."""
        return self.run("cert", "generate-test", "--default", name)

    def use_key(self, name: str, key: str, chain: str) -> None:
        """Sign from now on with a key and the certificates above it, as somebody's authority has issued them."""
        place = self.home.place(".config", "notation", "localkeys")
        files = {"keyPath": place / f"{name}.key", "certPath": place / f"{name}.crt"}
        files["keyPath"].touch(0o600)
        files["keyPath"].write_text(key)
        files["certPath"].write_text(chain)
        known = {"name": name, **{kind: str(file) for kind, file in files.items()}}
        config = self.home.place(".config", "notation") / "signingkeys.json"
        config.write_text(json.dumps({"default": name, "keys": [known]}))

    def certificate(self, name: str) -> str:
        """The certificate that `make_key` made under a name."""
        return (self.home.place(".config", "notation", "localkeys") / f"{name}.crt").read_text()

    def sign(self, reference: str, *, cose: bool = False, referrers_tag: bool = True) -> Ran:
        """Sign what a reference names; with `referrers_tag` (its default) also by tag `sha256-<hex>`."""
        tag = f"--force-referrers-tag={'true' if referrers_tag else 'false'}"
        return self.run("sign", *_envelope(cose=cose), tag, *self._tls(), reference)

    def sign_stamped(self, reference: str, server: str, root: Path, *, cose: bool = False) -> Ran:
        """Sign, and have the signature stamped by a server whose certificates end in that root."""
        stamps = ["--timestamp-url", server, "--timestamp-root-cert", str(root)]
        return self.run("sign", *_envelope(cose=cose), *stamps, *self._tls(), reference)

    def believe(self, name: str) -> Ran:
        """Believe, from now on and of every repository, the certificate that `make_key` made under that name."""
        policy = {
            "version": "1.0",
            "trustPolicies": [
                {
                    "name": "all",
                    "registryScopes": ["*"],
                    "signatureVerification": {"level": "strict"},
                    "trustStores": [f"ca:{name}"],
                    "trustedIdentities": ["*"],
                }
            ],
        }
        file = self.home.root / "trustpolicy.json"
        file.write_text(json.dumps(policy))
        return self.run("policy", "import", "--force", str(file))

    def verify(self, reference: str) -> Ran:
        """Verify a signature of what a reference names, by what is believed."""
        return self.run("verify", *self._tls(), reference)

    def trusts(self, store: str, certificates: str, policy: str, *, stamps: str = "") -> None:
        """Verify from now on by a trust policy, with a trust store `ca:<store>` of these certificates.

        With `stamps`, certificates of timestamp authorities, there is a `tsa:<store>` too.
        """
        config = self.home.place(".config", "notation")
        for kind, held in {"ca": certificates, "tsa": stamps}.items():
            if held:
                place = self.home.place(".config", "notation", "truststore", "x509", kind, store)
                (place / "notation.pem").write_text(held)
        (config / "trustpolicy.json").write_text(policy)

    def signatures(self, reference: str) -> Ran:
        """The signatures of a reference."""
        return self.run("list", *self._tls(), reference)

    def _tls(self) -> list[str]:
        return ["--insecure-registry"] if self.home.is_plain else []


def _envelope(*, cose: bool) -> list[str]:
    return ["--signature-format", "cose" if cose else "jws"]


def format_of(*, classic: bool) -> list[str]:
    """Cosign's word for it."""
    return [f"--new-bundle-format={'false' if classic else 'true'}"]
