"""Who looks into what is pushed: in child processes, within the limits that the settings name."""

from pratique.admission.examine_feed import ExamineFeed
from pratique.admission.examining import Examining
from pratique.admission.guest_scanning import GuestLimits, GuestScanning
from pratique.admission.looking import Looking
from pratique.blobs import LocalBlobs
from pratique.bootstrap.house import House
from pratique.bootstrap.judging import expectations_of
from pratique.bootstrap.scanning import SwitchesOfProjects, way_to_scanners
from pratique.inventory import Cataloguing, LayerLimits
from pratique.inventory.catalogued import Catalogued
from pratique.inventory.confined import Bounds, Confined
from pratique.inventory.examining import OpenLayer
from pratique.oci.digest import Digest
from pratique.settings import Settings


def build_examining(house: House) -> Examining:
    """The handler of examinations, over the rooms of a house."""
    court, database = house.court, house.stores.database
    opened = _opener(house.stores.blobs)
    confined = Confined(opened, layer_limits(house.settings), _bounds(house.settings))
    looking = Looking(opened, Catalogued(database, confined))
    return Examining(
        database, looking, court.recording, court.findings, court.named, court.digests, house.clock
    )


def build_examine_feed(house: House) -> ExamineFeed:
    """What is pushed is examined."""
    return ExamineFeed(SwitchesOfProjects(house.departments.projects), house.clock)


def build_guest_scanning(house: House) -> GuestScanning:
    """The handler of scans for others."""
    settings = house.settings

    def confined(opened: OpenLayer) -> Cataloguing:
        return Confined(opened, layer_limits(settings), _bounds(settings))

    return GuestScanning(
        house.scanners.guests,
        lambda: way_to_scanners(settings, insecure_tls=False),
        confined,
        house.court.findings,
        expectations_of(settings),
        house.clock,
        GuestLimits(settings.limits.blob_size, settings.adapter.image),
    )


def _opener(blobs: LocalBlobs) -> OpenLayer:
    return lambda digest: blobs.open(Digest(digest))


def layer_limits(settings: Settings) -> LayerLimits:
    """What may be looked at of a layer, as the settings say."""
    return LayerLimits(
        unpacked=settings.inventory.unpacked,
        ratio=settings.inventory.ratio,
        entries=settings.inventory.entries,
        path=settings.inventory.path,
        pax=settings.inventory.pax,
        metadata_file=settings.inventory.metadata,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(memory=settings.inventory.memory, seconds=settings.inventory.time)
