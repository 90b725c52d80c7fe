"""The one table of tools: where each comes from, and the oldest version that will do.

Go modules and wheels are pinned to exact versions. Debian's move (a suite's point releases, and
sid always), so they have a minimum, checked and printed. Warning headers on successful pulls are
printed by skopeo 1.22, podman 5.8 and buildah 1.43 (the `-new` ones), crane, oras and regctl.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.toolbox.debian import ChrootPackage, Package, SuitePackage
from tests.toolbox.golang import GoModule, GoProgram
from tests.toolbox.wheel import Wheel

Source: TypeAlias = Package | SuitePackage | ChrootPackage | Wheel | GoModule | GoProgram

NEWER = "sid"
SECOND_OPINION = Path(__file__).parents[1] / "clients" / "second_opinion"
"""Says what sigstore-go says; its version is that library's."""
SLSA_VERIFIER = Path(__file__).parents[1] / "clients" / "slsa_verifier"
"""The version of slsa-verifier, with all that it is built of."""
LAYER_ORACLE = Path(__file__).parents[1] / "clients" / "layer_oracle"
"""Says what archive/tar and containerd make of layers; its version is containerd's."""

_NEW_CLIENTS = (
    "buildah",
    "containerd",
    "containers-storage",
    "docker-buildx",
    "docker-cli",
    "docker.io",
    "podman",
    "runc",
    "skopeo",
)


@dataclass(frozen=True)
class Row:
    """A tool's name, its source, the oldest version that will do, and how to ask for the version."""

    name: str
    source: Source
    minimum: str
    question: tuple[str, ...] = ("--version",)
    as_root: bool = False
    """Whether tests can use it only as root (it mounts, or enters a chroot)."""


def _newer(name: str, path: str, minimum: str) -> Row:
    return Row(name, ChrootPackage(NEWER, path, _NEW_CLIENTS), minimum, as_root=True)


TABLE: tuple[Row, ...] = (
    Row("openssl", Package("openssl", "/usr/bin/openssl"), "3.0", ("version",)),
    Row("skopeo", Package("skopeo", "/usr/bin/skopeo"), "1.9"),
    Row(
        "podman",
        Package("podman", "/usr/bin/podman", ("runc", "golang-github-containers-common")),
        "4.3",
        as_root=True,
    ),
    Row("buildah", Package("buildah", "/usr/bin/buildah", ("runc",)), "1.28", as_root=True),
    Row("umoci", Package("umoci", "/usr/bin/umoci"), "0.4.7"),
    Row("mmdebstrap", Package("mmdebstrap", "/usr/bin/mmdebstrap"), "1.3", as_root=True),
    Row("docker", Package("docker.io", "/usr/bin/docker"), "20.10"),
    Row("dockerd", Package("docker.io", "/usr/sbin/dockerd", ("containerd", "runc")), "20.10", as_root=True),
    Row("containerd", Package("containerd", "/usr/bin/containerd", ("runc",)), "1.6", as_root=True),
    Row("ctr", Package("containerd", "/usr/bin/ctr"), "1.6", as_root=True),
    Row("postgresql", Package("postgresql-15", "/usr/lib/postgresql/15/bin/initdb"), "15.0"),
    Row("nginx", Package("nginx-light", "/usr/sbin/nginx"), "1.22", ("-v",)),
    Row("wrk", Package("wrk", "/usr/bin/wrk"), "4.1", ("-v",)),
    Row("softhsm2-util", Package("softhsm2", "/usr/bin/softhsm2-util"), "2.6"),
    Row("crane", SuitePackage(NEWER, "crane", "usr/bin/crane"), "0.20", ("version",)),
    Row("oras", SuitePackage(NEWER, "oras", "usr/bin/oras"), "1.3", ("version",)),
    Row("notation", SuitePackage(NEWER, "notation", "usr/bin/notation"), "1.3", ("version",)),
    Row("cosign", SuitePackage(NEWER, "cosign", "usr/bin/cosign"), "3.0", ("version",)),
    Row("regctl", GoModule("github.com/regclient/regclient/cmd/regctl", "v0.11.7"), "0.11.7", ("version",)),
    Row("helm", GoModule("helm.sh/helm/v4/cmd/helm", "v4.3.1"), "4.3", ("version", "--short")),
    Row("registry", GoModule("github.com/distribution/distribution/v3/cmd/registry", "v3.1.2"), "3.1.2"),
    Row("fulcio", GoModule("github.com/sigstore/fulcio", "v1.8.8"), "1.8.8", ("version",)),
    Row(
        "rekor-server",
        GoModule("github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix", "v2.3.0"),
        "2.3.0",
        ("version",),
    ),
    Row(
        "timestamp-server",
        GoModule("github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server", "v2.1.3"),
        "2.1.3",
        ("version",),
    ),
    Row(
        "osv-scanner",
        GoModule("github.com/google/osv-scanner/v2/cmd/osv-scanner", "v2.5.0"),
        "2.5.0",
    ),
    Row("syft", GoModule("github.com/anchore/syft/cmd/syft", "v1.52.0"), "1.52.0", ("version",)),
    Row(
        "slsa-verifier",
        GoProgram(SLSA_VERIFIER, "github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier"),
        "2.7.1",
        ("version",),
    ),
    Row("second-opinion", GoProgram(SECOND_OPINION), "1.3.0", ("version",)),
    Row("layer-oracle", GoProgram(LAYER_ORACLE), "2.4.2", ("version",)),
    _newer("skopeo-new", "/usr/bin/skopeo", "1.22"),
    _newer("podman-new", "/usr/bin/podman", "5.8"),
    _newer("buildah-new", "/usr/bin/buildah", "1.43"),
    _newer("docker-new", "/usr/bin/docker", "28.0"),
    _newer("dockerd-new", "/usr/sbin/dockerd", "28.0"),
    _newer("containerd-new", "/usr/bin/containerd", "2.0"),
    _newer("ctr-new", "/usr/bin/ctr", "2.0"),
)
