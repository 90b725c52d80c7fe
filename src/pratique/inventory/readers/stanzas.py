"""Files of `Name: value` lines in stanzas (deb822, Debian Policy 5.1; RFC 822 headers of Python's metadata)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

Twice = Literal["first", "last", "never"]
"""Which counts of a field that stands twice in one stanza: formats differ."""


class FieldTwice(ValueError):
    """A field stands twice where that may never be."""


def stanzas(content: bytes, twice: Twice = "last") -> Iterator[Mapping[str, str]]:
    """Each stanza with its fields, names in lower case. Raises FieldTwice.

    Lines that begin with white space go on with the field before; comments and lines without a colon are passed over.
    """
    fields: dict[str, list[str]] = {}
    name = ""
    for line in content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not line.strip():
            if fields:
                yield _joined(fields)
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name].append(line.strip())
        elif not line.startswith("#"):
            said, colon, value = line.partition(":")
            name = _counted(said.strip().lower(), fields, twice) if colon else ""
            if name:
                fields[name] = [value.strip()]
    if fields:
        yield _joined(fields)


def _joined(fields: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: "\n".join(lines) for name, lines in fields.items()}


def _counted(name: str, fields: Collection[str], twice: Twice) -> str:
    """The field that a line begins; "" where an earlier one counts: then what goes on with it is nobody's."""
    if name not in fields or twice == "last":
        return name
    if twice == "never":
        raise FieldTwice(f"a stanza has the field {name[:100]!r} twice")
    return ""
