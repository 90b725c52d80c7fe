"""The clients that measure: wrk for many small requests, curl for large ones, and one of ours that reads slowly."""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit

from tests.bench.content import IMAGE, REPOSITORY, Content
from tests.bench.peers import Peer, push_blob
from tests.bench.processes import processor_seconds, resident_mib

from pratique.oci.digest import digest_of

PUSH_SCRIPT = """
local count = 0
local seed = os.time() .. tostring({}):sub(8)
function request()
  count = count + 1
  local body = string.format([[%s]], seed .. count)
  return wrk.format("PUT", "/v2/REPOSITORY/manifests/p" .. seed:gsub("[^%%w]", "") .. (count %% 100), nil, body)
end
"""


@dataclass(frozen=True)
class Figure:
    """One measurement: `value` is what the row says, `cpu` processor seconds of the server per 10,000 or per GB."""

    value: float
    cpu: float


@dataclass(frozen=True)
class Load:
    """wrk: so many connections for so many seconds."""

    wrk: str
    connections: int = 16
    seconds: int = 4

    def rate(self, peer: Peer, paths: Sequence[str], headers: Mapping[str, str]) -> Figure:
        """Requests a second, over several paths in turn. Raises RuntimeError when one is refused."""
        turns = "{" + ",".join(f'"{path}"' for path in paths) + "}"
        script = (
            f"local paths = {turns} local n = 0\n"
            f'function request() n = n % {len(paths)} + 1 return wrk.format("GET", paths[n]) end'
        )
        headers = {"accept": IMAGE, **headers}  # distribution gives nothing to clients that name no type
        return self._run(peer, headers, script if len(paths) > 1 else "", paths[0])

    def pushes(self, peer: Peer, content: Content, headers: Mapping[str, str]) -> Figure:
        """Different manifests a second."""
        document = json.loads(content.manifest)
        document["annotations"]["n"] = "%s"
        body = json.dumps(document).replace("%s", "\0").replace("%", "%%").replace("\0", "%s")
        script = (
            PUSH_SCRIPT.replace("[[%s]]", f"[==[{body}]==]")
            .replace("%%", "%")
            .replace("REPOSITORY", REPOSITORY)
        )
        return self._run(peer, {**headers, "content-type": document["mediaType"]}, script, "/")

    def _run(self, peer: Peer, headers: Mapping[str, str], script: str, path: str) -> Figure:
        file = peer.directory / "wrk.lua"
        file.write_text(script)
        command = [self.wrk, "-t1", f"-c{self.connections}", f"-d{self.seconds}"]
        for header in headers.items():
            command += ["-H", "{}: {}".format(*header)]
        command += ["-s", str(file)] if script else []
        before = processor_seconds(peer.pid)
        said = subprocess.run([*command, peer.url + path], capture_output=True, text=True, check=True).stdout
        used = processor_seconds(peer.pid) - before
        if "Non-2xx" in said:
            raise RuntimeError(f"{peer.name} refuses {path}: {said}")
        requests = re.search(r"(\d+) requests in ([\d.]+)s", said)
        assert requests is not None, said
        count, seconds = int(requests[1]), float(requests[2])
        return Figure(count / seconds, used / count * 10_000 if count else 0.0)


def heads(peer: Peer, path: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Figure:
    """HEAD requests a second, over connections in turn: wrk waits for bodies that HEAD never has."""
    address = urlsplit(peer.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"accept": IMAGE, **headers}.items())
    request = f"HEAD {path} HTTP/1.1\r\nhost: {address.netloc}\r\n{lines}\r\n".encode()
    count, before, began = 0, processor_seconds(peer.pid), time.monotonic()
    with contextlib.ExitStack() as stack:
        lanes = [
            stack.enter_context(_connected(address.port or 0, address.scheme)) for _ in range(connections)
        ]
        while time.monotonic() - began < seconds:
            for lane in lanes:
                lane.sendall(request)
            for lane in lanes:
                answer = lane.recv(4096)
                while not answer.endswith(b"\r\n\r\n"):
                    answer += lane.recv(4096)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"{peer.name} refuses {path}: {answer[:100]!r}")
            count += connections
    used = processor_seconds(peer.pid) - before
    return Figure(count / (time.monotonic() - began), used / count * 10_000)


