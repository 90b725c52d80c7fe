"""What the registry says of an artifact that it let in: a Verification Summary (slsa.dev, verification_summary/v1).

Only ever PASSED. `cosign verify` does not look at the predicate type: a FAILED summary signed with a key that consumers
verify with would be a signature. For the same reason summaries have a key of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment, rfc3339
from pratique.oci.digest import Digest, algorithm_of, encoded_of
from pratique.trust.signing.envelopes import statement
from pratique.trust.signing.written import Named

VSA: Final = "https://slsa.dev/verification_summary/v1"
UNEVALUATED: Final = "SLSA_BUILD_LEVEL_UNEVALUATED"
"""The build level while provenance is not judged."""
SLSA_VERSION: Final = "1.2"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A verdict that lets out: by which policy (its digest), on which evidence, when. `url` is the registry's."""

    url: str
    policy: str
    evidence: Sequence[Digest]
    judged_at: Moment


def summary_statement(named: Named, admitted: Admitted) -> bytes:
    """The statement; the same verdict gives the same bytes."""
    return statement(
        named,
        VSA,
        {
            "verifier": {"id": f"{admitted.url}/verifier/v1"},
            "timeVerified": rfc3339(admitted.judged_at),
            "resourceUri": named.resource,
            "policy": {
                "uri": f"{admitted.url}/api/v2.0/projects/{named.project}/metadatas/admission",
                "digest": _digest_set(Digest(admitted.policy)),
            },
            "inputAttestations": [
                {
                    "uri": f"{admitted.url}/v2/{named.repository}/manifests/{digest}",
                    "digest": _digest_set(digest),
                }
                for digest in sorted(set(admitted.evidence))
            ],
            "verificationResult": "PASSED",
            "verifiedLevels": [UNEVALUATED],
            "slsaVersion": SLSA_VERSION,
        },
    )


def _digest_set(digest: Digest) -> dict[str, str]:
    return {algorithm_of(digest): encoded_of(digest)}
