"""The records in a supply, one at a time, within limits."""

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pratique.advisories.record import SIZE_LIMIT, RecordInvalid
from pratique.advisories.supplies import Form, Supply, open_text

MEMBERS_LIMIT: Final = 2_000_000
"""Records of one archive; all of OSV has some 500,000."""
EPSS_LIMIT: Final = 2_000_000
"""Lines of an EPSS file."""


def records_in(supply: Supply) -> Iterator[tuple[str, bytes]]:
    """Each record with the name of its file. Raises RecordInvalid where the archive can't be read or is too large."""
    match supply.form:
        case Form.ARCHIVE:
            yield from _in_archive(supply.path)
        case Form.FOLDER:
            for path in sorted(supply.path.glob("*.json")):
                if path.stat().st_size > SIZE_LIMIT:
                    raise RecordInvalid(f"{path} has more than {SIZE_LIMIT} bytes")
                yield path.name, path.read_bytes()
        case _:
            yield supply.path.name, supply.path.read_bytes()


def _in_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    # RuntimeError: encrypted members, and compression that zipfile does not know.
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".json")]
            if len(members) > MEMBERS_LIMIT:
                raise RecordInvalid(f"{path} has {len(members)} records; {MEMBERS_LIMIT} are allowed")
            for member in members:
                if member.file_size > SIZE_LIMIT:
                    raise RecordInvalid(f"{member.filename} in {path} has {member.file_size} bytes")
                yield member.filename, archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise RecordInvalid(f"{path} can't be read: {error}") from error


def exploited_in(supply: Supply) -> list[tuple[str, str, int]]:
    """CISA's catalogue: CVE, the date it was added, whether ransomware used it. Raises RecordInvalid."""
    try:
        catalogue: dict[str, Any] = json.loads(supply.path.read_bytes())
        return [
            (entry["cveID"], entry["dateAdded"], int(entry.get("knownRansomwareCampaignUse") == "Known"))
            for entry in catalogue["vulnerabilities"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordInvalid(f"{supply.path} is no catalogue of known exploited vulnerabilities") from error


def scores_in(supply: Supply) -> list[tuple[str, float, float]]:
    """FIRST's EPSS: CVE, the probability of exploitation, its percentile. Raises RecordInvalid."""
    scores = []
    try:
        with open_text(supply.path) as lines:
            for line in lines:
                if line.startswith("CVE-"):
                    cve, score, percentile = line.strip().split(",")[:3]
                    scores.append((cve, float(score), float(percentile)))
                if len(scores) > EPSS_LIMIT:
                    raise RecordInvalid(f"{supply.path} has more than {EPSS_LIMIT} lines")
    except (ValueError, gzip.BadGzipFile, EOFError) as error:
        raise RecordInvalid(f"{supply.path} is no EPSS file") from error
    return scores
