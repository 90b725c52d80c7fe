"""The servers that are measured: ours with its gate and tokens, distribution 3, nginx for files, others by binary."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.bench.content import IMAGE, REPOSITORY, SIZES, Content

from pratique.oci.digest import digest_of

PASSWORD = "Correct-horse-1"
START_SECONDS = 60
PIECE = 2**20


@dataclass
class Peer:
    """A server in a directory of its own. `scheme` https: with `certificate` and `key`."""

    name: str
    binary: str
    directory: Path
    certificate: Path | None = None
    key: Path | None = None
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    started_in: float = 0.0

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def command(self) -> list[str]:
        """What starts it."""
        raise NotImplementedError(self.name)

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def start(self) -> None:
        """Start it and wait until it answers; `started_in` is how long that took."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        log = (self.directory / "log").open("ab")
        began = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, env=self.environment())
        with self.http() as http:
            while not self._answers(http):
                if time.monotonic() - began > START_SECONDS or self.process.poll() is not None:
                    raise RuntimeError(f"{self.name} does not start: see {self.directory / 'log'}")
                time.sleep(0.005)
        self.started_in = time.monotonic() - began

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            self.process.kill()
            self.process.wait()

    def http(self, **more: Any) -> httpx.Client:
        """A client for what is not measured."""
        return httpx.Client(base_url=self.url, timeout=120, verify=False, **more)  # noqa: S501 - our own certificate of this run

    def headers(self, actions: str = "pull", repository: str = REPOSITORY) -> dict[str, str]:  # noqa: ARG002 - ours needs them
        """What every request carries."""
        return {}

    def furnish(self, content: Content) -> None:
        """Push everything."""
        headers = self.headers("pull,push")
        with self.http() as http:
            for name in ("config", *SIZES):
                push_blob(http, headers, content.path(name).read_bytes(), content.digests[name])
            answer = http.put(
                f"/v2/{REPOSITORY}/manifests/1.0",
                content=content.manifest,
                headers={**headers, "content-type": IMAGE},
            )
            answer.raise_for_status()

    def tag(self, content: Content, names: list[str]) -> None:
        """Point tags at the manifest."""
        headers = {**self.headers("pull,push"), "content-type": IMAGE}
        with self.http() as http:
            for name in names:
                http.put(
                    f"/v2/{REPOSITORY}/manifests/{name}", content=content.manifest, headers=headers
                ).raise_for_status()

    def _answers(self, http: httpx.Client) -> bool:
        try:
            return http.get(f"{self.url}/v2/").status_code < 500
        except httpx.TransportError:
            return False


class Pratique(Peer):
    """Ours: tokens, and a signed project whose image is signed. Requests are not logged, as with the others."""

    def command(self) -> list[str]:
        tls = ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)] if self.certificate else []
        listen = f"127.0.0.1:{self.port}"
        data = str(self.directory / "data")
        return [sys.executable, "-m", "pratique", "serve", "--data", data, "--listen", listen, *tls]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PRATIQUE_ADMIN_PASSWORD": PASSWORD, "PRATIQUE_LOG__REQUESTS": "false"}

    def headers(self, actions: str = "pull", repository: str = REPOSITORY) -> dict[str, str]:
        query = {"service": "pratique", "scope": f"repository:{repository}:{actions}"}
        with self.http(auth=("admin", PASSWORD)) as http:
            answer = http.get("/service/token", params=query).raise_for_status()
        return {"authorization": f"Bearer {answer.json()['token']}"}

    def furnish(self, content: Content) -> None:
        with self.http(auth=("admin", PASSWORD)) as http:
            project: dict[str, Any] = {"project_name": "bench", "metadata": {"admission": "signed"}}
            http.post("/api/v2.0/projects", json=project).raise_for_status()
            key = {"name": "release", "public_key": content.key.pem}
            http.post("/api/v2.0/projects/bench/trusted-keys", json=key).raise_for_status()
            super().furnish(content)
            manifest, blobs = content.signature()
            headers = self.headers("pull,push")
        with self.http() as http:
            for digest, blob in blobs.items():
                push_blob(http, headers, blob, digest)
            reference = digest_of(manifest)
            http.put(
                f"/v2/{REPOSITORY}/manifests/{reference}",
                content=manifest,
                headers={**headers, "content-type": IMAGE},
            ).raise_for_status()

    def tag(self, content: Content, names: list[str]) -> None:
        headers = {**self.headers("pull,push"), "content-type": IMAGE}
        path = f"/v2/{REPOSITORY}/manifests/{content.digests['manifest']}"
        with self.http() as http:
            for first in range(0, len(names), 100):
                query = httpx.QueryParams([("tag", name) for name in names[first : first + 100]])
                http.put(path, params=query, content=content.manifest, headers=headers).raise_for_status()


