"""Real images made without the internet, once per tool cache, as OCI layouts.

`python -m tests.clients.images` makes them ahead of a test run, where a test's own time limit
would be too short for the first one who asks (a Debian root takes 20 s, its layer 10 s).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.clients import layout
from tests.clients.layout import Image
from tests.toolbox import Cache, Tool, Toolbox, ToolboxError
from tests.toolbox.cache import say, timed
from tests.toolbox.debian import OWN_MOUNTS

RECIPE = "1"
"""To be raised when what is made here changes, so that caches make it anew."""

MAKING_SECONDS = 300


class ImageLibrary:
    """The images below `cache`, made on first request with the tools of `toolbox`."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._cache = toolbox.cache

    def debian(self) -> Image:
        """Debian itself: one layer of some 60 MB, with a shell, made by mmdebstrap and buildah.

        Raises ToolboxError when a tool is missing or this user may not (it takes root).
        """
        place = self._place("debian")
        with self._cache.lock("images"):
            if not place.exists():
                with timed("image debian"), self._cache.workshop() as folder:
                    self._make_debian(folder)
                    self._cache.publish(folder / "made", place)
        return layout.read(place, "12")

    def app(self) -> Image:
        """Debian with a program in a second layer, made by umoci as a build on a base does."""
        base, place = self.debian(), self._place("app")
        with self._cache.lock("images"):
            if not place.exists():
                with timed("image app"), self._cache.workshop() as folder:
                    self._make_app(base, folder)
                    self._cache.publish(folder / "made", place)
        return layout.read(place, "1.0")

    def _place(self, name: str) -> Path:
        return self._cache.place("images", RECIPE, name)

    def _make_debian(self, folder: Path) -> None:
        tar = str(folder / "root.tar")
        # Without a named mirror and with its suite left out, mmdebstrap takes this machine's sources.
        sources = ["--mode=root", "--variant=minbase", "--quiet"]
        self._run("mmdebstrap", folder, *sources, _codename(), tar)
        made = self._run("buildah", folder, "from", "scratch").strip()
        self._run("buildah", folder, "add", "--quiet", made, tar, "/")
        self._run("buildah", folder, "config", "--cmd", "bash", "--created-by", "mmdebstrap", made)
        self._run(
            "buildah",
            folder,
            *["commit", "--quiet", "--rm", "--disable-compression=false", made, f"oci:{folder}/made:12"],
        )

    def _make_app(self, base: Image, folder: Path) -> None:
        shutil.copytree(base.path, folder / "made")
        program = folder / "app"
        program.write_text("#!/bin/sh\necho pratique\n")
        program.chmod(0o755)
        made = f"{folder}/made"
        self._run("umoci", folder, "tag", "--image", f"{made}:{base.tag}", "1.0")
        self._run("umoci", folder, "insert", "--image", f"{made}:1.0", str(program), "/usr/local/bin/app")
        self._run("umoci", folder, "config", "--image", f"{made}:1.0", "--config.cmd", "app")
        self._run("umoci", folder, "rm", "--image", f"{made}:{base.tag}")
        self._run("umoci", folder, "gc", "--layout", made)

    def _run(self, name: str, folder: Path, *arguments: str) -> str:
        """Run a tool with everything it keeps below `folder`; returns what it prints."""
        done = subprocess.run(
            _argv(self._need(name), folder, arguments),
            env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=MAKING_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ToolboxError(f"{name} {' '.join(arguments)}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _need(self, name: str) -> Tool:
        tool = self._toolbox.locate(name)
        if tool is None:
            raise ToolboxError(self._toolbox.why_not(name))
        if self._toolbox.rows[name].as_root and os.geteuid() != 0:
            raise ToolboxError(f"{name} is of use to root only")
        return tool


def _argv(tool: Tool, folder: Path, arguments: tuple[str, ...]) -> list[str]:
    storage = ["--root", f"{folder}/storage", "--runroot", f"{folder}/run", "--storage-driver", "overlay"]
    return [*OWN_MOUNTS, *tool.argv(*(storage if tool.name == "buildah" else []), *arguments)]


def _codename() -> str:
    release = Path("/etc/os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in release if "=" in line)["VERSION_CODENAME"]


if __name__ == "__main__":
    try:
        made = ImageLibrary(Toolbox(Cache.default())).app()
    except ToolboxError as error:
        sys.exit(str(error))
    say(f"images are in {made.path.parent}")
