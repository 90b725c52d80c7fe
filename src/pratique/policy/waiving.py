"""Which findings harm nobody by the word of somebody who may say so: VEX, weighed.

Of several statements of one party about the same vulnerability the newest counts; between parties the most severe, so
that nobody waives what another still investigates. A statement counts by the word of a party trusted for `vex`, here
and now, as signatures do (`vouching`).
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pratique.clock import Moment
from pratique.policy.codes import NEAREST_FIRST
from pratique.policy.contents import Finding
from pratique.policy.values import VEX, Evidence
from pratique.policy.vex import VexStatement
from pratique.policy.vouching import Basis, Miss, vouching

PARTIES_TOLD: Final = 3
"""Parties whose word is quoted for one finding."""


@dataclass(frozen=True, slots=True)
class Word:
    """A statement that counts, by the word of a party."""

    statement: VexStatement
    basis: Basis

    @property
    def said(self) -> str:
        """Who says what, and where."""
        party = self.basis.party
        return f"the {party.kind} {party.name} says {self.statement.said}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a finding harms nobody: the last words of every party that speaks of it."""

    words: tuple[Word, ...]

    @property
    def until(self) -> Moment | None:
        """The first moment at which a party has said its last word, for what counts then may be something else."""
        ends: dict[str, float] = {}
        for word in self.words:
            ends[word.basis.party.id] = max(ends.get(word.basis.party.id, -math.inf), _end(word.basis.until))
        first = min(ends.values())
        return None if first == math.inf else Moment(int(first))

    @property
    def rests_on(self) -> frozenset[str]:
        """Whose removal or denial takes it away."""
        return frozenset().union(*(word.basis.rests_on for word in self.words))

    @property
    def said(self) -> str:
        """Who says so, and where."""
        lines = list(dict.fromkeys(word.said for word in self.words))
        more = f"; and {len(lines) - PARTIES_TOLD} more" if len(lines) > PARTIES_TOLD else ""
        return "; ".join(lines[:PARTIES_TOLD]) + more


class Waiving:
    """What counts of what is said about an artifact at a moment."""

    def __init__(self, evidence: Evidence, at: Moment) -> None:
        self._words: defaultdict[str, list[Word]] = defaultdict(list)
        self._missed: defaultdict[str, list[tuple[VexStatement, Miss]]] = defaultdict(list)
        for document in evidence.vex:
            for found in vouching(document.signature, evidence, VEX, at):
                for statement in document.statements:
                    self._enter(statement, found)

    @property
    def says_anything(self) -> bool:
        """Whether any statement counts."""
        return bool(self._words)

    def of(self, finding: Finding) -> Waiver | None:
        """Why a finding harms nobody; None: nobody says so, or somebody says otherwise of any part of it."""
        if not self._words:
            return None
        found: list[Word] = []
        for names in finding.vulnerabilities:
            last = _last_words(self._about(names, finding))
            if not last or not all(word.statement.waives for word in last):
                return None
            found += last
        return Waiver(tuple(sorted(dict.fromkeys(found), key=_place)))

    def missed(self, finding: Finding) -> str:
        """Why a statement that would waive a finding does not count; "" where there is none."""
        if not self._missed:
            return ""
        rank: dict[str, int] = {code: place for place, code in enumerate(NEAREST_FIRST)}
        missed = [
            (rank.get(miss.code, len(rank)), miss.message)
            for names in finding.vulnerabilities
            for name in names
            for statement, miss in self._missed.get(name, ())
            if statement.waives and statement.speaks_of_package(finding.purl)
        ]
        return min(missed)[1] if missed else ""

    def _enter(self, statement: VexStatement, found: Basis | Miss) -> None:
        for name in {name.upper() for name in statement.names}:
            if isinstance(found, Miss):
                self._missed[name].append((statement, found))
            else:
                self._words[name].append(Word(statement, found))

    def _about(self, names: Iterable[str], finding: Finding) -> list[Word]:
        return [
            word
            for name in names
            for word in self._words.get(name, ())
            if word.statement.speaks_of_package(finding.purl)
        ]


def _last_words(words: Iterable[Word]) -> list[Word]:
    """Of each party what it said last: several where it said several things at once."""
    last: dict[str, list[Word]] = {}
    for word in words:
        held = last.setdefault(word.basis.party.id, [])
        if held and word.statement.timestamp > held[0].statement.timestamp:
            held.clear()
        if not held or word.statement.timestamp == held[0].statement.timestamp:
            held.append(word)
    return [word for said in last.values() for word in said]


def _end(moment: Moment | None) -> float:
    return math.inf if moment is None else moment


def _place(word: Word) -> tuple[str, str, str, str, int]:
    statement = word.statement
    names = " ".join(statement.names)
    return (word.basis.party.id, word.basis.signature.evidence, names, statement.document, statement.number)
