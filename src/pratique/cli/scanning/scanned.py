"""What a scan found, as every format gets it."""

from dataclasses import dataclass, field

from pratique.admission.report import Report
from pratique.advisories.details import Detailed
from pratique.clock import Moment
from pratique.inventory.contents import Contents
from pratique.inventory.sbom import Subject


@dataclass(frozen=True, slots=True)
class Scanned:
    """An artifact that was examined at a moment: what it is, what is in it, and the part of the report that is told.

    `contents` is None where it could not be examined at all; `media_type` is that of its manifest, "" without one;
    `details` are there for formats that tell them.
    """

    subject: Subject
    contents: Contents | None
    report: Report
    at: Moment
    media_type: str = ""
    details: Detailed = field(default_factory=dict)
