"""`pratique serve` as people start it, and what its management API is asked for in tests."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote

import httpx
from tests.clients.authority import Authority
from tests.waiting import eventually

ADMIN_PASSWORD: Final = "Correct-horse-1"
START_SECONDS: Final = 30
STOP_SECONDS: Final = 30
"""Within which SIGTERM must have ended it, beside whatever else this machine is doing."""

JUDGING_SECONDS: Final = 30
"""Within which a job must have judged again what a new key lets out."""

Admission = Literal["open", "signed"]
Role = Literal["admin", "developer", "guest"]
ROLES: Final[Mapping[Role, int]] = {"admin": 1, "developer": 2, "guest": 3}


@dataclass(frozen=True)
class Account:
    """What a client logs in with."""

    name: str
    secret: str


ADMIN: Final = Account("admin", ADMIN_PASSWORD)


class Server:
    """A server of our own while the block runs, its data below `directory`; over TLS with an authority."""

    def __init__(self, directory: Path, authority: Authority | None = None) -> None:
        self.directory = directory
        self.authority = authority
        self.host = f"127.0.0.1:{free_port()}"
        self.url = f"{'http' if authority is None else 'https'}://{self.host}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        surroundings = {key: text for key, text in os.environ.items() if not key.startswith("PRATIQUE_")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pratique", "serve", *self._flags()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**surroundings, "PRATIQUE_ADMIN_PASSWORD": ADMIN_PASSWORD},
                cwd=self.directory,
            )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        ended = self._process.poll()
        assert ended is None, f"ended by itself with {ended}:\n{self.log()}"
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        assert status == 0, f"ended with {status}:\n{self.log()}"

    @property
    def ca(self) -> Path | None:
        """The certificate that clients must believe in, where TLS is spoken."""
        return None if self.authority is None else self.authority.certificate

    def client(self, account: Account | None = None) -> httpx.Client:
        """An HTTP client of this server; Basic credentials of `account`."""
        auth = None if account is None else (account.name, account.secret)
        verify = True if self.authority is None else self.authority.context()
        return httpx.Client(base_url=self.url, auth=auth, verify=verify, trust_env=False, timeout=30)

    def log(self) -> str:
        """All it has said."""
        return self._log.read_text(errors="replace")

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _flags(self) -> list[str]:
        flags = ["--data", str(self.directory / "data"), "--listen", self.host]
        if self.authority is not None:
            certificate, key = self.authority.issue(self.directory)
            flags += ["--tls-cert", str(certificate), "--tls-key", str(key)]
        return flags

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        with self.client() as http:

            def is_ready() -> bool:
                assert process.poll() is None, self.log()[-4000:]
                with contextlib.suppress(httpx.TransportError):
                    return http.get("/readyz").status_code == httpx.codes.OK
                return False

            eventually(is_ready, START_SECONDS, otherwise=lambda: self.log()[-4000:])


class Office:
    """The management API of a server, as its administrator uses it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._http = server.client(ADMIN)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def project(self, admission: Admission = "open", *, public: bool = False) -> "Project":
        """A new project, with a robot that pushes and one that pulls."""
        name = f"team-{next(self._numbers)}"
        metadata = {"admission": admission, "public": "true" if public else "false"}
        self.ask("POST", "projects", {"project_name": name, "metadata": metadata})
        return Project(self, name)

    def user(self, name: str, roles: Mapping["Project", Role]) -> Account:
        """A new user of the registry, with a role in each of these projects."""
        name = f"{name}-{next(self._numbers)}"
        person = {"username": name, "email": f"{name}@example.test", "realname": name}
        self.ask("POST", "users", {**person, "password": ADMIN_PASSWORD})
        for project, role in roles.items():
            member = {"role_id": ROLES[role], "member_user": {"username": name}}
            self.ask("POST", f"projects/{project.name}/members", member)
        return Account(name, ADMIN_PASSWORD)

    def import_root(self, name: str, content: str) -> dict[str, Any]:
        """Import a version of a trusted root, for identities of every project to name."""
        held: dict[str, Any] = self.ask("PUT", f"trusted-roots/{name}", {"content": content})
        return held

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One call below `/api/v2.0/`, which must succeed; what it answers, None for no content."""
        answer = self._http.request(method, f"/api/v2.0/{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


class Project:
    """One project with its robots: `pusher` pulls, pushes and deletes, `puller` only pulls."""

    def __init__(self, office: Office, name: str) -> None:
        self._office = office
        self.name = name
        self.at = f"{office.server.host}/{name}"
        """`host/project`, as clients write it."""
        self.pusher = self.robot("pusher", "pull", "push", "delete")
        self.puller = self.robot("puller", "pull")

    def repository(self, name: str = "app") -> str:
        """`host/project/name`."""
        return f"{self.at}/{name}"

    def robot(self, name: str, *actions: str) -> Account:
        """A robot that may do `actions` on the repositories of this project."""
        access = [{"resource": "repository", "action": action} for action in actions]
        asked = {
            "name": name,
            "level": "project",
            "duration": -1,
            "permissions": [{"kind": "project", "namespace": self.name, "access": access}],
        }
        made = self._office.ask("POST", "robots", asked)
        return Account(made["name"], made["secret"])

    def turn(self, admission: Admission) -> None:
        """Set what the project asks of artifacts."""
        self._office.ask("PUT", f"projects/{self.name}", {"metadata": {"admission": admission}})

    def trust(self, pem: str, name: str = "release", purposes: Sequence[str] = ("signature",)) -> None:
        """Trust a public key: for signatures, unless it is said for what."""
        asked = {"name": name, "public_key": pem, "for": list(purposes)}
        self._office.ask("POST", f"projects/{self.name}/trusted-keys", asked)

    def distrust(self, name: str = "release") -> None:
        """Trust a key no longer."""
        self._office.ask("DELETE", f"projects/{self.name}/trusted-keys/{name}")

    def trust_identity(self, name: str, issuer: str, **said: Any) -> None:
        """Trust whoever has a certificate that says this."""
        asked = {"name": name, "issuer": issuer, **said}
        self._office.ask("POST", f"projects/{self.name}/trusted-identities", asked)

    def distrust_identity(self, name: str) -> None:
        """Trust an identity no longer."""
        self._office.ask("DELETE", f"projects/{self.name}/trusted-identities/{name}")

    def trust_notation(self, store: str, certificates: str, policy: Mapping[str, Any], **reach: Any) -> None:
        """Trust what notation signs by the certificates of a store `ca:<store>`, as far as a trust policy says."""
        self.add_store("ca", store, certificates, **reach)
        self._office.ask("PUT", f"projects/{self.name}/notation-policy", policy)

    def add_store(self, kind: Literal["ca", "tsa"], name: str, certificates: str, **reach: Any) -> None:
        """Add a trust store `<kind>:<name>`; `reach` as the API has it."""
        asked = {"name": name, "type": kind, "certificates": certificates, **reach}
        self._office.ask("POST", f"projects/{self.name}/notation-stores", asked)

    def distrust_notation(self, store: str) -> None:
        """Trust a store no longer."""
        self._office.ask("DELETE", f"projects/{self.name}/notation-stores/ca/{store}")

    def verdict(self, reference: str, repository: str = "app") -> dict[str, Any]:
        """The verdict of what a tag or digest names."""
        where = f"projects/{self.name}/repositories/{quote(repository, safe='')}/artifacts/{reference}"
        said: dict[str, Any] = self._office.ask("GET", f"{where}/verdict")
        return said

    def wait_until_let_out(self, reference: str) -> None:
        """Wait for judging that is done later: `repository:tag` goes out to the puller."""
        repository, _, tag = reference.partition(":")
        with self._office.server.client(self.puller) as http:

            def asked() -> httpx.Response:
                return http.head(f"/v2/{self.name}/{repository}/manifests/{tag}")

            eventually(lambda: asked().is_success, JUDGING_SECONDS, otherwise=lambda: asked().reason_phrase)

    def wait_until_judged(self, digest: str) -> None:
        """Wait until an artifact is examined and its verdict stands, whatever it is."""
        eventually(
            lambda: self.verdict(digest)["state"] != "PENDING",
            JUDGING_SECONDS,
            otherwise=lambda: self.verdict(digest),
        )


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
