"""Who judges: the judge with all that it is told of, as every room that judges has it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pratique.access import SYSTEM
from pratique.admission import Benches, Judging
from pratique.admission.attested import Attested
from pratique.admission.catching_up import CatchingUp
from pratique.admission.covering import Expectations
from pratique.admission.digests import DigestJudging
from pratique.admission.examined import Examined
from pratique.admission.named import Named
from pratique.admission.weighing import Weighing
from pratique.advisories.findings import Findings
from pratique.bootstrap.advising import revisions_of
from pratique.clock import SECOND, Clock
from pratique.db import Database
from pratique.inventory.recording import Recording
from pratique.packages import Severity
from pratique.projects import Projects, Tolerances
from pratique.scanners import ForeignFindings
from pratique.settings import Settings
from pratique.trust import TrustSets


@dataclass(frozen=True, slots=True)
class Court:
    """What judging is done with. `host` is what clients call this registry."""

    host: str
    benches: Benches
    recording: Recording
    findings: Findings
    examined: Examined
    attested: Attested
    named: Named
    weighing: Weighing
    judging: Judging
    digests: DigestJudging
    catching_up: CatchingUp


def expectations_of(settings: Settings) -> Expectations:
    """What is asked of advisories."""
    return Expectations(
        max_age=settings.advisories.max_age * SECOND,
        supported=settings.advisories.extended_support,
        unknown_as=Severity[settings.advisories.severity_unknown_as.upper()],
    )


def build_court(
    settings: Settings,
    clock: Clock,
    database: Database,
    *,
    projects: Projects,
    tolerances: Tolerances,
    trust: TrustSets,
    foreign: ForeignFindings,
    url: str,
) -> Court:
    """Build it on the departments. `url` is how clients reach this server."""
    host = urlsplit(url).netloc
    benches = Benches(projects, trust, tolerances, host)
    recording, findings = Recording(), Findings(revisions_of(settings))
    examined = Examined(recording, findings, foreign, expectations_of(settings))
    attested = Attested()
    weighing = Weighing(examined, attested)
    judging = Judging(weighing, actor=SYSTEM.name)
    return Court(
        host=host,
        benches=benches,
        recording=recording,
        findings=findings,
        examined=examined,
        attested=attested,
        named=Named(attested, foreign),
        weighing=weighing,
        judging=judging,
        digests=DigestJudging(database, benches, examined, judging, clock),
        catching_up=CatchingUp(benches, judging, clock),
    )
