"""The facts the outside may hear of: one table, `EVENTS`.

Whoever changes something publishes the fact in the same transaction (`jobs.publish`); webhooks, the audit log
and re-judging read the same stream. The docstring of each class says when it happens; the page of events is
made of them. A field may be added with a default; it is never renamed, and none is taken away: old rows are
read by new code.
"""

from typing import Final, TypeAlias

import msgspec

from pratique.events.accounts import (
    LoginsThrottled,
    RefreshTokenIssued,
    RefreshTokenRevoked,
    RobotCreated,
    RobotDeleted,
    RobotSecretRefreshed,
    RobotUpdated,
    UserCreated,
    UserDeleted,
    UserLoggedIn,
    UserPasswordChanged,
    UserUpdated,
)
from pratique.events.artifacts import (
    BlobDeleted,
    CopyMade,
    LabelAttached,
    LabelDetached,
    ManifestDeleted,
    ManifestPushed,
    RepositoryCreated,
    RepositoryDeleted,
    RepositoryUpdated,
    TagDeleted,
    TagMoved,
    VerdictChanged,
)
from pratique.events.base import Event, InProject, InRepository, kind_of
from pratique.events.projects import (
    AllowlistChanged,
    LabelChanged,
    MemberAdded,
    MemberChanged,
    MemberRemoved,
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    QuotaChanged,
    TrustedKeyAdded,
    TrustedKeyChanged,
    TrustedKeyRemoved,
)
from pratique.events.scanners import (
    ForeignScanEnded,
    ProjectScannerChanged,
    ScannerChanged,
    ScannerRegistered,
    ScannerRemoved,
)
from pratique.events.scans import (
    ScanEnded,
    ScanRequested,
    ScanRoundBegun,
    ScanRoundStopped,
    ScanStopped,
    ScanTimetableChanged,
)
from pratique.events.signing import (
    AttestationTooLarge,
    SigningCertificateRenewed,
    SigningKeyActivated,
    SigningKeyMade,
    SigningKeyRetired,
)
from pratique.events.trust import (
    DenialAdded,
    DenialRemoved,
    NotationPolicyChanged,
    NotationStoreAdded,
    NotationStoreRemoved,
    RevocationListImported,
    RevocationListRemoved,
    TrustedIdentityAdded,
    TrustedIdentityRemoved,
    TrustedRootImported,
    TrustedRootRemoved,
)
from pratique.events.upkeep import (
    BackupMade,
    GarbageCollected,
    JobDied,
    Scrubbed,
    SettingsChanged,
    TokenKeyRotated,
)

AnyEvent: TypeAlias = (
    RepositoryCreated
    | RepositoryUpdated
    | RepositoryDeleted
    | ManifestPushed
    | ManifestDeleted
    | TagMoved
    | TagDeleted
    | BlobDeleted
    | CopyMade
    | VerdictChanged
    | LabelAttached
    | LabelDetached
    | ProjectCreated
    | ProjectUpdated
    | ProjectDeleted
    | MemberAdded
    | MemberChanged
    | MemberRemoved
    | TrustedKeyAdded
    | TrustedKeyChanged
    | TrustedKeyRemoved
    | SigningKeyMade
    | SigningKeyActivated
    | SigningKeyRetired
    | SigningCertificateRenewed
    | AttestationTooLarge
    | TrustedIdentityAdded
    | TrustedIdentityRemoved
    | NotationStoreAdded
    | NotationStoreRemoved
    | NotationPolicyChanged
    | DenialAdded
    | DenialRemoved
    | TrustedRootImported
    | TrustedRootRemoved
    | RevocationListImported
    | RevocationListRemoved
    | QuotaChanged
    | AllowlistChanged
    | ScannerRegistered
    | ScannerChanged
    | ScannerRemoved
    | ProjectScannerChanged
    | ForeignScanEnded
    | LabelChanged
    | UserCreated
    | UserUpdated
    | UserPasswordChanged
    | UserDeleted
    | UserLoggedIn
    | LoginsThrottled
    | RobotCreated
    | RobotUpdated
    | RobotDeleted
    | RobotSecretRefreshed
    | RefreshTokenIssued
    | RefreshTokenRevoked
    | TokenKeyRotated
    | SettingsChanged
    | ScanRequested
    | ScanEnded
    | ScanStopped
    | ScanRoundBegun
    | ScanRoundStopped
    | ScanTimetableChanged
    | GarbageCollected
    | Scrubbed
    | BackupMade
    | JobDied
)

