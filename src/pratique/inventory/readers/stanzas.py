"""Files of `Name: value` lines in stanzas (deb822, Debian Policy 5.1; RFC 822 headers of Python's metadata)."""

from collections.abc import Iterator, Mapping


def stanzas(content: bytes) -> Iterator[Mapping[str, str]]:
    """Each stanza with its fields, names in lower case; of a field that is there twice the last one counts.

    Lines that begin with white space go on with the field before; comments and lines without a colon are passed over.
    """
    fields: dict[str, str] = {}
    name = ""
    for line in content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += f"\n{line.strip()}"
        elif not line.startswith("#"):
            said, colon, value = line.partition(":")
            name = said.strip().lower() if colon else ""
            if name:
                fields[name] = value.strip()
    if fields:
        yield fields
