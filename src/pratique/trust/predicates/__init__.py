"""What attestations say, as facts: small, typed, and the same words whichever version of a predicate they came in.

A fact is believed only as far as its signature is, and nothing here decides anything. What is known by prefix (SPDX,
CycloneDX, OpenVEX) is written with and without versions in the wild; what is not known is kept with limits. A predicate
that is not what its type says stays an attestation of its subject, and has the fact `problem`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from pratique.errors import ManifestInvalid
from pratique.trust.predicates.bills import cyclonedx, spdx
from pratique.trust.predicates.bounds import TEXT_LIMIT, bounded
from pratique.trust.predicates.provenance import provenance_v02, provenance_v1
from pratique.trust.predicates.summaries import summary
from pratique.trust.predicates.vulnerabilities import cosign_vulnerabilities, openvex
from pratique.trust.statement import COSIGN_SIGN
from pratique.trust.strict import Unreadable

Facts: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[Any], dict[str, Any]]

READERS: Final[Mapping[str, tuple[str, Reader]]] = {
    "https://slsa.dev/provenance/v1": ("provenance", provenance_v1),
    "https://slsa.dev/provenance/v0.2": ("provenance", provenance_v02),
    "https://slsa.dev/verification_summary/v1": ("verification-summary", summary),
    "https://cosign.sigstore.dev/attestation/vuln/v1": ("vulnerabilities", cosign_vulnerabilities),
}
"""By the exact predicate type: a kind of fact, and who reads it."""
PREFIXES: Final[Mapping[str, tuple[str, Reader]]] = {
    "https://spdx.dev/Document": ("spdx", spdx),
    "https://cyclonedx.org/bom": ("cyclonedx", cyclonedx),
    "https://openvex.dev/ns": ("openvex", openvex),
}
"""By the beginning: `https://spdx.dev/Document/v2.3` and `https://cyclonedx.org/bom/v1.4` are met too."""


def facts_of(predicate_type: str, predicate: Any) -> Facts:
    """What a predicate says; `kind` is always there. Of bounded size, made of JSON's types. Never raises."""
    if predicate_type == COSIGN_SIGN:
        return {"kind": "signature"}
    known = _reader(predicate_type)
    if known is None:
        return {"kind": "other", "predicate": bounded(predicate)}
    kind, read = known
    try:
        facts = read(predicate)
    except (Unreadable, ManifestInvalid) as error:
        return {"kind": kind, "problem": str(error)[:TEXT_LIMIT]}
    return {"kind": kind, **bounded({name: value for name, value in facts.items() if value is not None})}


def _reader(predicate_type: str) -> tuple[str, Reader] | None:
    exact = READERS.get(predicate_type)
    if exact is not None:
        return exact
    beginning = (known for prefix, known in PREFIXES.items() if extends(predicate_type, prefix))
    return next(beginning, None)


def extends(predicate_type: str, prefix: str) -> bool:
    """Whether it is the prefix, or goes on with a version: `…/ns` is no beginning of `…/nsx`."""
    return predicate_type == prefix or predicate_type.startswith(f"{prefix}/")
