"""Quarantine: gathers evidence, judges, keeps verdicts, and says who is let out. Implements `registry.ports.Gate`."""

from pratique.admission.bench import Benches
from pratique.admission.deny_desk import DenyDesk
from pratique.admission.desk import Desk, NewKey, Opinion
from pratique.admission.evidence import EvidenceBounds, EvidenceVerifier
from pratique.admission.gate import AdmissionGate
from pratique.admission.judging import Judging
from pratique.admission.links import VerdictLinks
from pratique.admission.narrowing import Narrowing
from pratique.admission.party_desk import PartyDesk
from pratique.admission.rejudging import Rejudging
from pratique.admission.revocation_desk import RevocationDesk
from pratique.admission.root_desk import RootDesk
from pratique.admission.switch import Switch

__all__ = [
    "AdmissionGate",
    "Benches",
    "DenyDesk",
    "Desk",
    "EvidenceBounds",
    "EvidenceVerifier",
    "Judging",
    "Narrowing",
    "NewKey",
    "Opinion",
    "PartyDesk",
    "Rejudging",
    "RevocationDesk",
    "RootDesk",
    "Switch",
    "VerdictLinks",
]
