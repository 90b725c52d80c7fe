"""The one place where the rooms are made and joined. Everything is built once; nothing here decides anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from pratique.admission import (
    AdmissionGate,
    DenyDesk,
    Desk,
    EvidenceBounds,
    EvidenceVerifier,
    Narrowing,
    PartyDesk,
    Rejudging,
    RevocationDesk,
    RootDesk,
    Switch,
    VerdictLinks,
)
from pratique.admission.signed_bills import SignedBills
from pratique.bootstrap.adapters import (
    BumperOfIdentity,
    HoldingsOfRegistry,
    PeopleOfIdentity,
    ProjectsOfRegistry,
    RobotReachOfIdentity,
)
from pratique.bootstrap.judging import Court, build_court
from pratique.bootstrap.people import Identity, ProjectFinder, build_identity
from pratique.bootstrap.rights import RightsOf
from pratique.bootstrap.scanning import LeaverOfScanners, Scanners, build_scanners
from pratique.bootstrap.signing import LeaverOfSigning, Signing, build_keys, build_sealing, build_signing
from pratique.bootstrap.stores import Stores, open_stores
from pratique.bootstrap.trusting import LeaverOfTrust, Trust, build_trust
from pratique.clock import SECOND, Clock, ForwardClock
from pratique.oci.evidence_shape import EvidenceLimits
from pratique.packages import Severity
from pratique.projects import (
    Allowlists,
    Labels,
    Leaver,
    Members,
    Projects,
    Quotas,
    Standings,
    Tolerances,
)
from pratique.registry.claims import ClaimReader, ManifestLimits
from pratique.registry.copy import Copier
from pratique.registry.delete import Deleter
from pratique.registry.listing import Lister
from pratique.registry.mounts import Mounts
from pratique.registry.pull import Puller
from pratique.registry.push import Pusher
from pratique.registry.uploads import UploadLimits, Uploads
from pratique.settings import Settings
from pratique.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class Departments:
    """Projects and what belongs to them."""

    projects: Projects
    allowlists: Allowlists
    members: Members
    quotas: Quotas
    labels: Labels
    standings: Standings
    rights: RightsOf
    tolerances: Tolerances
    trust: Trust


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The registry behind its gate."""

    gate: AdmissionGate
    desk: Desk
    parties: PartyDesk
    denying: DenyDesk
    roots: RootDesk
    revocations: RevocationDesk
    rejudging: Rejudging
    claims: ClaimReader
    puller: Puller
    pusher: Pusher
    uploads: Uploads
    mounts: Mounts
    deleter: Deleter
    lister: Lister
    copier: Copier


@dataclass(frozen=True, slots=True)
class House:
    """All rooms of one process."""

    settings: Settings
    clock: ForwardClock
    stores: Stores
    identity: Identity
    departments: Departments
    court: Court
    warehouse: Warehouse
    signing: Signing
    scanners: Scanners

    def close(self) -> None:
        """Close the stores."""
        self.stores.database.close()


def build(settings: Settings, told: Clock, metrics: Metrics | None = None) -> House:
    """Build every room. Raises Unavailable when a store can't be opened."""
    clock = ForwardClock(told)
    stores = open_stores(settings, clock, metrics)
    switch = Switch()
    finder = ProjectFinder()
    identity = build_identity(settings, clock, stores.database, finder.number_of)
    sealing = build_sealing(settings, stores)
    keys, scanners = (
        build_keys(settings, clock, stores, sealing),
        build_scanners(settings, clock, stores.database, sealing),
    )
    leavers = (switch, LeaverOfSigning(keys), LeaverOfScanners(scanners.registrations))
    departments = _departments(settings, clock, identity, leavers, switch)
    finder.projects = departments.projects
    court = build_court(
        settings,
        clock,
        stores.database,
        projects=departments.projects,
        tolerances=departments.tolerances,
        trust=departments.trust.sets,
        foreign=scanners.findings,
        url=public_url(settings),
    )
    switch.again = court.catching_up
    switch.narrowing = Narrowing(court.benches, court.judging, clock)
    warehouse = _warehouse(settings, clock, stores, departments, court)
    signing = build_signing(
        settings,
        clock,
        stores,
        keys,
        court=court,
        projects=departments.projects,
        gate=warehouse.gate,
        url=public_url(settings),
    )
    return House(settings, clock, stores, identity, departments, court, warehouse, signing, scanners)


