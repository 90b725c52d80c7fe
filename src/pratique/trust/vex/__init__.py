"""VEX in attestations: what a predicate says of vulnerabilities in one artifact, whatever format it came in.

A statement is read only where its product is this artifact, by digest: what names a package, a repository or a tag may
be said of anything. Nothing here decides whose word counts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pratique.oci.digest import Digest
from pratique.policy import VexStatement
from pratique.trust.predicates import extends
from pratique.trust.vex.cyclonedx import read_cyclonedx
from pratique.trust.vex.openvex import read_openvex

Reader: TypeAlias = Callable[[Any, Digest], tuple[VexStatement, ...]]

READERS: Final[Mapping[str, Reader]] = {
    "https://cyclonedx.org/bom": read_cyclonedx,
    "https://openvex.dev/ns": read_openvex,
}
"""By how the predicate type begins: both are written with and without a version behind it."""


def read_vex(predicate_type: str, predicate: Any, artifact: Digest) -> tuple[VexStatement, ...]:
    """The statements of a predicate that speak of `artifact`; none where its type is no VEX.

    All of them or none: raises Unreadable or ManifestInvalid, for what was left out might have said otherwise.
    """
    readers = (read for prefix, read in READERS.items() if extends(predicate_type, prefix))
    read = next(readers, None)
    return () if read is None else read(predicate, artifact)
