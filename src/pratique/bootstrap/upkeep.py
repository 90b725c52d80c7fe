"""What keeps the house in order, for the worker and for the command line."""

from dataclasses import dataclass

from pratique.bootstrap.house import House
from pratique.clock import SECOND
from pratique.registry.collect import CollectJob, Collector
from pratique.registry.rehearse import Rehearsal
from pratique.registry.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Garbage collection and what else runs beside the requests."""

    collector: Collector
    collect_job: CollectJob


def build_upkeep(house: House) -> Upkeep:
    """Build it on the rooms of a house."""
    stores, warehouse, clock = house.stores, house.warehouse, house.clock
    database = stores.database
    sweep = Sweep(database, stores.blobs, stores.spool, warehouse.deleter, warehouse.uploads, clock)
    rehearsal = Rehearsal(database, stores.blobs, stores.spool, warehouse.uploads)
    collector = Collector(database, sweep, rehearsal, clock)
    grace = house.settings.registry.gc_grace * SECOND
    return Upkeep(collector, CollectJob(collector, grace=grace))
