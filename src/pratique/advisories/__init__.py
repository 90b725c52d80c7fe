"""Advisories: what is known to be wrong with packages, as sources publish it (OSV records), and what matches.

Everything known lies in one immutable file, the *revision*; an import makes the next one and swaps it in at once.
"""

from pratique.advisories.answers import Answer, Answers, Clearance, Touch
from pratique.advisories.coverage import Coverage, Holding, coverage
from pratique.advisories.editions import Edition
from pratique.advisories.end_of_life import end_of_life
from pratique.advisories.importing import Importer, Outcome, Taken
from pratique.advisories.matching import Match, affected_by
from pratique.advisories.revisions import Revisions
from pratique.advisories.shrinking import Releases, Shrinks
from pratique.advisories.supplies import Supply, UnknownSupply, supplies

__all__ = [
    "Answer",
    "Answers",
    "Clearance",
    "Coverage",
    "Edition",
    "Holding",
    "Importer",
    "Match",
    "Outcome",
    "Releases",
    "Revisions",
    "Shrinks",
    "Supply",
    "Taken",
    "Touch",
    "UnknownSupply",
    "affected_by",
    "coverage",
    "end_of_life",
    "supplies",
]
