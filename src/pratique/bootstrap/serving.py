"""A process that serves: the doors over a house."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from pratique.bootstrap.desks import build_api_rooms
from pratique.bootstrap.house import House
from pratique.clock import SECOND
from pratique.http.api import OPERATIONS, ManagementApi
from pratique.http.api.call import PREFIX as API_PREFIX
from pratique.http.app import Application
from pratique.http.counting import CountingProjects
from pratique.http.freshness import Freshness
from pratique.http.guests import PREFIX as GUESTS
from pratique.http.guests import GuestDoor
from pratique.http.rooms import DoorSettings, Rooms
from pratique.http.server import Server, ServerLimits, build_server
from pratique.http.server import serve as run_server
from pratique.http.threads import Threads
from pratique.http.tls import Certificate
from pratique.http.well_known import PREFIX as WELL_KNOWN
from pratique.http.well_known import WellKnown
from pratique.http.wire.bodies import Moving
from pratique.http.wire.engine import Engine
from pratique.http.wire.keeping import Keeper
from pratique.http.wire.reading import Reading
from pratique.http.wire.warm import WarmAnswers
from pratique.registry.tally import Tally
from pratique.registry.warm import WarmReads
from pratique.settings import Settings
from pratique.telemetry import Log, Metrics
from pratique.telemetry.lines import CLOCK_WENT_BACK

__all__ = [
    "Serving",
    "build_application",
    "build_server_of",
    "build_serving",
    "run_server",
]


@dataclass(frozen=True, slots=True)
class Serving:
    """What a serving process has beside the house."""

    rooms: Rooms
    reading: Reading


def build_serving(house: House, log: Log, metrics: Metrics) -> Serving:
    """Furnish the doors of a house; the watch over the database starts here."""
    settings, database = house.settings, house.stores.database
    house.clock.watch(lambda behind: log.write(CLOCK_WENT_BACK, seconds=behind // SECOND))
    watch = database.watch()
    watch.start()
    warm = WarmReads(entries=settings.warm.entries, memory=settings.warm.manifests)
    counting = CountingProjects()
    freshness = Freshness(
        database,
        (house.identity.forget,),
        watch.lease_is_alive,
        numbered=(warm.forget, counting.forget),
        renew=watch.poll,
        close=watch.close,
    )
    warehouse, identity = house.warehouse, house.identity
    tally = Tally(database, house.clock)
    rooms = Rooms(
        database=database,
        puller=warehouse.puller,
        pusher=warehouse.pusher,
        uploads=warehouse.uploads,
        mounts=warehouse.mounts,
        deleter=warehouse.deleter,
        lister=warehouse.lister,
        accounts=identity.accounts,
        tokens=identity.tokens,
        refresh_tokens=identity.refresh_tokens,
        rights=house.departments.rights,
        freshness=freshness,
        counting=counting,
        keeper=Keeper(warm, warehouse.puller, tally),
        threads=Threads(
            database=settings.threads.database,
            blobs=settings.threads.blobs,
            passwords=settings.passwords.width,
        ),
        clock=house.clock,
        log=log,
        metrics=metrics,
        ready=lambda: _look(house),
        settings=_door(house),
    )
    answers = WarmAnswers(warm, freshness, identity.tokens, house.clock, tally)
    return Serving(rooms, Reading(answers, tally, metrics, settings.registry.flush_interval))


def build_application(house: House, log: Log, metrics: Metrics) -> Application:
    """The ASGI application of a serving process: every door."""
    serving = build_serving(house, log, metrics)
    api = ManagementApi(build_api_rooms(house, serving.rooms), OPERATIONS)
    doors: dict[str, ASGIApp] = {
        "/api": api,
        WELL_KNOWN: WellKnown(api, API_PREFIX),
        GUESTS: GuestDoor(serving.rooms, house.scanners.guests),
    }
    return Application(serving.rooms, doors, reading=serving.reading, moving=_moving(house.settings))


def _moving(settings: Settings) -> Moving | None:
    if not settings.server.native_transfers:
        return None
    return Moving(
        Engine(settings.threads.transfers),
        stall_time=float(settings.limits.stall_time),
        least_rate=settings.limits.least_rate,
    )


def build_server_of(
    settings: Settings,
    application: Application,
    log: Log,
    on_started: Callable[[str, int], None],
    on_stopping: Callable[[], None] = lambda: None,
) -> Server:
    """The server of an application, with TLS where the settings name a certificate."""
    host, _, port = settings.server.listen.rpartition(":")
    certificate = None
    if settings.server.tls_cert:
        certificate = Certificate(Path(settings.server.tls_cert), Path(settings.server.tls_key), log)
    limits = ServerLimits(
        drain=settings.server.drain,
        head_size=settings.limits.head_size,
        head_time=float(settings.limits.head_time),
        idle_time=settings.limits.idle_time,
        connections=settings.limits.connections,
    )
    return build_server(
        application,
        host.strip("[]"),
        int(port),
        limits,
        wire=application.wire,
        certificate=certificate,
        on_started=on_started,
        on_stopping=on_stopping,
    )


def _door(house: House) -> DoorSettings:
    settings = house.settings
    return DoorSettings(
        external_url=settings.server.external_url.rstrip("/"),
        service=house.identity.service,
        trusted_proxies=settings.server.trusted_proxies,
        manifest_size=settings.limits.manifest_size,
        page=settings.limits.page,
        stall_time=float(settings.limits.stall_time),
        least_rate=settings.limits.least_rate,
        log_requests=settings.log.requests,
        metrics=settings.server.metrics,
    )


def _look(house: House) -> None:
    """Raises Unavailable while the database or the disk can't be used."""
    with house.stores.database.read() as tx:
        house.departments.projects.by_id(tx, 0)
