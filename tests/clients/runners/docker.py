"""docker: a private daemon, and the client that speaks to it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.clients import layout
from tests.clients.layout import Image
from tests.clients.runners.base import Client, Home, Ran
from tests.toolbox import Tool
from tests.toolbox.debian import OWN_MOUNTS

START_SECONDS = 30
STOP_SECONDS = 20


class Dockerd:
    """A docker daemon of our own while the block runs: no bridge, no firewall rules, its own folders.

    Registries on 127.0.0.0/8 are spoken to in plain HTTP when TLS fails (docker's own rule). With
    `containerd` its images lie in containerd's store, as in docker 28 and newer by default in 29; it
    then wants to know who signed a certificate when it asks for a token, which `ca` tells it.
    """

    def __init__(self, tool: Tool, *, containerd: bool = False, ca: Path | None = None) -> None:
        self._tool = tool
        self._containerd = containerd
        self._ca = ca
        # Not below the test's folder: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="dockerd-"))
        self.host = f"unix://{self.folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        driver = (
            {"features": {"containerd-snapshotter": True}}
            if self._containerd
            else {"storage-driver": "overlay2"}
        )
        (self.folder / "daemon.json").write_text(
            json.dumps({**driver, "insecure-registries": ["127.0.0.0/8"]})
        )
        surroundings = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder)}
        if self._ca is not None:
            surroundings["SSL_CERT_FILE"] = str(self._ca)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*OWN_MOUNTS, *self._tool.argv(*self._flags())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=surroundings,
                cwd=self.folder,
                start_new_session=True,
            )
        self._wait_until_it_answers(self._process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self.folder)

    def _flags(self) -> list[str]:
        return [
            f"--config-file={self.folder}/daemon.json",
            f"--data-root={self.folder}/data",
            f"--exec-root={self.folder}/exec",
            f"--pidfile={self.folder}/pid",
            f"--host={self.host}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
        ]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if "API listen on" in self.log():
                return
            time.sleep(0.05)
        said = self.log()
        self.__exit__(None, None, None)
        raise RuntimeError(f"dockerd did not start:\n{said[-4000:]}")

    def log(self) -> str:
        """All the daemon has said."""
        return (self.folder / "log").read_text(errors="replace")


class Docker(Client):
    """The docker client of one account, at one daemon. Images are the daemon's, logins the home's."""

    def __init__(self, tool: Tool, home: Home, host: str) -> None:
        super().__init__(tool, home)
        self._host = host

    def run(self, *arguments: str, stdin: str = "") -> Ran:
        return self.execute(self.tool.argv("--host", self._host, *arguments), stdin)

    def login(self, registry: str, user: str, password: str) -> Ran:
        return self.run("login", "--username", user, "--password-stdin", registry, stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Load an image (no index), name it and push it: the daemon writes a manifest of its own."""
        self.load(image, reference)
        return self.run("push", reference)

    def load(self, image: Image, reference: str) -> None:
        """Load an image into the daemon under a name, without a registry."""
        archive = self.home.root / "load.tar"
        layout.write_docker_archive(image, reference, archive)
        self.run("load", "--input", str(archive)).succeeded()
        archive.unlink()

    def pull(self, reference: str) -> Ran:
        return self.run("pull", reference)

    def retag(self, held: str, reference: str) -> Ran:
        """Give an image of the daemon another name."""
        return self.run("tag", held, reference)

    def forget(self, *references: str) -> Ran:
        """Remove names from the daemon, so that the next pull asks the registry."""
        return self.run("rmi", "--force", *references)
