"""What examination found, told to people and to tools that know Harbor: reports, scans, who is touched by what."""

from pratique.admission.reports.hub import Hub
from pratique.admission.reports.noting import DeadScanFeed, Noting
from pratique.admission.reports.rounds import Rounds
from pratique.admission.reports.scans import Scans
from pratique.admission.reports.tallying import Tallying
from pratique.admission.reports.words import Words

__all__ = ["DeadScanFeed", "Hub", "Noting", "Rounds", "Scans", "Tallying", "Words"]
