"""docker: a private daemon, and the client that speaks to it."""

import json
from pathlib import Path

from tests.clients import layout
from tests.clients.layout import Image
from tests.clients.runners.base import Client, Home, Ran
from tests.clients.runners.daemon import Daemon
from tests.toolbox import Tool


class Dockerd(Daemon):
    """A docker daemon of our own while the block runs: no bridge, no firewall rules, its own folders.

    Registries on 127.0.0.0/8 are spoken to in plain HTTP when TLS fails (docker's own rule). With
    `containerd` its images lie in containerd's store, as in docker 28 and newer by default in 29; it
    then wants to know who signed a certificate when it asks for a token, which `ca` tells it.
    """

    says_ready = "API listen on"

    def __init__(self, tool: Tool, *, containerd: bool = False, ca: Path | None = None) -> None:
        super().__init__(tool, ca=ca)
        self._containerd = containerd
        self.host = f"unix://{self.folder}/docker.sock"

    def arguments(self) -> list[str]:
        driver = (
            {"features": {"containerd-snapshotter": True}}
            if self._containerd
            else {"storage-driver": "overlay2"}
        )
        (self.folder / "daemon.json").write_text(
            json.dumps({**driver, "insecure-registries": ["127.0.0.0/8"]})
        )
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

    def build(self, folder: Path, reference: str) -> Ran:
        """Build with BuildKit and push: an index, with an attestation of how it was made."""
        chosen = ["--network=none", "--provenance=true", "--progress=plain", "--push"]
        return self.run("buildx", "build", *chosen, "--tag", reference, str(folder))

    def forget(self, *references: str) -> Ran:
        """Remove names from the daemon, so that the next pull asks the registry."""
        return self.run("rmi", "--force", *references)
