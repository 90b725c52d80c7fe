"""Other scanners: how they are asked, and what they are let in with."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pratique.access import SCANNER, Tier
from pratique.admission.matching import JudgingNamed, Matching
from pratique.bootstrap.commanding import build_commands
from pratique.bootstrap.judging import Court
from pratique.bootstrap.stores import Stores
from pratique.clock import SECOND, Clock
from pratique.db import Database, Tx
from pratique.identity import Granted, GrantedAccess, Tokens
from pratique.jobs import Handler
from pratique.net import Outbound, OutboundLimits
from pratique.projects import Project, Projects
from pratique.scanners import (
    END_ABANDONED,
    JUDGE,
    SCAN,
    Abandoned,
    ForeignFindings,
    Pinging,
    Registrations,
    ScanFeed,
    Scanning,
    Scans,
    Target,
)
from pratique.scanners.guests import GuestScans
from pratique.scanners.ports import Sealing
from pratique.settings import Settings

ANSWERS: Final = OutboundLimits(connect=5, read=20, whole=120)
"""Seconds for an answer of a scanner, a report of the largest size included."""


@dataclass(frozen=True, slots=True)
class Scanners:
    """The desks of the room."""

    registrations: Registrations
    scans: Scans
    findings: ForeignFindings
    guests: GuestScans


class VisitsOfIdentity:
    """`scanners.ports.Visits` with tokens that read one repository, and end by themselves."""

    def __init__(self, tokens: Tokens, url: str, internal_url: str, lifetime: int) -> None:
        self._tokens = tokens
        self._url = url
        self._internal_url = internal_url.rstrip("/")
        self._lifetime = lifetime

    def address(self, *, is_internal: bool) -> str:
        """Where this registry is."""
        return self._internal_url if is_internal and self._internal_url else self._url

    def authorization(self, target: Target, *, wants_bearer: bool) -> str:
        """The header. What may be pulled is what is examined: artifacts in any state, of this repository alone."""
        access = GrantedAccess(
            target.repository, target.project_id, frozenset({"pull"}), Tier.EXAMINE, inspect=True
        )
        token = self._tokens.issue(SCANNER, Granted((access,)), self._lifetime).token
        if wants_bearer:
            return f"Bearer {token}"
        return "Basic " + base64.b64encode(f"{SCANNER.name}:{token}".encode()).decode("ascii")


class SwitchesOfProjects:
    """`scanners.ports.Switches` with the projects room."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def scans_pushes(self, tx: Tx, project_id: int) -> bool:
        """Whether the project has `auto_scan`."""
        project = self._projects.by_id(tx, project_id)
        return project is not None and project.metadata.get("auto_scan") == "true"


class LeaverOfScanners:
    """`projects.ports.Leaver` with what scanners were asked in a project."""

    def __init__(self, registrations: Registrations) -> None:
        self._registrations = registrations

    def forget_project(self, tx: Tx, project: Project) -> None:
        """It goes with the project."""
        self._registrations.forget_project(tx, project.id)


def build_scanners(settings: Settings, clock: Clock, database: Database, sealing: Sealing) -> Scanners:
    """The desks."""
    registrations = Registrations(sealing, clock)
    guests = build_guests(settings, clock, database, sealing)
    return Scanners(registrations, Scans(registrations, clock), ForeignFindings(registrations), guests)


def build_guests(settings: Settings, clock: Clock, database: Database, sealing: Sealing) -> GuestScans:
    """What others ask of this registry as a scanner."""
    credential = settings.adapter.credential.reveal()
    return GuestScans(database, sealing, clock, credential, settings.adapter.registries)


def build_pinging(settings: Settings, scanners: Scanners, stores: Stores) -> Pinging:
    """Asking scanners what they are."""
    return Pinging(
        scanners.registrations,
        lambda insecure_tls: way_to_scanners(settings, insecure_tls=insecure_tls),
        build_commands(settings, stores),
    )


def build_scan_handlers(
    settings: Settings,
    clock: Clock,
    stores: Stores,
    scanners: Scanners,
    tokens: Tokens,
    court: Court,
    url: str,
) -> Mapping[str, Handler]:
    """The jobs: asking scanners, and judging by what they say."""
    database = stores.database
    visits = VisitsOfIdentity(tokens, url, settings.scanners.internal_url, settings.scanners.deadline)
    scanning = Scanning(
        database,
        scanners.registrations,
        visits,
        lambda insecure_tls: way_to_scanners(settings, insecure_tls=insecure_tls),
        build_commands(settings, stores),
        clock,
        deadline=settings.scanners.deadline * SECOND,
    )
    matching = Matching(database, court.findings)
    return {
        SCAN: scanning,
        JUDGE: JudgingNamed(database, court.named, matching, court.digests),
        END_ABANDONED: Abandoned(database, scanners.registrations, clock),
    }


def build_scan_feed(scanners: Scanners, projects: Projects) -> ScanFeed:
    """What is pushed is scanned where that is asked for."""
    return ScanFeed(scanners.scans, SwitchesOfProjects(projects))


def way_to_scanners(settings: Settings, *, insecure_tls: bool) -> Outbound:
    """At private addresses, and without TLS, only what the settings name."""
    named = frozenset(settings.net.allow)
    return Outbound(allowed=named, insecure_http=named, insecure_tls=insecure_tls, limits=ANSWERS)
