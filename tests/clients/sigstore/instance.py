"""A whole Sigstore on loopback while a block runs, and the two files that cosign is given of it."""

import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.authorities import CODE_SIGNING, TIME_STAMPING, Authority, PrivateKey, leaf_extensions
from tests.clients.runners import Cosign, Home, Services
from tests.clients.sigstore.certificate_log import CertificateLog
from tests.clients.sigstore.issuer import Issuer
from tests.clients.sigstore.older_log import OlderLog
from tests.clients.sigstore.services import FORGE, Fulcio, Rekor, TimestampServer, pem_of
from tests.toolbox import Tool

from pratique.clock import DAY, HOUR, Moment, rfc3339

WORKFLOW: Final = "team/app/.github/workflows/release.yml@refs/heads/main"
REPOSITORY: Final = f"{FORGE}/team/app"


class Needs(Protocol):
    """Where its programs come from."""

    def need(self, name: str) -> Tool:
        """The tool, or the end of the test."""
        ...


class Sigstore:
    """Fulcio, a certificate log, Rekor, a timestamp server and an issuer of identities, made for this one run.

    `trusted_root` is what verifies by them. `services` are these; `older_services` the same with a log of the first
    version, and without stamps. The files are cosign's own.
    """

    def __init__(self, tools: Needs, folder: Path) -> None:
        now = time.time_ns() // 1_000
        self._start, end = Moment(now - HOUR), Moment(now + 2 * DAY)
        self._folder = folder
        self._cosign = Cosign(tools.need("cosign"), Home(folder / "home"))
        authority = Authority.new("sigstore", start=self._start, end=end)
        self._certifier = authority.issue_authority(
            "fulcio", path_length=0, eku=CODE_SIGNING, start=self._start, end=end
        )
        self._stamping = authority.issue(
            "tsa", extensions=leaf_extensions(TIME_STAMPING, critical=True), start=self._start, end=end
        )
        self.issuer = Issuer()
        self.certificate_log = CertificateLog()
        self.fulcio = Fulcio(tools.need("fulcio"), self._certifier, self.issuer, self.certificate_log)
        self.rekor = Rekor(tools.need("rekor-server"))
        self.older_log = OlderLog()
        self.timestamps = TimestampServer(tools.need("timestamp-server"), self._stamping)
        self.trusted_root = folder / "trusted_root.json"
        self._configs = folder / "signing_config.json", folder / "older_signing_config.json"
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for service in (
                self.issuer,
                self.certificate_log,
                self.fulcio,
                self.rekor,
                self.timestamps,
                self.older_log,
            ):
                opening.enter_context(service)
            self._write_root()
            self._write_configs()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def services(self) -> Services:
        """What cosign is given."""
        return Services(self.trusted_root, self._configs[0], self.fulcio.url, self.rekor.url)

    @property
    def older_services(self) -> Services:
        """What it is given where the log is of the first version."""
        return Services(self.trusted_root, self._configs[1], self.fulcio.url, self.older_log.url)

    @property
    def people(self) -> str:
        """The issuer of people."""
        return self.issuer.of("people")

    @property
    def builds(self) -> str:
        """The issuer of builds."""
        return self.issuer.of("builds")

    def person(self, email: str) -> str:
        """The token of a person."""
        return self.issuer.token("people", email, email=email, email_verified=True)

    def build(self, workflow: str = WORKFLOW, repository: str = "team/app") -> str:
        """The token of a workflow that runs."""
        return self.issuer.token(
            "builds",
            f"repo:{repository}:ref:refs/heads/main",
            job_workflow_ref=workflow,
            repository=repository,
            ref="refs/heads/main",
            sha="1" * 40,
            event_name="push",
            runner_environment="self-hosted",
        )

    def _write_root(self) -> None:
        start = rfc3339(self._start)
        tsa, ct = self._file("tsa.pem", pem_of(self._stamping.chain)), self.certificate_log
        fulcio = self._file("fulcio.pem", pem_of(self._certifier.chain))
        ct_key, name, older = (
            self._file("ct.pub", _public(ct.log.private)),
            self.rekor.name,
            self.older_log.log,
        )
        rekor_key = self._file("rekor.pub", self.rekor.pem)
        older_key = self._file("older.pub", _public(older.private))
        self._cosign.run(
            "trusted-root",
            "create",
            *("--fulcio", f"url={self.fulcio.url},certificate-chain={fulcio},start-time={start}"),
            *("--ctfe", f"url={ct.url},public-key={ct_key},start-time={start}"),
            *("--tsa", f"url={self.timestamps.endpoint},certificate-chain={tsa},start-time={start}"),
            *("--rekor", f"url=https://{name},public-key={rekor_key},start-time={start},origin={name}"),
            *("--rekor", f"url={older.base_url},public-key={older_key},start-time={start}"),
            *("--out", str(self.trusted_root)),
        ).succeeded()

    def _write_configs(self) -> None:
        since = f"start-time={rfc3339(self._start)},operator=example"
        stamps = ["--tsa", f"url={self.timestamps.endpoint},api-version=1,{since}", "--tsa-config", "EXACT:1"]
        log, older = f"url={self.rekor.url},api-version=2", f"url={self.older_log.url},api-version=1"
        for place, more in {
            self._configs[0]: ["--rekor", f"{log},{since}", *stamps],
            self._configs[1]: ["--rekor", f"{older},{since}"],
        }.items():
            self._cosign.run(
                "signing-config",
                "create",
                *("--fulcio", f"url={self.fulcio.url},api-version=1,{since}"),
                *("--oidc-provider", f"url={self.people},api-version=1,{since}"),
                *(*more, "--rekor-config", "EXACT:1", "--out", str(place)),
            ).succeeded()

    def _file(self, name: str, content: str) -> Path:
        place = self._folder / name
        place.write_text(content)
        return place


def _public(private: PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
