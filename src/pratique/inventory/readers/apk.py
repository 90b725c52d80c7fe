"""apk's database of installed packages (apk-tools, doc/apk-installed.5): one-letter fields in stanzas."""

from collections.abc import Iterator, Mapping
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Unparsable, database

_ONCE: Final = frozenset({"P", "V", "o", "A"})
_PATHS: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def read(_path: str, content: bytes) -> Iterator[Package]:
    """The packages with the files that they own."""
    for stanza in content.decode("utf-8", "replace").split("\n\n"):
        fields: dict[str, str] = {}
        files: list[str] = []
        folder = ""
        for line in stanza.split("\n"):
            name, colon, value = line.partition(":")
            if not colon:
                continue
            if name == "F":
                folder = value
            elif name == "R":
                files.append(f"{folder}/{value}" if folder else value)
            elif name in _ONCE and name in fields:
                # apk takes the last: so the stanza before could hide behind it.
                raise Unparsable(f"a package has the field {name} twice")
            else:
                fields[name] = value
        if fields.get("P") and fields.get("V"):
            yield _package(fields, files)


def _package(fields: Mapping[str, str], files: list[str]) -> Package:
    origin = fields.get("o", "")
    return Package(
        type="apk",
        name=fields["P"],
        version=fields["V"],
        architecture=fields.get("A", ""),
        source=origin if origin != fields["P"] else "",
        vendor=fields.get("m", ""),
        licenses=tuple(filter(None, [fields.get("L", "")])),
        files=tuple(files),
    )


APK: Final = database("apk", read, *_PATHS)
