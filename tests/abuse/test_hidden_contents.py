"""A running registry, a project that prevents vulnerabilities, and one bad package in every disguise: none gets out."""

import bz2
import gzip
import hashlib
import json
import lzma
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import zstandard
from tests.abuse.raw import ask
from tests.abuse.victim import HURRIED, Victim, clean_environment, running
from tests.images import file, folder, hidden, layer, link, opaque, sha256
from tests.shipping import advisory
from tests.waiting import eventually

IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
TAR: Final = "application/vnd.oci.image.layer.v1.tar"
EMPTY: Final = "application/vnd.oci.empty.v1+json"
HELM: Final = "application/vnd.cncf.helm.config.v1+json"
CHART: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
METADATA: Final = "usr/lib/evil-1.0.dist-info/METADATA"
BAD: Final = layer(file(METADATA, "Name: evil\nVersion: 1.0\n"))
GOOD: Final = layer(file("usr/lib/good-1.0.dist-info/METADATA", "Name: good\nVersion: 1.0\n"))
FRAME: Final = struct.pack("<II", 0x184D2A50, 4) + b"skip"


class Smuggler:
    """Somebody who may push, and what everybody gets."""

    def __init__(self, victim: Victim) -> None:
        self.victim = victim
        self.tokens: dict[str, str] = {}

    def project(self, name: str, **metadata: str) -> None:
        body = json.dumps({"project_name": name, "metadata": {"public": "true", **metadata}}).encode()
        reply = self.victim.ask("POST", "/api/v2.0/projects", {"content-type": "application/json"}, body)
        assert reply.status == 201, reply

    def described(self, repository: str, content: bytes, of: str, **more: Any) -> dict[str, Any]:
        digest = self.victim.blob(content, repository)
        return {"mediaType": of, "digest": digest, "size": len(content), **more}

    def put(self, repository: str, manifest: dict[str, Any], tag: str = "") -> str:
        body = json.dumps({"schemaVersion": 2, **manifest}).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        target = f"/v2/{repository}/manifests/{tag or digest}"
        reply = self.victim.ask("PUT", target, {"content-type": manifest["mediaType"]}, body)
        assert reply.status == 201, reply
        return digest

    def image(
        self,
        repository: str,
        *layers: bytes,
        unpacked: tuple[bytes, ...] = (),
        of: str = TAR,
        kind: str = CONFIG,
        config: dict[str, Any] | None = None,
        described: dict[str, Any] | None = None,
        **manifest: Any,
    ) -> str:
        """Push an image; `described` goes into its first layer's descriptor."""
        diff_ids = [sha256(one) for one in unpacked or layers]
        said = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        said = said if config is None else config
        blobs = [self.described(repository, one, of) for one in layers]
        blobs[0].update(described or {})
        manifest = {
            "mediaType": IMAGE,
            "config": self.described(repository, json.dumps(said).encode(), kind),
            "layers": blobs,
            **manifest,
        }
        return self.put(repository, manifest, "1.0")

    def status(self, repository: str, reference: str, kind: str = "manifests") -> int:
        """What anybody gets who may pull."""
        address = self.victim.address
        if repository not in self.tokens:
            reply = ask(address, "GET", f"/service/token?service=x&scope=repository:{repository}:pull")
            assert reply.status == 200, reply
            self.tokens[repository] = str(reply.json()["token"])
        bearer = {"authorization": f"Bearer {self.tokens[repository]}"}
        return ask(address, "GET", f"/v2/{repository}/{kind}/{reference}", bearer).status

    def state(self, repository: str, digest: str) -> str:
        name = repository.partition("/")[2].replace("/", "%252F")
        project = repository.partition("/")[0]
        target = f"/api/v2.0/projects/{project}/repositories/{name}/artifacts/{digest}/verdict"
        reply = self.victim.ask("GET", target)
        assert reply.status == 200, reply
        return str(reply.json()["state"])


@pytest.fixture(scope="module")
def smuggler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smuggler]:
    place = tmp_path_factory.mktemp("hidden")
    records = place / "all.zip"
    with zipfile.ZipFile(records, "w") as archive:
        archive.writestr("PYSEC-2026-1.json", json.dumps(advisory("evil", "2026-1", severity="CRITICAL")))
    command = [sys.executable, "-m", "pratique", "advisories", "import", str(records)]
    command += ["--data", str(place / "data"), "--source", "test"]
    subprocess.run(command, check=True, env=clean_environment(), capture_output=True)
    with running(place, HURRIED) as victim:
        found = Smuggler(victim)
        found.project("prevents", prevent_vul="true", severity="critical")
        found.project("open")
        yield found


Disguise = Callable[[Smuggler, str], str]


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def plain(bad: bytes, **how: Any) -> Disguise:
    return lambda by, at: by.image(at, bad, unpacked=(BAD,), **how)


def stack(*layers: bytes, **how: Any) -> Disguise:
    return lambda by, at: by.image(at, *layers, **how)


def indexed(by: Smuggler, at: str) -> str:
    """Called an attestation of BuildKit's, in an index in an index."""
    digest = by.image(at, BAD)
    good = by.image(at, GOOD)
    size = {"mediaType": IMAGE, "size": by_size(by, at, digest)}
    attested = {
        **size,
        "digest": digest,
        "platform": {"architecture": "unknown", "os": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": good,
        },
    }
    inner = by.put(at, {"mediaType": INDEX, "manifests": [attested]})
    nested = {"mediaType": INDEX, "digest": inner, "size": by_size(by, at, inner)}
    by.put(at, {"mediaType": INDEX, "manifests": [nested]}, "1.0")
    return digest


