"""The rows of the table: what is measured, of whom, and what we aim at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.clients import Figure, Load, download, heads, signatures, slow_pulls, upload
from tests.bench.content import REPOSITORY, SIZES, Content
from tests.bench.peers import Peer

SIGNATURES = 200
"""Signatures in a round: enough for a 95th percentile."""

MANIFEST = f"/v2/{REPOSITORY}/manifests/"
RANGE = {"range": "bytes=1048576-1114111"}


@dataclass(frozen=True)
class Tools:
    """The clients, and how long they measure."""

    load: Load
    curl: str
    content: Content


Measure = Callable[[Tools, Peer], Figure]


@dataclass(frozen=True)
class Row:
    """`unit` of the figure, `per` what processor seconds are counted for; `aim` beside distribution."""

    name: str
    unit: str
    per: str
    aim: str
    measure: Measure
    peers: Sequence[str] = ("pratique", "distribution", "olareg")
    tags: int = 1
    before: Callable[[Tools, Peer], None] | None = None
    rounds: int = 3


@dataclass
class Result:
    """What came out, by peer: the median of the rounds."""

    row: Row
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def value(self, peer: str) -> float | None:
        found = self.figures.get(peer)
        return median(each.value for each in found) if found else None

    def cpu(self, peer: str) -> float | None:
        found = self.figures.get(peer)
        return median(each.cpu for each in found) if found else None


def blob(content: Content, name: str) -> str:
    """The path of a blob."""
    return f"/v2/{REPOSITORY}/blobs/{content.digests[name]}"


def _manifests(count: int) -> Measure:
    names = ["1.0"] if count == 1 else tag_names(min(count, 1_000))
    return lambda tools, peer: tools.load.rate(peer, [MANIFEST + name for name in names], peer.headers())


def _heads(tools: Tools, peer: Peer) -> Figure:
    load = tools.load
    path = f"{MANIFEST}1.0"
    return heads(peer, path, peer.headers(), connections=load.connections, seconds=load.seconds)


def _blobs(name: str, extra: Mapping[str, str] | None = None) -> Measure:
    return lambda tools, peer: tools.load.rate(
        peer, [blob(tools.content, name)], {**peer.headers(), **(extra or {})}
    )


def _download(streams: int) -> Measure:
    return lambda tools, peer: download(
        tools.curl, peer, blob(tools.content, "512m"), peer.headers(), streams, SIZES["512m"]
    )


def _upload(tools: Tools, peer: Peer) -> Figure:
    headers = peer.headers("pull,push", repository="bench/up")
    return upload(tools.curl, peer, tools.content, headers, "512m")


def _pushes(tools: Tools, peer: Peer) -> Figure:
    return tools.load.pushes(peer, tools.content, peer.headers("pull,push"))


def _slow(tools: Tools, peer: Peer) -> Figure:
    return Figure(slow_pulls(peer, blob(tools.content, "1g"), peer.headers(), 200, 8.0), 0.0)


def _signatures(tools: Tools, peer: Peer) -> Figure:
    return signatures(peer, tools.content, SIGNATURES)


def _start(_tools: Tools, peer: Peer) -> Figure:
    peer.stop()
    peer.start()
    return Figure(peer.started_in * 1_000, 0.0)


def tag_names(count: int) -> list[str]:
    """Names of tags, spread as names of builds are."""
    return [f"build-{number:06d}" for number in range(count)]


WITH_NGINX = ("pratique", "distribution", "olareg", "nginx")
ROWS = (
    Row("manifest-get-1", "requests/s", "10,000 requests", ">= 5x", _manifests(1)),
    Row("manifest-head-1", "requests/s", "10,000 requests", ">= 5x", _heads),
    Row("blob-10k", "requests/s", "10,000 requests", ">= 15x", _blobs("10k"), WITH_NGINX),
    Row("blob-1m", "requests/s", "10,000 requests", ">= 1x", _blobs("1m"), WITH_NGINX),
    Row("range-64k", "requests/s", "10,000 requests", ">= 5x", _blobs("512m", RANGE), WITH_NGINX),
    Row("blob-512m", "MB/s", "GB", ">= 1x", _download(1), WITH_NGINX),
    Row("blob-512m-x4", "MB/s", "GB", ">= 1x", _download(4), WITH_NGINX),
    Row("push-512m", "MB/s", "GB", ">= 1x", _upload),
    Row("push-manifests", "requests/s", "10,000 requests", ">= 2x", _pushes),
    Row("sign", "ms, p95 of the PUT", "10,000 requests", "< 100 ms", _signatures, ("pratique",)),
    Row("slow-pulls", "MiB, most", "", "< 300 MiB", _slow, ("pratique", "distribution"), rounds=1),
    Row("start-up", "ms", "", "", _start, ("pratique", "distribution", "olareg")),
    Row("manifest-get-1000", "requests/s", "10,000 requests", ">= 5x", _manifests(1_000), tags=1_000),
    Row(
        "manifest-get-50000",
        "requests/s",
        "10,000 requests",
        ">= 5x",
        _manifests(50_000),
        ("pratique", "distribution"),
        tags=50_000,
    ),
)
