"""The services of Sigstore themselves, on loopback: Fulcio certifies, Rekor keeps a log, a timestamp server stamps."""

import json
import socket
from pathlib import Path
from typing import Any, ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.authorities import Holder, PrivateKey
from tests.clients.runners.daemon import Daemon
from tests.clients.server import free_port
from tests.clients.sigstore.certificate_log import CertificateLog
from tests.clients.sigstore.issuer import AUDIENCE, Issuer
from tests.toolbox import Tool

FORGE: Final = "https://git.example"
"""Where the repositories are that builds are of."""
_FACTS: Final = {
    "BuildSignerURI": "{{ .url }}/{{ .job_workflow_ref }}",
    "BuildConfigURI": "{{ .url }}/{{ .job_workflow_ref }}",
    "BuildTrigger": "event_name",
    "SourceRepositoryURI": "{{ .url }}/{{ .repository }}",
    "SourceRepositoryRef": "ref",
    "SourceRepositoryDigest": "sha",
    "RunnerEnvironment": "runner_environment",
}
"""What of a build's claims gets into its certificate, and as what."""


class _Service(Daemon):
    """A daemon that needs no root, and answers on a port of its own."""

    entering: ClassVar[tuple[str, ...]] = ()

    def __init__(self, tool: Tool) -> None:
        super().__init__(tool)
        self.port = free_port()

    def is_ready(self) -> bool:
        """Whether its port is open, which each of them opens last."""
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def url(self) -> str:
        """Where it is, as a trusted root names it."""
        return f"http://127.0.0.1:{self.port}"

    def keep(self, name: str, private: PrivateKey) -> str:
        """A file of its folder with a private key."""
        place = self.folder / name
        place.touch(0o600)
        place.write_text(private_pem(private))
        return str(place)

    def chain(self, holder: Holder) -> Path:
        """A file of its folder with a certificate and those above it."""
        place = self.folder / "chain.pem"
        place.write_text(pem_of(holder.chain))
        return place


class Fulcio(_Service):
    """Certifies whom the issuer vouches for, once the log has promised the certificate."""

    def __init__(self, tool: Tool, authority: Holder, issuer: Issuer, log: CertificateLog) -> None:
        super().__init__(tool)
        self._authority = authority
        self._issuer = issuer
        self._log = log

    def arguments(self) -> list[str]:
        """Each of its protocols has a port: the one port for both ends in a panic in this version."""
        config = self.folder / "config.json"
        config.write_text(json.dumps(self._config()))
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        internal = ["--grpc-host", "127.0.0.1", "--grpc-port", str(free_port())]
        older = ["--legacy-unix-domain-socket", str(self.folder / "socket")]
        key = self.keep("key.pem", self._authority.private)
        chain = str(self.chain(self._authority))
        authority = ["--ca", "fileca", "--fileca-cert", chain, "--fileca-key", key, "--fileca-watch=false"]
        return [
            "serve",
            *where,
            *internal,
            *older,
            *("--metrics-port", str(free_port())),
            *(*authority, "--fileca-key-passwd", "none"),
            *("--ct-log-url", self._log.url, "--config-path", str(config)),
        ]

    def _config(self) -> dict[str, Any]:
        people, builds = self._issuer.of("people"), self._issuer.of("builds")
        workflow = {
            "DefaultTemplateValues": {"url": FORGE},
            "ExtensionTemplates": _FACTS,
            "SubjectAlternativeNameTemplate": _FACTS["BuildSignerURI"],
        }
        return {
            "OIDCIssuers": {
                people: {"IssuerURL": people, "ClientID": AUDIENCE, "Type": "email"},
                builds: {
                    "IssuerURL": builds,
                    "ClientID": AUDIENCE,
                    "Type": "ci-provider",
                    "CIProvider": "builds",
                },
            },
            "CIIssuerMetadata": {"builds": workflow},
        }


class Rekor(_Service):
    """A log of the second version, in files; its key is Ed25519.

    `name` is in its checkpoints, and its identifier is made of it and the key. cosign takes for it the host of the
    address that a trusted root names, without the port: so the root has an address that it does not answer on.
    """

    name = "rekor.example"

    def __init__(self, tool: Tool) -> None:
        super().__init__(tool)
        self._private = ed25519.Ed25519PrivateKey.generate()

    @property
    def pem(self) -> str:
        """Its public key."""
        public = self._private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def arguments(self) -> list[str]:
        """With a checkpoint twice a second, which each new entry waits for."""
        return [
            "serve",
            *("--storage-dir", str(self.folder / "log-entries"), "--hostname", self.name),
            *("--signer-filepath", self.keep("key.pem", self._private)),
            *("--http-port", str(self.port), "--grpc-port", str(free_port())),
            *("--http-metrics-port", str(free_port())),
            *("--checkpoint-interval", "500ms", "--batch-max-age", "50ms"),
        ]


class TimestampServer(_Service):
    """Stamps whatever it is sent (RFC 3161)."""

    def __init__(self, tool: Tool, stamper: Holder) -> None:
        super().__init__(tool)
        self._stamper = stamper

    @property
    def endpoint(self) -> str:
        """The address that stamps."""
        return f"{self.url}/api/v1/timestamp"

    def arguments(self) -> list[str]:
        """With the clock of this machine: other clocks are outside."""
        key = self.keep("key.pem", self._stamper.private)
        return [
            "serve",
            *("--host", "127.0.0.1", "--port", str(self.port), "--scheme", "http"),
            *("--timestamp-signer", "file", "--file-signer-key-path", key),
            *("--certificate-chain-path", str(self.chain(self._stamper)), "--disable-ntp-monitoring"),
        ]


def pem_of(certificates: tuple[x509.Certificate, ...]) -> str:
    """Certificates as text, one after the other."""
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def private_pem(private: PrivateKey) -> str:
    """A private key as text (PKCS #8)."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
