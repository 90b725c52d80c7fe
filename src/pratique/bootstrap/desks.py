"""The rooms behind the management API."""

import shutil

from pratique import __version__
from pratique.audit import AuditTrail
from pratique.bootstrap.house import House, public_url
from pratique.bootstrap.reporting import build_reporting
from pratique.bootstrap.scanning import build_pinging
from pratique.bootstrap.upkeep import build_upkeep
from pratique.http.api.rooms import ApiRooms, ApiSettings
from pratique.http.rooms import Rooms
from pratique.registry.catalogue import Catalogue


def build_api_rooms(house: House, rooms: Rooms) -> ApiRooms:
    """Furnish the management API with the rooms of a house, and with what both doors share."""
    identity, departments, warehouse = house.identity, house.departments, house.warehouse
    reporting = build_reporting(house)
    return ApiRooms(
        database=house.stores.database,
        passwords=identity.passwords,
        accounts=identity.accounts,
        users=identity.users,
        robots=identity.robots,
        refresh_tokens=identity.refresh_tokens,
        projects=departments.projects,
        members=departments.members,
        quotas=departments.quotas,
        allowlists=departments.allowlists,
        labels=departments.labels,
        standings=departments.standings,
        keys=departments.trust.keys,
        identities=departments.trust.identities,
        stores=departments.trust.stores,
        trusted_roots=departments.trust.roots,
        revocation_lists=departments.trust.revocations,
        desk=warehouse.desk,
        signing=house.signing.desk,
        parties=warehouse.parties,
        denying=warehouse.denying,
        roots=warehouse.roots,
        revocations=warehouse.revocations,
        puller=warehouse.puller,
        pusher=warehouse.pusher,
        copier=warehouse.copier,
        deleter=warehouse.deleter,
        catalogue=Catalogue(warehouse.gate, house.clock),
        scans=reporting.scans,
        rounds=reporting.rounds,
        hub=reporting.hub,
        words=reporting.words,
        scanners=house.scanners.registrations,
        pinging=build_pinging(house.settings, house.scanners, house.stores),
        collector=build_upkeep(house).collector,
        trail=AuditTrail(house.clock),
        freshness=rooms.freshness,
        threads=rooms.threads,
        clock=house.clock,
        log=rooms.log,
        settings=_settings(house),
        volume=lambda: _volume(house),
    )


def _settings(house: House) -> ApiSettings:
    settings = house.settings
    return ApiSettings(
        version=__version__,
        external_url=public_url(settings),
        only_admins_create=settings.projects.creation == "adminonly",
        robot_prefix=settings.robots.prefix,
        robot_days=settings.robots.default_days,
        token_lifetime=settings.tokens.lifetime,
        storage=settings.projects.storage,
        gc_interval=settings.registry.gc_interval,
        body_size=settings.limits.api_body,
        stall_time=float(settings.limits.stall_time),
        least_rate=settings.limits.least_rate,
    )


def _volume(house: House) -> tuple[int, int]:
    usage = shutil.disk_usage(house.stores.directory)
    return usage.total, usage.free