def public_url(settings: Settings) -> str:
    """How clients reach this server, without a slash at the end."""
    scheme = "https" if settings.server.tls_cert else "http"
    return (settings.server.external_url or f"{scheme}://{settings.server.listen}").rstrip("/")


def _departments(
    settings: Settings, clock: Clock, identity: Identity, more: Sequence[Leaver], switch: Switch
) -> Departments:
    holdings = HoldingsOfRegistry()
    reach = RobotReachOfIdentity(identity.robots)
    members = Members(clock, PeopleOfIdentity(identity.users), BumperOfIdentity(identity.accounts))
    quotas = Quotas(clock, holdings, settings.projects.storage)
    trust = build_trust(clock)
    allowlists = Allowlists(clock, switch)
    leavers: tuple[Leaver, ...] = (holdings, reach, LeaverOfTrust(trust), *more)
    projects = Projects(clock, members, quotas, holdings, switch, allowlists, leavers)
    standings = Standings(members, reach)
    rights = RightsOf(projects, standings, identity.robots)
    tolerances = Tolerances(Severity[settings.advisories.severity_unknown_as.upper()])
    return Departments(
        projects, allowlists, members, quotas, Labels(clock), standings, rights, tolerances, trust
    )


def _warehouse(
    settings: Settings, clock: Clock, stores: Stores, departments: Departments, court: Court
) -> Warehouse:
    database, links, trust = stores.database, VerdictLinks(public_url(settings)), departments.trust
    benches, judging, host = court.benches, court.judging, court.host
    narrowing = Narrowing(benches, judging, clock)
    bounds = EvidenceBounds(settings.limits.evidence_at_once, float(settings.limits.evidence_time))
    projects = ProjectsOfRegistry(departments.projects, departments.quotas)
    sizes = _manifest_limits(settings)
    claims = ClaimReader(database, stores.blobs, projects, sizes)
    verifier = EvidenceVerifier(database, trust.sets, clock, host, SignedBills(claims), bounds)
    gate = AdmissionGate(benches, verifier, judging, clock, links, court.recording)
    window = settings.gate.candidate_window * SECOND
    lease = settings.registry.lease * SECOND
    puller = Puller(database, stores.blobs, gate, clock, candidate_window=window, paths=stores.blobs)
    sparse = settings.limits.allow_sparse_index
    pusher = Pusher(database, gate, projects, claims, clock, sparse=sparse, limits=sizes)
    limits = UploadLimits(
        settings.limits.blob_size,
        settings.limits.open_uploads,
        settings.limits.upload_expiry * SECOND,
        lease,
    )
    return Warehouse(
        gate=gate,
        desk=Desk(trust.keys, benches, judging, narrowing, clock, links),
        parties=PartyDesk(trust.identities, trust.stores, trust.roots, narrowing),
        denying=DenyDesk(trust.denied, narrowing),
        roots=RootDesk(trust.roots, narrowing),
        revocations=RevocationDesk(trust.revocations, narrowing),
        rejudging=Rejudging(database, benches, judging, verifier, claims, clock, court.catching_up),
        claims=claims,
        puller=puller,
        pusher=pusher,
        uploads=Uploads(database, stores.spool, stores.blobs, projects, clock, limits),
        mounts=Mounts(database, puller, departments.rights, projects, clock, lease=lease),
        deleter=Deleter(database, gate, clock),
        lister=Lister(database, gate, referrers_page=settings.limits.page),
        copier=Copier(database, gate, projects, puller, pusher, clock, lease=lease),
    )


def _manifest_limits(settings: Settings) -> ManifestLimits:
    limits = settings.limits
    evidence = EvidenceLimits(limits.evidence_size, limits.evidence_layers, limits.evidence_config)
    return ManifestLimits(limits.manifest_size, limits.index_children, evidence)
