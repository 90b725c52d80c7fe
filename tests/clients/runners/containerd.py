"""containerd, which kubelet pulls with, and its command line."""

from pathlib import Path

from tests.clients.runners.base import Client, Home, Ran
from tests.clients.runners.daemon import Daemon
from tests.toolbox import Tool

CONFIG = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]

[grpc]
address = "{folder}/containerd.sock"

[ttrpc]
address = "{folder}/containerd.ttrpc"
"""


class Containerd(Daemon):
    """A containerd of our own while the block runs, without CRI."""

    says_ready = "containerd successfully booted"

    @property
    def address(self) -> Path:
        """The socket it listens on."""
        return self.folder / "containerd.sock"

    def arguments(self) -> list[str]:
        config = self.folder / "config.toml"
        config.write_text(CONFIG.format(folder=self.folder))
        return ["--config", str(config)]


class Ctr(Client):
    """ctr at one containerd, with a namespace of its home. It has no login: each command is given one."""

    def __init__(self, tool: Tool, home: Home, daemon: Containerd, user: str, password: str) -> None:
        super().__init__(tool, home)
        self._daemon = daemon
        self._login = ["--plain-http", "--user", f"{user}:{password}"]

    def run(self, *arguments: str, stdin: str = "") -> Ran:
        place = ["--address", str(self._daemon.address), "--namespace", self.home.root.name]
        return self.execute(self.tool.argv(*place, *arguments), stdin)

    def pull(self, reference: str) -> Ran:
        return self.run("images", "pull", *self._login, reference)

    def push(self, reference: str) -> Ran:
        """Push what is held under that name."""
        return self.run("images", "push", *self._login, reference)

    def retag(self, held: str, reference: str) -> Ran:
        """Give what is held another name."""
        return self.run("images", "tag", held, reference)