class Distribution(Peer):
    """distribution 3 on its file system driver, without authentication."""

    def command(self) -> list[str]:
        config: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.directory / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": f"127.0.0.1:{self.port}"},
        }
        if self.certificate:
            config["http"]["tls"] = {"certificate": str(self.certificate), "key": str(self.key)}
        file = self.directory / "config.yml"
        file.write_text(json.dumps(config))  # JSON is YAML
        return [self.binary, "serve", str(file)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "OTEL_TRACES_EXPORTER": "none"}

    def tag(self, content: Content, names: list[str]) -> None:
        """Written as its driver writes them: fifty thousand requests would take minutes."""
        digest = content.digests["manifest"]
        tags = self.directory / "data/docker/registry/v2/repositories" / REPOSITORY / "_manifests/tags"
        for name in names:
            current = tags / name / "current"
            index = tags / name / "index/sha256" / digest.partition(":")[2]
            for folder in (current, index):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "link").write_text(digest)


class Olareg(Peer):
    """olareg, when its binary is named."""

    def command(self) -> list[str]:
        return [self.binary, "serve", "--port", str(self.port), "--dir", str(self.directory / "data")]


class Nginx(Peer):
    """Files below the names that blobs have: the limit."""

    def command(self) -> list[str]:
        tls = (
            f"ssl_certificate {self.certificate}; ssl_certificate_key {self.key};" if self.certificate else ""
        )
        listen = f"listen 127.0.0.1:{self.port}{' ssl' if self.certificate else ''};"
        root = self.directory.resolve()
        file = root / "nginx.conf"
        file.write_text(
            f"{'user root;' if os.geteuid() == 0 else ''} daemon off; worker_processes 1;"
            f"pid {root}/pid; error_log {root}/error.log;"
            "events { worker_connections 1024; } http { access_log off; sendfile on; tcp_nopush on;"
            f"server {{ {listen} {tls} keepalive_requests 1000000; root {root}/files; }} }}"
        )
        return [self.binary, "-c", str(file), "-p", str(root)]

    def furnish(self, content: Content) -> None:
        """Nothing is pushed: the files lie there."""
        blobs = self.directory / "files/v2" / REPOSITORY / "blobs"
        blobs.mkdir(parents=True, exist_ok=True)
        for name in ("10k", "1m", "512m"):
            shutil.copy(content.path(name), blobs / content.digests[name])
            (blobs / content.digests[name]).chmod(0o644)


def push_blob(http: httpx.Client, headers: dict[str, str], content: bytes, digest: str) -> None:
    """POST and PUT."""
    begun = http.post(f"/v2/{REPOSITORY}/blobs/uploads/", headers=headers)
    begun.raise_for_status()
    location = httpx.URL(begun.headers["location"])
    url = location.copy_merge_params({"digest": digest})
    # In pieces: httpx copies what is left of a single one at each write.
    pieces = (content[start : start + PIECE] for start in range(0, len(content), PIECE))
    length = {"content-length": str(len(content))}
    http.put(url, content=pieces, headers={**headers, **length}).raise_for_status()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
