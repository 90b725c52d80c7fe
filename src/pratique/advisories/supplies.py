"""What an administrator brings, told apart by its bytes: archives and folders of records, single records, KEV, EPSS.

A zip or a folder is the complete new state of its source, which is called as the folder is. A folder that holds
neither records nor an `all.zip` is looked through one level deep: OSV's export has a folder for each ecosystem.
"""

import csv
import gzip
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TextIO

ARCHIVE_NAME: Final = "all.zip"
LINE_LIMIT: Final = 4_096
"""Characters of a line of an EPSS file."""


class UnknownSupply(ValueError):
    """A path that holds nothing that can be imported."""


class Form(StrEnum):
    """How advisories come."""

    ARCHIVE = "archive"
    FOLDER = "folder"
    RECORD = "record"
    KEV = "kev"
    EPSS = "epss"


@dataclass(frozen=True, slots=True)
class Supply:
    """A path that is understood, and the source that it speaks for.

    `sealed`: a verified bundle vouches for its bytes, whose hash is `sha256`.
    """

    path: Path
    source: str
    form: Form
    sealed: bool = False
    sha256: str = ""


def supplies(path: Path, source: str | None = None) -> list[Supply]:
    """What there is to import at a path. Raises UnknownSupply where that is nothing."""
    if path.is_dir():
        found = list(_in_folder(path, source))
    elif path.is_file():
        found = [_file(path, source)]
    else:
        raise UnknownSupply(f"{path} does not exist")
    if not found:
        raise UnknownSupply(f"{path} holds no OSV records, no {ARCHIVE_NAME}, no KEV or EPSS file")
    return found


def _in_folder(path: Path, source: str | None) -> Iterator[Supply]:
    name = source or path.resolve().name
    if (path / ARCHIVE_NAME).is_file():
        yield Supply(path / ARCHIVE_NAME, name, Form.ARCHIVE)
        return
    files = sorted(one for one in path.iterdir() if one.is_file())
    known = [one for one in files if _special(one)]
    if any(one.suffix == ".json" and one not in known for one in files):
        yield Supply(path, name, Form.FOLDER)
    else:
        for one in sorted(path.iterdir()):
            if one.is_dir():
                yield from _in_folder_once(one, source)
    for one in known:
        yield _file(one, None)


def _in_folder_once(path: Path, source: str | None) -> Iterator[Supply]:
    if (path / ARCHIVE_NAME).is_file():
        yield Supply(path / ARCHIVE_NAME, source or path.name, Form.ARCHIVE)
    elif any(path.glob("*.json")):
        yield Supply(path, source or path.name, Form.FOLDER)


def _file(path: Path, source: str | None) -> Supply:
    special = _special(path)
    if special is not None:
        return Supply(path, special.value, special)
    if zipfile.is_zipfile(path):
        return Supply(path, source or path.resolve().parent.name, Form.ARCHIVE)
    if path.suffix == ".json":
        return Supply(path, source or path.resolve().parent.name, Form.RECORD)
    raise UnknownSupply(f"{path} is neither a zip, nor an OSV record (.json), nor a KEV or EPSS file")


def _special(path: Path) -> Form | None:
    """KEV is JSON with a `catalogVersion`; EPSS a CSV of cve, epss, percentile, perhaps gzipped."""
    if path.suffix == ".json":
        with path.open("rb") as file:
            return Form.KEV if b'"catalogVersion"' in file.read(4_096) else None
    if path.name.endswith((".csv", ".csv.gz")):
        with open_text(path) as lines:
            header = lines.readline(LINE_LIMIT)
            while header.startswith("#"):
                header = lines.readline(LINE_LIMIT)
        return Form.EPSS if next(csv.reader([header]), [])[:2] == ["cve", "epss"] else None
    return None


def open_text(path: Path) -> TextIO:
    """A text file, unpacked where it is gzipped."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