def by_size(by: Smuggler, at: str, digest: str) -> int:
    return len(by.victim.ask("GET", f"/v2/{at}/manifests/{digest}").body)


def referring(by: Smuggler, at: str) -> str:
    """Called evidence of a clean image."""
    good = by.image(at, GOOD)
    subject = {"mediaType": IMAGE, "digest": good, "size": by_size(by, at, good)}
    return by.image(at, BAD, of="application/vnd.in-toto+json", subject=subject)


def mounted(by: Smuggler, at: str) -> str:
    """Examined nowhere, for its project is open; then brought over without its bytes."""
    by.image(f"open/{at.rpartition('/')[2]}", BAD)
    return by.image(at, BAD)


DISGUISES: Final[dict[str, Disguise]] = {
    "none": plain(BAD),
    "docker": plain(BAD, of="application/vnd.docker.image.rootfs.diff.tar", mediaType=IMAGE),
    "gzip": plain(gz(BAD)),
    "gzip-members": plain(gz(BAD[:300]) + gz(BAD[300:])),
    "gzip-after-nothing": plain(gz(b"") + gz(BAD)),
    "gzip-tail": plain(gz(BAD) + b"\0" * 100),
    "zstd": plain(zstandard.compress(BAD)),
    "zstd-frames": plain(FRAME + zstandard.compress(BAD[:512]) + FRAME + zstandard.compress(BAD[512:])),
    "bzip2": plain(bz2.compress(BAD)),
    "xz": plain(lzma.compress(BAD)),
    "type-of-nothing": plain(BAD, of="application/octet-stream"),
    "type-of-modules": plain(BAD, of="application/wasm"),
    "type-of-bills": plain(BAD, of="application/spdx+json"),
    "type-of-statements": plain(gz(BAD), of="application/vnd.in-toto+json"),
    "encrypted": plain(BAD, of=f"{TAR}+encrypted"),
    "from-elsewhere": plain(BAD, described={"urls": ["https://example.org/layer"]}),
    "artifact-type": plain(BAD, artifactType="application/vnd.cncf.helm.chart"),
    "empty-type": plain(BAD, kind=EMPTY),
    "empty": plain(BAD, kind=EMPTY, config={}),
    "no-such-type": plain(BAD, kind="application/vnd.example.v1+json", config={"a": 1}),
    "model": plain(BAD, kind="application/vnd.example.model.v1+json", config={"rootfs": None}),
    "spelled": plain(BAD, config={"RootFS": {"DIFF_IDS": [sha256(BAD)]}}),
    "chart": plain(gz(BAD), kind=HELM, of=CHART, config={"name": "a", "version": "1.0.0"}),
    "chart-that-runs": plain(gz(BAD), kind=HELM, of=CHART),
    "windows": plain(BAD, config={"os": "windows", "rootfs": {"diff_ids": [sha256(BAD)]}}),
    "more-layers": plain(BAD, config={"rootfs": {"diff_ids": [sha256(BAD), sha256(GOOD)]}}),
    "fewer-layers": stack(GOOD, BAD, config={"rootfs": {"diff_ids": [sha256(GOOD)]}}),
    "other-order": stack(GOOD, BAD, unpacked=(BAD, GOOD)),
    "other-layer": stack(BAD, unpacked=(GOOD,)),
    "twice": stack(BAD, BAD),
    "hidden-by-itself": stack(layer(file(METADATA, "Name: evil\nVersion: 1.0\n"), hidden(METADATA))),
    "hidden-above-and-back": stack(BAD, layer(hidden("usr")), BAD),
    "hidden-through-a-link": stack(
        BAD, layer(link("way", "usr/lib")), layer(hidden("way/evil-1.0.dist-info"))
    ),
    "emptied-through-a-link": stack(BAD, layer(link("way", "usr/lib")), layer(opaque("way"))),
    "emptied-root": stack(BAD, layer(file(".wh..wh..opq"), folder("new"))),
    "two-archives": stack(GOOD + BAD),
    "version-too-long": stack(layer(file(METADATA, f"Name: evil\nVersion: 1.0+{'a' * 5_000}\n"))),
    "name-twice": stack(
        layer(file(METADATA, "Name: EV.IL\nName: good\nVersion: 1.0\n".replace("V.I", "VI")))
    ),
    "spelled-otherwise": stack(layer(file(METADATA, "\ufeffName: EVIL\nVersion: v1.0\n"))),
    "indexed": indexed,
    "referring": referring,
    "mounted": mounted,
}


@pytest.mark.timeout(300)
def test_no_disguise_gets_it_out(smuggler: Smuggler) -> None:
    good = smuggler.image("prevents/good", GOOD)
    pushed = {name: wear(smuggler, f"prevents/{name}") for name, wear in DISGUISES.items()}
    eventually(lambda: smuggler.state("prevents/good", good) == "ADMITTED" or None, 120)
    assert smuggler.status("prevents/good", "1.0") == 200

    def waiting() -> list[str]:
        return [name for name, of in pushed.items() if smuggler.state(f"prevents/{name}", of) == "PENDING"]

    eventually(lambda: not waiting() or None, 120)
    leaks = [
        (name, kind, reference)
        for name, digest in pushed.items()
        for kind, reference in (
            ("manifests", digest),
            ("manifests", "1.0"),
            ("blobs", sha256(BAD)),
            ("blobs", sha256(gz(BAD))),
        )
        if smuggler.status(f"prevents/{name}", reference, kind) < 400
    ]
    # Beside it, what `indexed` and `referring` pushed to the same tag first is clean, and is what the tag answers.
    allowed = {(name, "manifests", "1.0") for name in ("indexed", "referring")}
    assert set(leaks) - allowed == set()
    assert smuggler.victim.is_well()
