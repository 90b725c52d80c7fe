"""The audit log: who did what, to what, and with which result.

It is fed by the outbox (`AuditRecorder` consumes a `jobs.Feed`), so a change and its record can't be told apart by
a crash, and a door that somebody adds can't forget to record. Read by Harbor's audit-log resources.
"""

from pratique.audit.recorder import AuditRecorder
from pratique.audit.rows import EVENT_TYPES, ROWS
from pratique.audit.trail import AuditTrail
from pratique.audit.values import AuditEntry, AuditQuery, Term

__all__ = ["EVENT_TYPES", "ROWS", "AuditEntry", "AuditQuery", "AuditRecorder", "AuditTrail", "Term"]
