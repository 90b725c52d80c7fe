"""Scanners: others that look into images, through Harbor's pluggable scanner API; what they say stands beside ours.

They are registered here, asked by jobs, and heard within limits. What they find is kept by the digest of the manifest
and by the scanner; a failure is an error of the scan, and never a clean report.
"""

from pratique.scanners.abandoned import END_ABANDONED, Abandoned
from pratique.scanners.disagreements import Disagreement, Said, disagreements
from pratique.scanners.feed import ScanFeed
from pratique.scanners.foreign import ForeignFindings, ForeignWord, beside
from pratique.scanners.metadata import Ability, Metadata
from pratique.scanners.pinging import Pinging
from pratique.scanners.registrations import Registrations
from pratique.scanners.scanning import JUDGE, SCAN, Scanning
from pratique.scanners.scans import Scans
from pratique.scanners.values import (
    BUILT_IN,
    Auth,
    Capability,
    Draft,
    ForeignFinding,
    Registration,
    Scan,
    ScanState,
    Target,
)

__all__ = [
    "BUILT_IN",
    "END_ABANDONED",
    "JUDGE",
    "SCAN",
    "Abandoned",
    "Ability",
    "Auth",
    "Capability",
    "Disagreement",
    "Draft",
    "ForeignFinding",
    "ForeignFindings",
    "ForeignWord",
    "Metadata",
    "Pinging",
    "Registration",
    "Registrations",
    "Said",
    "Scan",
    "ScanFeed",
    "ScanState",
    "Scanning",
    "Scans",
    "Target",
    "beside",
    "disagreements",
]
