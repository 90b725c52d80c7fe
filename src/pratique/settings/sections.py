"""Every setting: name, kind, default and what it is for. The reference in docs/ is generated from here.

A room that has settings of its own defines their struct (`identity.settings`); here stand those of the process, of
several rooms, and the tree.
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from pratique.advisories.settings import AdvisorySettings
from pratique.identity import (
    HashingSettings,
    RememberSettings,
    RobotSettings,
    ThrottleSettings,
    TokenSettings,
)
from pratique.inventory.settings import InventorySettings
from pratique.quantities import DAY, GIB, HOUR, KIB, MIB, MINUTE, Bytes, Count, Seconds
from pratique.scanners.settings import ScannerSettings
from pratique.settings.values import Secret
from pratique.trust.settings import TrustSettings


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens and how it is reached."""

    listen: Annotated[str, Meta(description="Address and port to listen on; `[::1]:5000` for IPv6.")] = (
        "127.0.0.1:5000"
    )
    external_url: Annotated[
        str,
        Meta(
            description="How clients reach this server, as in `https://registry.example.org`: used in the"
            " token realm, in `Location` and in the URL of a refusal. Empty: what the request says."
        ),
    ] = ""
    tls_cert: Annotated[
        str, Meta(description="Certificate chain (PEM). Read again when the file changes.")
    ] = ""
    tls_key: Annotated[str, Meta(description="Private key of the certificate (PEM).")] = ""
    insecure_http: Annotated[
        bool,
        Meta(
            description="Allow an address that is not loopback without TLS: passwords and tokens then cross"
            " the network in the clear. Right behind a proxy that ends TLS on a trusted network."
        ),
    ] = False
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks whose `X-Forwarded-*` headers are believed; empty: nobody's."
        ),
    ] = ()
    metrics: Annotated[
        bool,
        Meta(
            description="Serve `/metrics` to whoever asks. Its numbers name nobody; keep them inside all the same."
        ),
    ] = True
    drain: Annotated[Seconds, Meta(description="How long requests may finish after SIGTERM.", le=3_600)] = 8
    native_transfers: Annotated[
        bool,
        Meta(
            description="Move large bodies straight between socket and file; off: through the ordinary way."
        ),
    ] = True


class DatabaseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The database, which is the truth."""

    url: Annotated[
        Secret,
        Meta(
            description="`postgresql://user:password@host/name`, or `sqlite:///file`."
            " Empty: SQLite in the data directory."
        ),
    ] = Secret("")
    connections: Annotated[Count, Meta(description="Connections to PostgreSQL per process, at most.")] = 20
    statement_timeout: Annotated[
        Seconds, Meta(description="A statement on PostgreSQL that takes longer is cancelled; 0: none is.")
    ] = 30


class StorageSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where bytes lie."""

    directory: Annotated[
        Path, Meta(description="The data directory: blobs, uploads, the embedded database.")
    ] = Path("data")
    keep_free: Annotated[
        Bytes,
        Meta(
            description="Uploads are refused when less than this is left on the disk of the data directory."
        ),
    ] = 64 * MIB


class ProjectSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for all projects."""

    creation: Annotated[Literal["everyone", "adminonly"], Meta(description="Who may create projects.")] = (
        "everyone"
    )
    storage: Annotated[
        int,
        Meta(description="Storage quota of a new project; -1: unlimited.", ge=-1, extra={"unit": "bytes"}),
    ] = -1


class LimitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of anything a client may ask for. Nothing that comes from outside is unbounded."""

    manifest_size: Annotated[
        Bytes,
        Meta(description="A manifest. The specification wants 4 MiB at least.", ge=4 * MIB, le=64 * MIB),
    ] = 4 * MIB
    blob_size: Annotated[Bytes, Meta(description="A blob.")] = 256 * GIB
    open_uploads: Annotated[Count, Meta(description="Uploads that one principal may have open.")] = 200
    upload_expiry: Annotated[
        Seconds, Meta(description="An upload that nobody touched for so long is removed.")
    ] = 7 * DAY
    evidence_size: Annotated[
        Bytes, Meta(description="One layer of a signature or attestation.", le=32 * MIB)
    ] = 32 * MIB
    evidence_layers: Annotated[Count, Meta(description="Layers of a manifest of evidence.", le=1_000)] = 1_000
    evidence_config: Annotated[
        Bytes, Meta(description="The config of a manifest of evidence.", le=64 * KIB)
    ] = 64 * KIB
    evidence_at_once: Annotated[
        Bytes,
        Meta(
            description="Evidence that is read within its own PUT, config and layers together; more becomes a job."
        ),
    ] = 64 * MIB
    evidence_time: Annotated[
        Seconds,
        Meta(description="Verifying evidence within its own PUT; what takes longer becomes a job.", ge=1),
    ] = 10
    index_children: Annotated[Count, Meta(description="Manifests that an index may name.")] = 10_000
    allow_sparse_index: Annotated[
        bool,
        Meta(description="Accept an index whose manifests are not all here. They are judged when they come."),
    ] = False
    head_size: Annotated[Bytes, Meta(description="Request line and headers.", ge=8 * KIB)] = 64 * KIB
    head_time: Annotated[Seconds, Meta(description="Receiving request line and headers.", ge=1)] = 20
    idle_time: Annotated[Seconds, Meta(description="A connection between requests.", ge=1)] = 75
    stall_time: Annotated[
        Seconds, Meta(description="A body of which nothing more comes, or is taken.", ge=1)
    ] = 60
    least_rate: Annotated[
        Bytes, Meta(description="Bytes a second that a body must make on average, else it is given up.", ge=1)
    ] = KIB
    connections: Annotated[Count, Meta(description="Connections at once.")] = 4_000
    api_body: Annotated[Bytes, Meta(description="A request body of the management API.", ge=KIB)] = MIB
    page: Annotated[Count, Meta(description="Entries in one page of tags, repositories or referrers.")] = (
        1_000
    )


class ThreadSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Threads behind the event loop, in pools of their own so that one kind of work never starves another."""

    database: Annotated[Count, Meta(description="Transactions at once.")] = 8
    blobs: Annotated[Count, Meta(description="Reading and writing blobs.")] = 16
    transfers: Annotated[Count, Meta(description="Large bodies moved between socket and file at once.")] = 32


class WarmSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is held in memory for reads."""

    manifests: Annotated[Bytes, Meta(description="Memory for manifests.")] = 128 * MIB
    entries: Annotated[Count, Meta(description="References held, of each kind.")] = 100_000


class GateSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The gate."""

    candidate_window: Annotated[
        Seconds,
        Meta(
            description="How long who pushed a tag gets what he pushed by that tag, so that he can sign it."
        ),
    ] = 15 * MINUTE


class RegistrySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Keeping and clearing."""

    gc_interval: Annotated[
        Seconds, Meta(description="Time between garbage collections; 0: only when asked.")
    ] = DAY
    gc_grace: Annotated[
        Seconds, Meta(description="How long a blob that nothing names is condemned before it is deleted.")
    ] = 2 * HOUR
    corrupt_kept: Annotated[
        Seconds,
        Meta(description="How long damaged bytes lie aside for inspection; they are never served."),
    ] = 30 * DAY
    scrub_interval: Annotated[
        Seconds, Meta(description="Time between two readings of every blob; 0: only when asked.")
    ] = 7 * DAY
    lease: Annotated[
        Seconds,
        Meta(
            description="How long an uploaded blob is kept while no manifest names it. No grace shortens it.",
            ge=HOUR,
        ),
    ] = DAY
    flush_interval: Annotated[
        Seconds, Meta(description="How often pull times and counts are written.", ge=1)
    ] = 10


class NetSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom this registry may ask."""

    allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts that scanners may be at though their addresses are private, and that may be asked"
            " without TLS: `trivy-adapter`. Empty: none. Addresses of clouds' metadata services belong to none of them."
        ),
    ] = ()


class AdapterSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """This registry as a scanner for others, at `/scanner`."""

    credential: Annotated[
        Secret,
        Meta(
            description="What others show to have images scanned here; `openssl rand -base64 32` makes one. Empty: this"
            " registry is no scanner for others."
        ),
    ] = Secret("")
    registries: Annotated[
        tuple[str, ...],
        Meta(
            description="The registries whose images are scanned for others, as they call themselves:"
            " `https://harbor.example.org`. At private addresses or without TLS they must be in `net.allow` as well."
        ),
    ] = ()
    image: Annotated[
        Bytes, Meta(description="The largest image that is fetched to be scanned for others.")
    ] = 20 * GIB


class SigningSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the keys lie that the registry signs with."""

    sealing_key: Annotated[
        Secret,
        Meta(
            description="Seals the signing keys in the database: 32 bytes in base64, as `openssl rand -base64 32`"
            " prints them. Empty: `signing.key` in the data directory, made at the first start. Several machines on"
            " one database must name the same one."
        ),
    ] = Secret("")
    hsm_module: Annotated[
        str,
        Meta(
            description="The PKCS#11 library of an HSM, in which new signing keys are made. Empty: no HSM."
            " Needs `pratique[pkcs11]`."
        ),
    ] = ""
    hsm_token: Annotated[str, Meta(description="The label of the HSM's token.")] = ""
    hsm_pin: Annotated[Secret, Meta(description="The PIN of the token's user.")] = Secret("")


class WorkerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Later work."""

    embedded: Annotated[bool, Meta(description="`pratique serve` starts a worker as a child process.")] = True


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The log, on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least that is written.")
    ] = "info"
    format: Annotated[
        Literal["json", "text"], Meta(description="`json` for machines, `text` for a terminal.")
    ] = "json"
    requests: Annotated[bool, Meta(description="A line for each request.")] = True


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole tree. One attribute per section of the file."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    passwords: HashingSettings = HashingSettings()
    logins: ThrottleSettings = ThrottleSettings()
    remembered: RememberSettings = RememberSettings()
    tokens: TokenSettings = TokenSettings()
    robots: RobotSettings = RobotSettings()
    projects: ProjectSettings = ProjectSettings()
    limits: LimitSettings = LimitSettings()
    threads: ThreadSettings = ThreadSettings()
    warm: WarmSettings = WarmSettings()
    gate: GateSettings = GateSettings()
    registry: RegistrySettings = RegistrySettings()
    signing: SigningSettings = SigningSettings()
    trust: TrustSettings = TrustSettings()
    inventory: InventorySettings = InventorySettings()
    advisories: AdvisorySettings = AdvisorySettings()
    scanners: ScannerSettings = ScannerSettings()
    adapter: AdapterSettings = AdapterSettings()
    net: NetSettings = NetSettings()
    workers: WorkerSettings = WorkerSettings()
    log: LogSettings = LogSettings()