def _connected(port: int, scheme: str) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), 30)
    if scheme == "http":
        return plain
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # our own certificate of this run
    return context.wrap_socket(plain)


def download(curl: str, peer: Peer, path: str, headers: Mapping[str, str], streams: int, size: int) -> Figure:
    """MB a second of so many downloads at once."""
    return _at_once(
        peer, [[curl, "-sfko", "/dev/null", *_named(headers), peer.url + path]] * streams, size * streams
    )


def upload(curl: str, peer: Peer, content: Content, headers: Mapping[str, str], name: str) -> Figure:
    """MB a second of one upload: POST, and PUT with all of it. The blob is new to the repository."""
    file, digest = content.path(name), content.digests[name]
    repository = f"{REPOSITORY.partition('/')[0]}/up"
    begun = subprocess.run(
        [curl, "-sfkiX", "POST", *_named(headers), f"{peer.url}/v2/{repository}/blobs/uploads/"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    location = re.search(r"(?im)^location: (\S+)", begun)
    assert location is not None, begun
    url = location[1] if location[1].startswith("http") else peer.url + location[1]
    url += f"{'&' if '?' in url else '?'}digest={digest}"
    command = [curl, "-sfko", "/dev/null", "-T", str(file), "-X", "PUT", *_named(headers), url]
    return _at_once(peer, [[*command, "-H", "content-type: application/octet-stream"]], file.stat().st_size)


def signatures(peer: Peer, content: Content, count: int) -> Figure:
    """Milliseconds of the PUT that verifies a signature and lets an image out, at the 95th percentile."""
    headers = {**peer.headers("pull,push"), "content-type": IMAGE}
    took, start = [], time.time_ns()
    before = processor_seconds(peer.pid)
    with peer.http(headers=headers) as http:
        for number in range(count):
            manifest = content.other(start + number)
            http.put(f"/v2/{REPOSITORY}/manifests/{digest_of(manifest)}", content=manifest).raise_for_status()
            evidence, blobs = content.signature(manifest)
            for digest, blob in blobs.items():
                push_blob(http, {}, blob, digest)
            began = time.monotonic()
            http.put(f"/v2/{REPOSITORY}/manifests/{digest_of(evidence)}", content=evidence).raise_for_status()
            took.append((time.monotonic() - began) * 1_000)
    return Figure(quantiles(took, n=20)[-1], (processor_seconds(peer.pid) - before) / count * 10_000)


def slow_pulls(peer: Peer, path: str, headers: Mapping[str, str], count: int, seconds: float) -> float:
    """The most memory (MiB) that a server has while so many clients read slowly."""
    return asyncio.run(_slow_pulls(peer, path, headers, count, seconds))


async def _slow_pulls(peer: Peer, path: str, headers: Mapping[str, str], count: int, seconds: float) -> float:
    address = urlsplit(peer.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nhost: {address.netloc}\r\n{lines}\r\n".encode()

    async def pull() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port, limit=2**17)
        writer.write(request)
        with contextlib.suppress(asyncio.CancelledError):
            while await reader.read(2**17):  # noqa: ASYNC110 - a slow reader
                await asyncio.sleep(0.2)
        writer.close()

    pulls = [asyncio.ensure_future(pull()) for _ in range(count)]
    most, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        most = max(most, resident_mib(peer.pid))
        await asyncio.sleep(0.25)
    for each in pulls:
        each.cancel()
    await asyncio.gather(*pulls)
    return most


def _named(headers: Mapping[str, str]) -> list[str]:
    return [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]


def _at_once(peer: Peer, commands: Sequence[Sequence[str]], size: int) -> Figure:
    before, began = processor_seconds(peer.pid), time.monotonic()
    running = [subprocess.Popen(command) for command in commands]
    failed = [each.args for each in running if each.wait() != 0]
    seconds = time.monotonic() - began
    if failed:
        raise RuntimeError(f"{peer.name}: {failed} failed")
    return Figure(size / 1e6 / seconds, (processor_seconds(peer.pid) - before) / (size / 1e9))
