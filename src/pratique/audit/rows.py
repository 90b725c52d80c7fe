"""One table: what each event reads like in the audit log, in Harbor's words where Harbor has them (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pratique import events
from pratique.events import Event

TOLD_LIMIT: Final = 20
"""Ids of vulnerabilities that one line names."""

# A row is made for its event's class: what the functions get is that class, which a mapping of types can't say.
Words = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """How an event reads: `operation` on a `resource_type`, and the words for which one."""

    operation: str
    resource_type: str
    resource: Words
    description: Words

    @property
    def event_type(self) -> str:
        """`create_artifact`: how Harbor lists it."""
        return f"{self.operation}_{self.resource_type}"


def _artifact(event: Any) -> str:
    return f"{event.repository}@{event.digest}"


def _tag(event: Any) -> str:
    return f"{event.repository}:{event.tag}"


def _repository(event: Any) -> str:
    return str(event.repository)


def _project(event: Any) -> str:
    return str(event.project)


def _member(event: Any) -> str:
    return f"{event.project}/{event.member}"


def _key(event: Any) -> str:
    return f"{event.project}/{event.name}"


def _user(event: Any) -> str:
    return str(event.username)


def _robot(event: Any) -> str:
    return str(event.robot)


def _label(event: Any) -> str:
    return f"{event.project}/{event.label}" if event.project else str(event.label)


def _whose(event: Any) -> str:
    return str(event.project) or "system"


def _accepted(event: Any) -> str:
    """What is accepted from now on, and what no more; the event has all ids."""
    parts = [
        f"{word} {', '.join(ids[:TOLD_LIMIT])}"
        + f" and {len(ids) - TOLD_LIMIT} more" * (len(ids) > TOLD_LIMIT)
        for word, ids in (("added", event.added), ("removed", event.removed))
        if ids
    ]
    if event.expires_at != event.previous_expires_at:
        parts.append(f"expires {event.expires_at or 'never'}")
    return "; ".join(parts) or "in another order"


def _account(event: Any) -> str:
    return f"{event.account}/{event.token_id}"


def _registry(_event: Any) -> str:
    return "registry"


def _signing_key(event: Any) -> str:
    return f"{event.project}/{event.fingerprint}"


def _changes(event: Any) -> str:
    """`public: "false" -> "true"`: what differs, by name."""
    names = sorted({*event.before, *event.after})
    return ", ".join(f"{name}: {event.before.get(name)!r} -> {event.after.get(name)!r}" for name in names)


def _plain(verb: str, noun: str, resource: Words) -> AuditRow:
    return AuditRow(verb, noun, resource, lambda event: f"{verb} {noun}: {resource(event)}")


def _with(verb: str, noun: str, resource: Words, more: Words) -> AuditRow:
    return AuditRow(verb, noun, resource, lambda event: f"{verb} {noun}: {resource(event)} ({more(event)})")


def _says(event: Any) -> str:
    return f"{event.identity}, says {event.issuer}"


def _denied(event: Any) -> str:
    where = f"{event.project}/" if event.project else ""
    return f"{where}{event.subject_kind} {event.subject}"


def _list(event: Any) -> str:
    return f"{event.list_kind}/{event.scope}"


def _reach(event: Any) -> str:
    return f"{event.fingerprint} for {', '.join(event.repositories)}"


def _scanner(event: Any) -> str:
    return str(event.scanner)


def _scanned(event: Any) -> str:
    more = event.problem or f"{event.findings} findings"
    return f"{event.capability} by {event.scanner}: {event.state}, {more}"


def _examined(event: Any) -> str:
    return f"{event.state}, {event.problem or f'{event.total} findings'}"


def _judged(event: Any) -> str:
    return f"{event.previous or 'new'} -> {event.state}"


_ARTIFACTS: Final[Mapping[type[Event], AuditRow]] = {
    events.RepositoryCreated: _plain("create", "repository", _repository),
    events.RepositoryUpdated: _plain("update", "repository", _repository),
    events.RepositoryDeleted: _plain("delete", "repository", _repository),
    events.ManifestPushed: _with(
        "create", "artifact", _artifact, lambda event: ", ".join(event.tags) or "untagged"
    ),
    events.ManifestDeleted: _plain("delete", "artifact", _artifact),
    events.TagMoved: _with("update", "tag", _tag, lambda event: f"{event.side} side to {event.digest}"),
    events.TagDeleted: _plain("delete", "tag", _tag),
    events.BlobDeleted: _plain("delete", "blob", _artifact),
    events.CopyMade: _with("copy", "artifact", _artifact, lambda event: f"from {event.source_repository}"),
    events.AttestationTooLarge: _with("fail", "attestation", _artifact, lambda event: event.form),
    events.VerdictChanged: _with("judge", "artifact", _artifact, _judged),
    events.LabelAttached: _with("create", "artifact_label", _artifact, lambda event: event.label),
    events.LabelDetached: _with("delete", "artifact_label", _artifact, lambda event: event.label),
}
_PROJECTS: Final[Mapping[type[Event], AuditRow]] = {
    events.ProjectCreated: _plain("create", "project", _project),
    events.ProjectUpdated: _with("update", "project", _project, _changes),
    events.ProjectDeleted: _plain("delete", "project", _project),
    events.MemberAdded: _with("create", "member", _member, lambda event: event.role),
    events.MemberChanged: _with(
        "update", "member", _member, lambda event: f"{event.previous} -> {event.role}"
    ),
    events.MemberRemoved: _with("delete", "member", _member, lambda event: event.role),
    events.TrustedKeyAdded: _with("create", "trusted_key", _key, _reach),
    events.TrustedKeyChanged: _with("update", "trusted_key", _key, _changes),
    events.TrustedKeyRemoved: _with("delete", "trusted_key", _key, lambda event: event.fingerprint),
    events.SigningKeyMade: _with(
        "create", "signing_key", _signing_key, lambda event: f"{event.key}, {event.state}"
    ),
    events.SigningKeyActivated: _with(
        "update", "signing_key", _signing_key, lambda event: f"{event.key} now in place of {event.previous}"
    ),
    events.SigningKeyRetired: _with("delete", "signing_key", _signing_key, lambda event: event.key),
    events.SigningCertificateRenewed: _with(
        "update", "signing_key", _signing_key, lambda event: f"certificate in place of {event.previous}"
    ),
    events.QuotaChanged: _with(
        "update", "quota", _project, lambda event: f"{event.previous} -> {event.limit}"
    ),
    events.AllowlistChanged: _with("update", "cve_allowlist", _whose, _accepted),
    events.LabelChanged: _with("update", "label", _label, lambda event: event.change),
}
_TRUST: Final[Mapping[type[Event], AuditRow]] = {
    events.TrustedIdentityAdded: _with("create", "trusted_identity", _key, _says),
    events.TrustedIdentityRemoved: _with("delete", "trusted_identity", _key, _says),
    events.NotationStoreAdded: _with(
        "create",
        "notation_store",
        _key,
        lambda event: f"{event.type}, {len(event.fingerprints)} certificates",
    ),
    events.NotationStoreRemoved: _with("delete", "notation_store", _key, lambda event: event.type),
    events.NotationPolicyChanged: _with(
        "update", "notation_policy", _project, lambda event: event.digest or "none any more"
    ),
    events.DenialAdded: _with("create", "denial", _denied, lambda event: event.reason),
    events.DenialRemoved: _with("delete", "denial", _denied, lambda event: event.reason),
    events.TrustedRootImported: _with(
        "update",
        "trusted_root",
        lambda event: event.name,
        lambda event: f"version {event.version}, {event.digest}{', by force' * event.forced}",
    ),
    events.TrustedRootRemoved: _plain("delete", "trusted_root", lambda event: event.name),
    events.RevocationListImported: _with(
        "update", "revocation_list", _list, lambda event: f"{event.revoked} newly revoked"
    ),
    events.RevocationListRemoved: _with("delete", "revocation_list", _list, lambda event: event.digest),
}
_ACCOUNTS: Final[Mapping[type[Event], AuditRow]] = {
    events.UserCreated: _plain("create", "user", _user),
    events.UserUpdated: _with("update", "user", _user, _changes),
    events.UserPasswordChanged: _with("update", "user", _user, lambda _: "password"),
    events.UserDeleted: _plain("delete", "user", _user),
    events.UserLoggedIn: _plain("login", "user", _user),
    events.LoginsThrottled: _with(
        "throttle", "user", _user, lambda event: event.address or "unknown address"
    ),
    events.RobotCreated: _plain("create", "robot", _robot),
    events.RobotUpdated: _with("update", "robot", _robot, _changes),
    events.RobotDeleted: _plain("delete", "robot", _robot),
    events.RobotSecretRefreshed: _with("update", "robot", _robot, lambda _: "secret"),
    events.RefreshTokenIssued: _plain("create", "refresh_token", _account),
    events.RefreshTokenRevoked: _plain("delete", "refresh_token", _account),
}
_SCANNERS: Final[Mapping[type[Event], AuditRow]] = {
    events.ScannerRegistered: _with("create", "scanner", _scanner, lambda event: event.url),
    events.ScannerChanged: _with("update", "scanner", _scanner, _changes),
    events.ScannerRemoved: _plain("delete", "scanner", _scanner),
    events.ProjectScannerChanged: _with(
        "update", "project_scanner", _project, lambda event: f"{event.previous} -> {event.scanner}"
    ),
    events.ForeignScanEnded: _with("scan", "artifact", _artifact, _scanned),
}
_UPKEEP: Final[Mapping[type[Event], AuditRow]] = {
    events.TokenKeyRotated: _with("update", "token_key", _registry, lambda event: event.key_id),
    events.SettingsChanged: _with("update", "configuration", _registry, _changes),
    events.GarbageCollected: _with(
        "run",
        "garbage_collection",
        _registry,
        lambda event: f"{event.blobs} blobs, {event.freed_bytes} bytes{', dry run' * event.is_dry_run}",
    ),
    events.Scrubbed: _with("run", "scrub", _registry, lambda event: f"{event.checked} blobs"),
    events.BackupMade: _with("run", "backup", _registry, lambda event: event.target),
    events.JobDied: _with(
        "fail", "job", lambda event: f"{event.job}/{event.job_id}", lambda event: event.error
    ),
}

_SCANS: Final[Mapping[type[Event], AuditRow]] = {
    events.ScanRequested: _plain("scan", "artifact", _artifact),
    events.ScanEnded: _with("scan", "artifact", _artifact, _examined),
    events.ScanStopped: _plain("stop_scan", "artifact", _artifact),
    events.ScanRoundBegun: _with("run", "scan_all", _registry, lambda event: event.trigger),
    events.ScanRoundStopped: _plain("stop", "scan_all", _registry),
    events.ScanTimetableChanged: _with(
        "update", "scan_all", _registry, lambda event: f"{event.schedule} {event.cron}".strip()
    ),
}

ROWS: Final[Mapping[type[Event], AuditRow]] = {
    **_ARTIFACTS,
    **_PROJECTS,
    **_TRUST,
    **_ACCOUNTS,
    **_UPKEEP,
    **_SCANS,
    **_SCANNERS,
}
"""Every event has a row: a test compares this with the table of events."""

FAILURES: Final[frozenset[type[Event]]] = frozenset(
    {events.AttestationTooLarge, events.LoginsThrottled, events.JobDied}
)
"""Events that tell of something that did not succeed."""

EVENT_TYPES: Final = tuple(sorted({row.event_type for row in ROWS.values()}))
"""What `GET /auditlog-exts/events` lists."""
