"""What the registry says of contents: who makes it, over the rooms of a house."""

from collections.abc import Mapping
from dataclasses import dataclass

from pratique.admission.attesting import ATTEST, ATTEST_DIGESTS, Attester, AttestFeed, Planner, Speaker
from pratique.admission.attesting.renewal import RENEW_ATTESTATIONS, Renewal
from pratique.bootstrap.judging import Court
from pratique.bootstrap.stores import Stores
from pratique.clock import Clock
from pratique.jobs import Handler
from pratique.projects import Projects
from pratique.registry.inscribing import Inscriber
from pratique.settings import Settings
from pratique.trust.signing import SigningKeys


@dataclass(frozen=True, slots=True)
class Attesting:
    """The jobs, and what follows the outbox."""

    attester: Attester
    feed: AttestFeed
    renewal: Renewal

    def handlers(self) -> Mapping[str, Handler]:
        """By kind of job."""
        return {
            ATTEST: self.attester,
            ATTEST_DIGESTS: self.attester.fan_out,
            RENEW_ATTESTATIONS: self.renewal,
        }


def build_attesting(
    settings: Settings,
    clock: Clock,
    stores: Stores,
    keys: SigningKeys,
    inscriber: Inscriber,
    *,
    court: Court,
    projects: Projects,
    url: str,
) -> Attesting:
    """Build it. `url` is how clients reach the registry."""
    attester = Attester(
        stores.database,
        Planner(projects, court.recording, keys, court.host),
        Speaker(court.recording, court.examined, court.findings, url),
        keys,
        inscriber,
        clock,
        limit=settings.limits.evidence_size,
    )
    return Attesting(attester, AttestFeed(projects), Renewal(stores.database, court.findings, clock))
