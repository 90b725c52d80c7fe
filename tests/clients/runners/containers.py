"""skopeo, podman and buildah: one library (containers/image), three programs."""

from pathlib import Path

from tests.clients.layout import Image
from tests.clients.runners.base import Client, Home, Ran, source
from tests.toolbox import Tool
from tests.toolbox.debian import OWN_MOUNTS


class Skopeo(Client):
    """skopeo copies between registries and OCI layouts; it keeps no images itself."""

    def login(self, registry: str, user: str, password: str) -> Ran:
        arguments = ["login", self._tls(), "--username", user, "--password-stdin", registry]
        return self.run(*arguments, stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Push as it is, the children of an index with it."""
        to = [self._tls("dest-"), source(image), f"docker://{reference}"]
        return self.run("copy", "--all", "--preserve-digests", *to)

    def pull(self, reference: str, into: Path | None = None) -> Ran:
        """Pull into an OCI layout (`pulled` in its home), all platforms of an index."""
        target = f"oci:{into or self.home.root / 'pulled'}:latest"
        return self.run("copy", "--all", self._tls("src-"), f"docker://{reference}", target)

    def pull_verified(self, reference: str, policy: str, registries: str) -> Ran:
        """Pull only if a policy (`policy.json`) is met by signatures that lie where `registries.d` says."""
        folder = self.home.place("verified")
        (folder / "policy.json").write_text(policy)
        (self.home.place("verified", "registries.d") / "registry.yaml").write_text(registries)
        ruled = ["--policy", str(folder / "policy.json"), "--registries.d", str(folder / "registries.d")]
        target = f"dir:{self.home.place('verified', 'pulled')}"
        return self.run(*ruled, "copy", "--all", self._tls("src-"), f"docker://{reference}", target)

    def copy(self, origin: str, target: str) -> Ran:
        both = [self._tls("src-"), self._tls("dest-"), f"docker://{origin}", f"docker://{target}"]
        return self.run("copy", "--all", "--preserve-digests", *both)

    def tags(self, repository: str) -> Ran:
        return self.run("list-tags", self._tls(), f"docker://{repository}")

    def inspect(self, reference: str) -> Ran:
        """The manifest or index as it stands in the registry."""
        return self.run("inspect", "--raw", self._tls(), f"docker://{reference}")

    def delete(self, reference: str) -> Ran:
        return self.run("delete", self._tls(), f"docker://{reference}")

    def _tls(self, side: str = "") -> str:
        return f"--{side}tls-verify={'false' if self.home.is_plain else 'true'}"


class _Storing(Client):
    """A client with an image storage of its own, below its home.

    It runs in a mount namespace of its own: what its storage driver mounts is gone with it, and
    the home can be removed.
    """

    _storage_flags: tuple[str, ...] = ()

    def __init__(self, tool: Tool, home: Home) -> None:
        super().__init__(tool, home)
        roots = ["--root", str(home.place("storage")), "--runroot", str(home.place("runroot"))]
        self._roots = [*roots, "--storage-driver", "overlay", *self._storage_flags]

    def run(self, *arguments: str, stdin: str = "") -> Ran:
        return self.execute([*OWN_MOUNTS, *self.tool.argv(*self._roots, *arguments)], stdin)

    def login(self, registry: str, user: str, password: str) -> Ran:
        arguments = ["login", self._tls(), "--username", user, "--password-stdin", registry]
        return self.run(*arguments, stdin=password)

    def push(self, image: Image, reference: str) -> Ran:
        """Push an image (no index) by way of the client's storage: its bytes may change."""
        # Podman 4 makes a name of the path, and not every path can be one.
        pushed = self.home.root / "pushed"
        pushed.unlink(missing_ok=True)
        pushed.symlink_to(image.path)
        self.run("pull", "--quiet", f"oci:{pushed.name}:{image.tag}").succeeded()
        held = self.run("images", "--quiet", "--no-trunc").succeeded().out.split()[0]
        ran = self.run("push", self._tls(), held, f"docker://{reference}")
        self.run("rmi", "--force", held).succeeded()
        return ran

    def pull(self, reference: str) -> Ran:
        """Pull into the client's storage."""
        return self.run("pull", self._tls(), f"docker://{reference}")

    def _tls(self) -> str:
        return f"--tls-verify={'false' if self.home.is_plain else 'true'}"


class Podman(_Storing):
    """podman, its storage below its home, running containers with runc and no network."""

    _storage_flags = ("--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime=runc")

    def __init__(self, tool: Tool, home: Home) -> None:
        super().__init__(tool, home)
        self._roots = [*self._roots, "--tmpdir", str(home.place("podman-tmp"))]

    def start(self, reference: str, *command: str) -> Ran:
        """Run a container of an image, pulled first where it is not held."""
        # Without limits of its own podman raises the host's, which takes CAP_SYS_RESOURCE.
        limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"]
        return self.run("run", "--rm", "--network=none", *limits, self._tls(), reference, *command)


class Buildah(_Storing):
    """buildah, its storage below its home."""

    def build(self, base: str, reference: str) -> Ran:
        """Build one layer on an image of the registry and push it (the first failing step returns)."""
        begun = self.run("from", self._tls(), f"docker://{base}")
        if begun.status != 0:
            return begun
        container = begun.out.split()[-1]
        note = self.home.root / "note"
        note.write_text("built by buildah\n")
        self.run("add", container, str(note), "/note").succeeded()
        return self.run("commit", "--rm", self._tls(), container, f"docker://{reference}")
