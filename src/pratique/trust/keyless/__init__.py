"""Signatures whose key nobody keeps: a certificate says who signed, logs and timestamps when (Sigstore's client-spec).

`examine_certificate` is for signatures with a certificate, `examine_log` for trusted keys that count with log entries
only. Both make their checks on the findings of an examination (`trust.findings`) that goes on around them.
"""

from pratique.trust.keyless.examination import examine_certificate
from pratique.trust.keyless.logged import examine_log

__all__ = ["examine_certificate", "examine_log"]
