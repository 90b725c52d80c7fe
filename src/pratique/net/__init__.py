"""Net: every byte that goes out, past one guard against requests that others aim; and the OCI reading client."""

from pratique.net.distribution import Pulled, RemoteRepository
from pratique.net.docker_credentials import Credential, DockerCredentials
from pratique.net.outbound import Answer, EveryHost, Outbound, OutboundLimits
from pratique.net.remote_names import RemoteName, parse_remote_name

__all__ = [
    "Answer",
    "Credential",
    "DockerCredentials",
    "EveryHost",
    "Outbound",
    "OutboundLimits",
    "Pulled",
    "RemoteName",
    "RemoteRepository",
    "parse_remote_name",
]
