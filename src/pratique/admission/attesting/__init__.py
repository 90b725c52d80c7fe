"""What the registry says of contents: SBOMs, reports and VEX, signed with each project's scan key, as referrers.

None of it is evidence: it is written by the path of what the registry signs itself, so nothing is examined or verified
for it, no verdict rests on it, and the digest of the evidence stays (gate.md, section 2).
"""

from pratique.admission.attesting.attester import Attester
from pratique.admission.attesting.feed import AttestFeed
from pratique.admission.attesting.forms import Form
from pratique.admission.attesting.later import (
    ATTEST,
    ATTEST_DIGESTS,
    attest_digests,
    attest_later,
    said_about,
    sbom_of,
)
from pratique.admission.attesting.plan import Planner
from pratique.admission.attesting.saying import Speaker

__all__ = [
    "ATTEST",
    "ATTEST_DIGESTS",
    "AttestFeed",
    "Attester",
    "Form",
    "Planner",
    "Speaker",
    "attest_digests",
    "attest_later",
    "said_about",
    "sbom_of",
]
