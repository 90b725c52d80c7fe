"""Having things said later: by the digests that were examined or of which findings changed, and by hand."""

from collections.abc import Collection
from typing import Final

from pratique.admission.attesting.forms import BILLS, SWITCHES
from pratique.admission.store import attestations
from pratique.admission.store.attestations import Attestation
from pratique.db import Tx
from pratique.jobs import enqueue
from pratique.oci.digest import Digest

ATTEST: Final = "admission.attest"
"""The job that brings what the registry says of an artifact in step: payload {"repository", "digest"}."""

ATTEST_DIGESTS: Final = "admission.attest_digests"
"""The job that enqueues that one for every artifact with one of these digests: payload {"digests"}."""

PRIORITY: Final = 5
"""After whatever anybody waits for."""

AT_ONCE: Final = 500
"""Digests of one job."""


def attest_later(tx: Tx, repository: str, digest: Digest, *, priority: int = PRIORITY) -> None:
    """Have what is said of one artifact brought in step."""
    payload = {"repository": repository, "digest": digest}
    enqueue(tx, ATTEST, payload, dedupe_key=f"{repository}@{digest}", priority=priority)


def attest_digests(tx: Tx, digests: Collection[str]) -> None:
    """The same for all artifacts with these digests, wherever they lie, if anybody asks for anything.

    For whoever records an examination or follows an import, in the same transaction: it writes few rows, however many
    digests there are.
    """
    wanted = sorted(set(digests))
    if not wanted or not attestations.is_any_asked(tx, SWITCHES):
        return
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        key = some[0] if len(some) == 1 else None
        enqueue(tx, ATTEST_DIGESTS, {"digests": some}, dedupe_key=key, priority=PRIORITY)


def sbom_of(tx: Tx, repository_id: int, repository: str, digest: Digest) -> None:
    """Have the SBOM of an artifact made, whatever its project has on; once it is examined, if it is not yet.

    Whoever calls has it examined. What can't be made says why in `said_about`.
    """
    there = {row.form for row in attestations.about(tx, repository_id, digest)}
    for form in BILLS:
        if form not in there:
            attestations.put(tx, Attestation(repository_id, digest, form.value))
    attest_later(tx, repository, digest)


def said_about(tx: Tx, repository_id: int, digest: Digest) -> list[Attestation]:
    """What the registry says of an artifact by attestations, and what it can't say and why."""
    return attestations.about(tx, repository_id, digest)
