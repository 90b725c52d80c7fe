"""The records in a supply, one at a time, within limits. Names of members are told and compared, never opened."""

import json
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from pratique.advisories.record import SIZE_LIMIT, RecordInvalid
from pratique.advisories.supplies import LINE_LIMIT, Form, Supply, open_text

MEMBERS_LIMIT: Final = 2_000_000
"""Records of one archive; all of OSV has some 500,000."""
UNPACKED_LIMIT: Final = 16 * 2**30
"""Bytes of all records of one archive; those of OSV have some 5 GiB."""
FILE_LIMIT: Final = 256 * 2**20
"""Bytes of a KEV file; CISA's has 1.5 MiB."""
EPSS_LIMIT: Final = 2_000_000
"""Lines of an EPSS file."""

Mark = tuple[str, int, int]
"""A member of an archive by its name, CRC-32 and size: no proof of its bytes, unless somebody vouches for it."""


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
                yield from archive.records()
        case Form.FOLDER:
            for path in sorted(supply.path.glob("*.json")):
                yield Member(path.name, None, partial(_read_file, path, SIZE_LIMIT))
        case _:
            yield Member(supply.path.name, None, partial(_read_file, supply.path, SIZE_LIMIT))


class Archive:
    """A zip of records; `members` by their marks. Raises RecordInvalid where it can't be read or is too large."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise _unreadable(path, error) from error
        members = [member for member in self._zip.infolist() if member.filename.endswith(".json")]
        try:
            _check(path, members)
        except RecordInvalid:
            self.close()
            raise
        self.members: Mapping[Mark, zipfile.ZipInfo] = {
            (member.filename, member.CRC, member.file_size): member for member in members
        }

    def records(self, without: Container[Mark] = ()) -> Iterator[Member]:
        """Its records, in the order of its directory, but those of some marks."""
        for mark, member in self.members.items():
            if mark not in without:
                yield Member(mark[0], mark, partial(_read_member, self._zip, member))

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def _check(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS_LIMIT:
        raise RecordInvalid(f"{path} has {len(members)} records; {MEMBERS_LIMIT} are allowed")
    if sum(member.file_size for member in members) > UNPACKED_LIMIT:
        raise RecordInvalid(f"the records in {path} have more than {UNPACKED_LIMIT} bytes")
    names: set[str] = set()
    for member in members:
        if member.filename in names:
            raise RecordInvalid(f"{member.filename[:200]} stands twice in {path}")
        names.add(member.filename)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Not more than the directory says that it has: what its own header or stream says otherwise is an error."""
    if member.file_size > SIZE_LIMIT:
        raise RecordInvalid(f"{member.filename[:200]} has {member.file_size} bytes; {SIZE_LIMIT} are allowed")
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size + 1)
    # RuntimeError: encrypted members; NotImplementedError: compression that zipfile does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise _unreadable(Path(member.filename), error) from error
    if len(content) != member.file_size:
        raise RecordInvalid(f"{member.filename[:200]} has other bytes than its archive says")
    return content


def _unreadable(path: Path, error: Exception) -> RecordInvalid:
    return RecordInvalid(f"{str(path)[:200]} can't be read: {str(error)[:200]}")


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
