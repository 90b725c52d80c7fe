"""The records in a supply, one at a time, within limits."""

import json
import zlib
from collections.abc import Callable, Container, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from pratique.advisories.archives import Archive, Mark
from pratique.advisories.record import SIZE_LIMIT, RecordInvalid
from pratique.advisories.supplies import LINE_LIMIT, Form, Supply, open_text

FILE_LIMIT: Final = 256 * 2**20
"""Bytes of a KEV file; CISA's has 1.5 MiB."""
EPSS_LIMIT: Final = 2_000_000
"""Lines of an EPSS file."""


@dataclass(frozen=True, slots=True)
class Member:
    """A record that can be read; `mark` is None where it lies in no archive. `read` raises RecordInvalid."""

    name: str
    mark: Mark | None
    read: Callable[[], bytes]


def records_in(supply: Supply) -> Iterator[Member]:
    """Each record of a supply. Raises RecordInvalid where an archive can't be read or is too large."""
    match supply.form:
        case Form.ARCHIVE:
            with closing(Archive(supply.path)) as archive:
                yield from members_of(archive)
        case Form.FOLDER:
            for path in sorted(supply.path.glob("*.json")):
                yield Member(path.name, None, partial(_read_file, path, SIZE_LIMIT))
        case _:
            yield Member(supply.path.name, None, partial(_read_file, supply.path, SIZE_LIMIT))


def members_of(archive: Archive, without: Container[Mark] = ()) -> Iterator[Member]:
    """The records in an archive, but those of some marks."""
    for mark in archive.members:
        if mark not in without:
            yield Member(mark[0], mark, partial(archive.read, mark))


def _read_file(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise RecordInvalid(f"{path} has more than {limit} bytes")
    return content


def exploited_in(supply: Supply) -> list[tuple[str, str, int]]:
    """CISA's catalogue: CVE, the date it was added, whether ransomware used it. Raises RecordInvalid."""
    try:
        catalogue: dict[str, Any] = json.loads(_read_file(supply.path, FILE_LIMIT))
        return [
            (
                str(entry["cveID"]),
                str(entry["dateAdded"]),
                int(entry.get("knownRansomwareCampaignUse") == "Known"),
            )
            for entry in catalogue["vulnerabilities"]
        ]
    except RecordInvalid:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordInvalid(f"{supply.path} is no catalogue of known exploited vulnerabilities") from error


def scores_in(supply: Supply) -> list[tuple[str, float, float]]:
    """FIRST's EPSS: CVE, the probability of exploitation, its percentile, of 0 to 1 each. Raises RecordInvalid."""
    scores: list[tuple[str, float, float]] = []
    try:
        with open_text(supply.path) as lines:
            while (line := lines.readline(LINE_LIMIT)) and len(scores) <= EPSS_LIMIT:
                if line.startswith("CVE-"):
                    scores.append(_score(line))
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise RecordInvalid(f"{supply.path} is no EPSS file") from error
    if len(scores) > EPSS_LIMIT:
        raise RecordInvalid(f"{supply.path} has more than {EPSS_LIMIT} lines")
    return scores


def _score(line: str) -> tuple[str, float, float]:
    cve, score, percentile = line.strip().split(",")[:3]
    if not (0 <= float(score) <= 1 and 0 <= float(percentile) <= 1):
        raise ValueError(line)
    return cve, float(score), float(percentile)
