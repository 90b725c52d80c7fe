"""The file of `--ignore-file`: an id on each line, perhaps with `exp:2026-12-31`, and comments after `#`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from pratique.admission.report import Finding
from pratique.clock import SECOND, Moment
from pratique.errors import BadRequest

SIZE_LIMIT: Final = 2**20
"""Bytes of the file."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,254}")
_EXPIRES: Final = "exp:"
_VULNERABILITY: Final = "CVE-"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An id that is not to be told of, up to and with the day `until` (UTC); None: for ever."""

    id: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class IgnoreList:
    """What a file ignores, as of a moment."""

    ids: frozenset[str] = frozenset()
    expired: tuple[Ignored, ...] = ()

    def covers(self, finding: Finding) -> bool:
        """By its id, or an alias; an advisory of several vulnerabilities only if all of them are ignored."""
        if finding.id.upper() in self.ids:
            return True
        aliases = {alias.upper() for alias in finding.aliases}
        vulnerabilities = {name for name in (*aliases, finding.id.upper()) if name.startswith(_VULNERABILITY)}
        if len(vulnerabilities) > 1:
            return vulnerabilities <= self.ids
        return bool(aliases & self.ids)


def read_ignore_file(path: Path, at: Moment) -> IgnoreList:
    """The list in a file. Raises BadRequest with the line that makes no sense."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} can't be read: {error}") from error
    if len(content) > SIZE_LIMIT:
        raise BadRequest(f"{path} has more than {SIZE_LIMIT} bytes")
    return _as_of(_entries(path.name, text), at)


def _as_of(entries: Iterable[Ignored], at: Moment) -> IgnoreList:
    today = datetime.fromtimestamp(at / SECOND, UTC).date()
    ids: set[str] = set()
    expired: list[Ignored] = []
    for entry in entries:
        if entry.until is not None and entry.until < today:
            expired.append(entry)
        else:
            ids.add(entry.id.upper())
    return IgnoreList(frozenset(ids), tuple(expired))


def _entries(name: str, text: str) -> Iterable[Ignored]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if words:
            yield _entry(words, f"{name}, line {number}")


def _entry(words: list[str], place: str) -> Ignored:
    identifier, *rest = words
    if not _ID.fullmatch(identifier):
        raise BadRequest(f"{place}: {identifier[:80]!r} is no id")
    if not rest:
        return Ignored(identifier)
    if len(rest) > 1 or not rest[0].startswith(_EXPIRES):
        raise BadRequest(f"{place}: after the id only {_EXPIRES}YYYY-MM-DD may follow, and # with a comment")
    try:
        return Ignored(identifier, date.fromisoformat(rest[0].removeprefix(_EXPIRES)))
    except ValueError as error:
        raise BadRequest(f"{place}: {rest[0][:40]!r} is no date; write {_EXPIRES}2026-12-31") from error
