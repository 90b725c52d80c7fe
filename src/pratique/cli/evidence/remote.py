"""A registry as a source of evidence, asked with docker's credentials."""

from collections.abc import Iterator

from pratique.cli.evidence.sources import Kept, checked, keep
from pratique.errors import SizeInvalid
from pratique.net import Credential, Outbound, RemoteName, RemoteRepository
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest
from pratique.oci.references import Reference


class Remote:
    """The repository of `name`. Who calls named the host, so it may be at a private address; nobody else may.

    `insecure_http` asks it without TLS.
    """

    def __init__(self, name: RemoteName, credential: Credential | None, *, insecure_http: bool) -> None:
        host = frozenset((name.bare_host,))
        outbound = Outbound(allowed=host, insecure_http=host if insecure_http else frozenset())
        self._name = name
        self._outbound = outbound
        self._repository = RemoteRepository(outbound, name, credential, insecure_http=insecure_http)

    def close(self) -> None:
        """Close its connections."""
        self._outbound.close()

    @property
    def reference(self) -> str:
        """`host[:port]/repository`."""
        return self._name.reference

    def manifest(self, reference: Reference) -> Kept:
        """The manifest of a tag or digest; its bytes hash to the digest, whatever the registry's headers say."""
        pulled = self._repository.manifest(reference)
        return keep(pulled.content, reference, pulled.media_type)

    def referrers(self, subject: Digest) -> Iterator[Digest]:
        """What the referrers API lists."""
        return (descriptor.digest for descriptor in self._repository.referrers(subject))

    def blob(self, descriptor: Descriptor) -> bytes:
        """The bytes of a blob."""
        content = self._repository.blob(descriptor)
        if len(content) != descriptor.size:
            raise SizeInvalid(f"{descriptor.digest} has {len(content)} bytes instead of {descriptor.size}")
        checked(content, descriptor.digest)
        return content
