"""Verdicts, what they rest on, what verification found, and each project's generations; all SQL of the room.

How an artifact stands is on its manifest row (registry), because every read asks for it; why is here.
"""

from pratique.admission.store.gates import (
    ProjectGate,
    drop_gate,
    gate_of,
    hold_gate,
    lock_gate,
    lock_system,
    step_gate,
)
from pratique.admission.store.records import (
    RECORDS_LIMIT,
    awaiting,
    is_counted,
    put_records,
    records_about,
    told_about,
    void,
)
from pratique.admission.store.verdicts import (
    Record,
    bases_beginning,
    forget,
    of_project,
    projects_of,
    projects_with_repositories,
    put_record,
    record_of,
    resting_on,
)

__all__ = [
    "RECORDS_LIMIT",
    "ProjectGate",
    "Record",
    "awaiting",
    "bases_beginning",
    "drop_gate",
    "forget",
    "gate_of",
    "hold_gate",
    "is_counted",
    "lock_gate",
    "lock_system",
    "of_project",
    "projects_of",
    "projects_with_repositories",
    "put_record",
    "put_records",
    "record_of",
    "records_about",
    "resting_on",
    "step_gate",
    "told_about",
    "void",
]
