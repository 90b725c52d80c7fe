"""What a record says for people: a text, links, scores by CVSS, weaknesses. Nothing is decided by any of it.

Read when somebody looks, from the record as it was published (OSV schema 1.7, "summary", "details", "references",
"severity"); GitHub's records name CWEs in `database_specific.cwe_ids`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cvss import CVSS2, CVSS3
from cvss.exceptions import CVSSError

TEXT_LIMIT: Final = 4_000
"""Characters of a description."""
LINKS_LIMIT: Final = 20
LINK_LIMIT: Final = 1_000
"""Characters of a link."""
CWES_LIMIT: Final = 20
SCORES_LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class Score:
    """By CVSS: the base score and its vector."""

    value: float
    vector: str


@dataclass(frozen=True, slots=True)
class Details:
    """What a record says; scores are None where it has no vector of that version that can be read."""

    text: str = ""
    links: tuple[str, ...] = ()
    cvss_v3: Score | None = None
    cvss_v2: Score | None = None
    weaknesses: tuple[str, ...] = ()


NONE: Final = Details()


class _Reference(msgspec.Struct):
    url: str = ""


class _Scored(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    severity: list[_Scored] | None = None


class _Osv(msgspec.Struct):
    summary: str | None = None
    details: str | None = None
    references: list[_Reference] | None = None
    severity: list[_Scored] | None = None
    affected: list[_Affected] | None = None
    database_specific: dict[str, Any] | None = None


_decoder: Final = msgspec.json.Decoder(_Osv)


def read_details(content: bytes) -> Details:
    """What the bytes of a record say; NONE where they say it in another way than the schema has it."""
    try:
        record = _decoder.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return NONE
    scores = [
        *(record.severity or ()),
        *(one for each in record.affected or () for one in each.severity or ()),
    ]
    named = (record.database_specific or {}).get("cwe_ids")
    return Details(
        text=(record.details or record.summary or "").strip()[:TEXT_LIMIT],
        links=tuple(_links(record.references or ())),
        cvss_v3=_worst(CVSS3, "CVSS_V3", scores),
        cvss_v2=_worst(CVSS2, "CVSS_V2", scores),
        weaknesses=tuple(_weaknesses(named if isinstance(named, list) else ())),
    )


def _links(references: Iterable[_Reference]) -> list[str]:
    """Only what a browser may follow without harm."""
    found = (each.url for each in references if each.url.startswith(("https://", "http://")))
    return [url for url in dict.fromkeys(found) if len(url) <= LINK_LIMIT][:LINKS_LIMIT]


def _weaknesses(named: Iterable[Any]) -> list[str]:
    return [each for each in named if isinstance(each, str) and each.startswith("CWE-")][:CWES_LIMIT]


def _worst(calculator: type[CVSS2 | CVSS3], kind: str, scores: Iterable[_Scored]) -> Score | None:
    vectors = [each.score for each in scores if each.type == kind][:SCORES_LIMIT]
    found = [score for vector in vectors if (score := _score(calculator, vector)) is not None]
    return max(found, key=lambda score: score.value, default=None)


def _score(calculator: type[CVSS2 | CVSS3], vector: str) -> Score | None:
    try:
        return Score(float(calculator(vector).scores()[0]), vector)
    except CVSSError:
        return None


Detailed = Mapping[tuple[str, str], Details]
"""By the id of an advisory and its source."""
