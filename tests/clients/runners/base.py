"""What all clients share: the surroundings of one account, and one finished run."""

import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.clients.layout import Image
from tests.toolbox import Tool

RUN_SECONDS = 50
"""How long one run of a client may take: less than a test, so that its output is seen."""

NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: whatever a client asks of the outside fails at once."""

_POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'


class Home:
    """The surroundings of one account: a folder that holds all a client reads and keeps.

    Two accounts are two homes, so that the login of one is never used by the other. With `ca` the
    registry is spoken to over TLS and that certificate authority is believed; without it, plain HTTP.
    """

    def __init__(self, root: Path, *, ca: Path | None = None, seen: tuple[Path, ...] = ()) -> None:
        self.root = root
        self.is_plain = ca is None
        self.ca = ca
        self._seen = (root, *seen)
        policy = self.place(".config", "containers") / "policy.json"
        policy.write_text(_POLICY)
        (policy.parent / "registries.conf").write_text("unqualified-search-registries = []\n")
        logins = root / "auth.json"
        if not logins.exists():  # podman and buildah take no name of a file that is not there
            logins.write_text('{"auths": {}}')

    def place(self, *names: str) -> Path:
        """A folder below this home, made if need be."""
        folder = self.root.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment of a client: nothing of the machine's own but PATH."""
        given = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.root),
            "TMPDIR": str(self.place("tmp")),
            "XDG_CACHE_HOME": str(self.place(".cache")),
            "XDG_CONFIG_HOME": str(self.place(".config")),
            "XDG_DATA_HOME": str(self.place(".local", "share")),
            "XDG_RUNTIME_DIR": str(self.place("run")),
            "DOCKER_CONFIG": str(self.place(".docker")),
            "REGISTRY_AUTH_FILE": str(self.root / "auth.json"),
            "REGCTL_CONFIG": str(self.root / "regctl.json"),
            "COSIGN_PASSWORD": "",
            "HTTPS_PROXY": NOWHERE,
            "HTTP_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
            "TOOLBOX_BIND": ":".join(str(each) for each in self._seen),
        }
        return given if self.ca is None else {**given, "SSL_CERT_FILE": str(self.ca)}


@dataclass(frozen=True)
class Ran:
    """One finished run of a client: what it said and how it ended."""

    argv: tuple[str, ...]
    status: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """All it printed."""
        return self.out + self.err

    def succeeded(self) -> "Ran":
        """This run, which must have ended with 0."""
        assert self.status == 0, f"ended with {self.status}:\n{self}"
        return self

    def failed(self) -> "Ran":
        """This run, which must have ended with another status than 0."""
        assert self.status != 0, f"was to fail:\n{self}"
        return self

    def __str__(self) -> str:
        said = f"{self.out.rstrip()}\n{self.err.rstrip()}".strip()
        return f"$ {shlex.join(self.argv)}\n{said}\n-> {self.status} after {self.seconds:.1f} s"


class Client:
    """One real client, used by one account.

    Every operation returns its run, failed or not: `.succeeded()` or `.failed()` says what is
    expected. References are written as people do: `127.0.0.1:PORT/project/repository:tag`.
    """

    def __init__(self, tool: Tool, home: Home) -> None:
        self.tool = tool
        self.home = home

    def run(self, *arguments: str, stdin: str = "") -> Ran:
        """Run the client with `arguments`, as they are."""
        return self.execute(self.tool.argv(*arguments), stdin)

    def execute(self, argv: list[str], stdin: str = "") -> Ran:
        """Run a command line in this home. Raises TimeoutExpired after RUN_SECONDS."""
        started = time.monotonic()
        done = subprocess.run(
            argv,
            input=stdin,
            env=self.home.environ,
            cwd=self.home.root,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RUN_SECONDS,
            check=False,
        )
        seconds = time.monotonic() - started
        return Ran(tuple(argv), done.returncode, done.stdout, done.stderr, seconds)


def source(image: Image) -> str:
    """An image of an OCI layout in the words of skopeo, podman and buildah."""
    return f"oci:{image.path}:{image.tag}"


def registry_of(reference: str) -> str:
    """`host:port` of a reference."""
    return reference.partition("/")[0]