EVENTS: Final[dict[str, type[Event]]] = {
    kind_of(each): each
    for each in (
        RepositoryCreated,
        RepositoryUpdated,
        RepositoryDeleted,
        ManifestPushed,
        ManifestDeleted,
        TagMoved,
        TagDeleted,
        BlobDeleted,
        CopyMade,
        VerdictChanged,
        LabelAttached,
        LabelDetached,
        ProjectCreated,
        ProjectUpdated,
        ProjectDeleted,
        MemberAdded,
        MemberChanged,
        MemberRemoved,
        TrustedKeyAdded,
        TrustedKeyChanged,
        TrustedKeyRemoved,
        SigningKeyMade,
        SigningKeyActivated,
        SigningKeyRetired,
        SigningCertificateRenewed,
        AttestationTooLarge,
        TrustedIdentityAdded,
        TrustedIdentityRemoved,
        NotationStoreAdded,
        NotationStoreRemoved,
        NotationPolicyChanged,
        DenialAdded,
        DenialRemoved,
        TrustedRootImported,
        TrustedRootRemoved,
        RevocationListImported,
        RevocationListRemoved,
        QuotaChanged,
        AllowlistChanged,
        ScannerRegistered,
        ScannerChanged,
        ScannerRemoved,
        ProjectScannerChanged,
        ForeignScanEnded,
        LabelChanged,
        UserCreated,
        UserUpdated,
        UserPasswordChanged,
        UserDeleted,
        UserLoggedIn,
        LoginsThrottled,
        RobotCreated,
        RobotUpdated,
        RobotDeleted,
        RobotSecretRefreshed,
        RefreshTokenIssued,
        RefreshTokenRevoked,
        TokenKeyRotated,
        SettingsChanged,
        ScanRequested,
        ScanEnded,
        ScanStopped,
        ScanRoundBegun,
        ScanRoundStopped,
        ScanTimetableChanged,
        GarbageCollected,
        Scrubbed,
        BackupMade,
        JobDied,
    )
}
"""Every event by its kind."""

_DECODER: Final = msgspec.json.Decoder(AnyEvent)
_ENCODER: Final = msgspec.json.Encoder()


def encode(event: Event) -> str:
    """The event as JSON, its kind included."""
    return _ENCODER.encode(event).decode()


def decode(payload: str | bytes) -> AnyEvent:
    """The event of a row. Raises `msgspec.ValidationError` for what this version does not know."""
    event: AnyEvent = _DECODER.decode(payload)
    return event


__all__ = [
    "EVENTS",
    "AllowlistChanged",
    "AnyEvent",
    "AttestationTooLarge",
    "BackupMade",
    "BlobDeleted",
    "CopyMade",
    "DenialAdded",
    "DenialRemoved",
    "Event",
    "ForeignScanEnded",
    "GarbageCollected",
    "InProject",
    "InRepository",
    "JobDied",
    "LabelAttached",
    "LabelChanged",
    "LabelDetached",
    "LoginsThrottled",
    "ManifestDeleted",
    "ManifestPushed",
    "MemberAdded",
    "MemberChanged",
    "MemberRemoved",
    "NotationPolicyChanged",
    "NotationStoreAdded",
    "NotationStoreRemoved",
    "ProjectCreated",
    "ProjectDeleted",
    "ProjectScannerChanged",
    "ProjectUpdated",
    "QuotaChanged",
    "RefreshTokenIssued",
    "RefreshTokenRevoked",
    "RepositoryCreated",
    "RepositoryDeleted",
    "RepositoryUpdated",
    "RevocationListImported",
    "RevocationListRemoved",
    "RobotCreated",
    "RobotDeleted",
    "RobotSecretRefreshed",
    "RobotUpdated",
    "ScanEnded",
    "ScanRequested",
    "ScanRoundBegun",
    "ScanRoundStopped",
    "ScanStopped",
    "ScanTimetableChanged",
    "ScannerChanged",
    "ScannerRegistered",
    "ScannerRemoved",
    "Scrubbed",
    "SettingsChanged",
    "SigningCertificateRenewed",
    "SigningKeyActivated",
    "SigningKeyMade",
    "SigningKeyRetired",
    "TagDeleted",
    "TagMoved",
    "TokenKeyRotated",
    "TrustedIdentityAdded",
    "TrustedIdentityRemoved",
    "TrustedKeyAdded",
    "TrustedKeyChanged",
    "TrustedKeyRemoved",
    "TrustedRootImported",
    "TrustedRootRemoved",
    "UserCreated",
    "UserDeleted",
    "UserLoggedIn",
    "UserPasswordChanged",
    "UserUpdated",
    "VerdictChanged",
    "decode",
    "encode",
    "kind_of",
]
