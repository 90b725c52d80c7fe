"""Gems that are installed: the gemspec that RubyGems writes (rubygems, `to_ruby`). Read as text, never run."""

import re
from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable

_PATH: Final = re.compile(r"(?:^|/)specifications/(?:default/)?[^/]+\.gemspec$")
_CALLED: Final = re.compile(r"([^/]{1,200}?)-([0-9][^/]{0,200})\.gemspec$")
_NAME: Final = re.compile(r"^[ \t]*s\.name\s{0,99}=\s{0,99}[\"']([^\"']+)[\"']", re.MULTILINE)
_VERSION: Final = re.compile(
    r"^[ \t]*s\.version\s{0,99}=\s{0,99}(?:Gem::Version\.new\()?\s{0,99}[\"']([^\"']+)[\"']", re.MULTILINE
)
_LICENSES: Final = re.compile(r"^[ \t]*s\.licenses?[ \t]*=[ \t]*\[?([^\]\n]*)", re.MULTILINE)
_QUOTED: Final = re.compile(r"[\"']([^\"']+)[\"']")


def read(path: str, content: bytes) -> Iterator[Package]:
    """The gem."""
    text = content.decode("utf-8", "replace")
    name, version, licenses = _NAME.search(text), _VERSION.search(text), _LICENSES.search(text)
    said = tuple(_QUOTED.findall(licenses[1])) if licenses else ()
    if name is not None and version is not None:
        yield Package("gem", name[1], version[1], licenses=said)
    elif called := _CALLED.search(path):
        # It is a program, and may say so in other words; RubyGems calls the file by both.
        yield Package("gem", called[1], called[2], licenses=said)
    else:
        raise Unparsable("the gemspec names no gem or no version")


RUBY: Final = Reader("ruby", lambda path: bool(_PATH.search(path)), read)
