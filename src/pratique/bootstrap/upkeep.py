"""What keeps the house in order, for the worker and for the command line."""

from dataclasses import dataclass

from pratique.bootstrap.house import House
from pratique.clock import SECOND
from pratique.registry.backup import Backup
from pratique.registry.collect import CollectJob, Collector
from pratique.registry.doctor import Doctor
from pratique.registry.recover import Recovery
from pratique.registry.rehearse import Rehearsal
from pratique.registry.scrub import Scrubber
from pratique.registry.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Garbage collection and what else runs beside the requests."""

    collector: Collector
    collect_job: CollectJob
    recovery: Recovery
    doctor: Doctor
    scrubber: Scrubber


def build_upkeep(house: House) -> Upkeep:
    """Build it on the rooms of a house."""
    stores, warehouse, clock = house.stores, house.warehouse, house.clock
    database, blobs, spool = stores.database, stores.blobs, stores.spool
    sweep = Sweep(database, blobs, spool, warehouse.deleter, warehouse.uploads, clock)
    collector = Collector(database, sweep, Rehearsal(database, blobs, spool, warehouse.uploads), clock)
    settings = house.settings
    return Upkeep(
        collector=collector,
        collect_job=CollectJob(
            collector,
            grace=settings.registry.gc_grace * SECOND,
            inspection=settings.registry.corrupt_kept * SECOND,
        ),
        recovery=Recovery(database, blobs, spool, warehouse.uploads, clock),
        doctor=Doctor(database, blobs, spool, clock, expiry=house.settings.limits.upload_expiry * SECOND),
        scrubber=Scrubber(database, blobs, clock),
    )


def build_backup(house: House, *, allow_links: bool) -> Backup:
    """The backup of a house. `allow_links`: blobs on the same disk may share their bytes."""
    return Backup(house.stores.database, house.stores.blobs, house.clock, allow_links=allow_links)
