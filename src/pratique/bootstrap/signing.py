"""What the registry signs: keys where the settings say they lie, and the jobs that sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pratique.admission.countersign import COUNTERSIGN, Countersigner
from pratique.admission.countersign_feed import CountersignFeed
from pratique.admission.countersign_plan import Planner
from pratique.admission.countersign_sweep import Sweeping, destroy_later
from pratique.admission.signing_desk import SigningDesk
from pratique.bootstrap.attesting import Attesting, build_attesting
from pratique.bootstrap.judging import Court
from pratique.bootstrap.stores import Stores
from pratique.clock import SECOND, Clock
from pratique.db import Tx
from pratique.errors import Unavailable
from pratique.jobs import Handler
from pratique.projects import Project, Projects
from pratique.registry.inscribing import Inscriber
from pratique.registry.ports import Gate
from pratique.settings import Settings
from pratique.settings.sections import SigningSettings
from pratique.trust.signing import KeyBackend, SealedKeys, SealingKey, SigningKeys

SEALING_FILE: Final = "signing.key"
"""In the data directory: what seals signing keys where the settings name no key."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Everything that signs."""

    keys: SigningKeys
    countersigner: Countersigner
    sweeping: Sweeping
    feed: CountersignFeed
    desk: SigningDesk
    attesting: Attesting

    def handlers(self) -> Mapping[str, Handler]:
        """What is signed later, by kind of job."""
        return {COUNTERSIGN: self.countersigner, **self.sweeping.handlers(), **self.attesting.handlers()}


class LeaverOfSigning:
    """`projects.ports.Leaver` with the keys that a project signs with."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def forget_project(self, tx: Tx, project: Project) -> None:
        """A project's keys sign nothing any more, and a job destroys their private halves."""
        self._keys.forget_project(tx, project.id)
        destroy_later(tx, project.id)


def build_sealing(settings: Settings, stores: Stores) -> SealingKey:
    """What secrets in the database are sealed with. Raises Unavailable for a key that is none."""
    text = settings.signing.sealing_key.reveal()
    return SealingKey.parse(text) if text else SealingKey.kept_in(stores.directory / SEALING_FILE)


def build_keys(settings: Settings, clock: Clock, stores: Stores, sealing: SealingKey) -> SigningKeys:
    """The keys: sealed in the database, or in an HSM. Raises Unavailable where the extra for it is not installed."""
    sealed = SealedKeys(sealing)
    if not settings.signing.hsm_module:
        return SigningKeys(stores.database, clock, sealed)
    return SigningKeys(stores.database, clock, _hsm_keys(settings.signing), (sealed,))


def _hsm_keys(settings: SigningSettings) -> KeyBackend:
    try:
        from pratique.trust.signing.hsm_keys import HsmKeys  # noqa: PLC0415 - an extra: only who uses an HSM has it
    except ImportError as problem:
        raise Unavailable(
            "keys in an HSM need the extra: install pratique with `pratique[pkcs11]`"
        ) from problem
    return HsmKeys(settings.hsm_module, settings.hsm_token, settings.hsm_pin.reveal())


def build_signing(
    settings: Settings,
    clock: Clock,
    stores: Stores,
    keys: SigningKeys,
    *,
    court: Court,
    projects: Projects,
    gate: Gate,
    url: str,
) -> Signing:
    """The jobs, over the rooms of a house. `url` is how clients reach it."""
    host, database = court.host, stores.database
    inscriber = Inscriber(
        database, stores.spool, stores.blobs, gate, clock, lease=settings.registry.lease * SECOND
    )
    planner = Planner(court.benches, court.weighing, keys, clock, host, url)
    countersigner = Countersigner(database, planner, keys, inscriber, clock)
    attesting = build_attesting(
        settings, clock, stores, keys, inscriber, court=court, projects=projects, url=url
    )
    sweeping = Sweeping(database, (countersigner, attesting.attester), keys, projects)
    feed, desk = CountersignFeed(projects, host), SigningDesk(keys, host)
    return Signing(keys, countersigner, sweeping, feed, desk, attesting)
