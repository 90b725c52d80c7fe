"""The real clients as small classes: one operation a method, each returning the finished run."""

from tests.clients.runners.artifacts import CHART_VERSION, Crane, Helm, Oras, Regctl
from tests.clients.runners.base import Client, Home, Ran, registry_of
from tests.clients.runners.containerd import Containerd, Ctr
from tests.clients.runners.containers import Buildah, Podman, Skopeo
from tests.clients.runners.docker import Docker, Dockerd
from tests.clients.runners.keyless import KeylessCosign, Services
from tests.clients.runners.opinion import Answer, Question, SecondOpinion
from tests.clients.runners.oracle import LayerOracle, Listing, Node
from tests.clients.runners.signing import Cosign, KeyPair, Notation

__all__ = [
    "CHART_VERSION",
    "Answer",
    "Buildah",
    "Client",
    "Containerd",
    "Cosign",
    "Crane",
    "Ctr",
    "Docker",
    "Dockerd",
    "Helm",
    "Home",
    "KeyPair",
    "KeylessCosign",
    "LayerOracle",
    "Listing",
    "Node",
    "Notation",
    "Oras",
    "Podman",
    "Question",
    "Ran",
    "Regctl",
    "SecondOpinion",
    "Services",
    "Skopeo",
    "registry_of",
]
