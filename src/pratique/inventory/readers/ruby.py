"""Gems that are installed: the gemspec that RubyGems writes (rubygems, `to_ruby`). Read as text, never run."""

import re
from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable

_PATH: Final = re.compile(r"(?:^|/)specifications/(?:default/)?[^/]+\.gemspec$")
_NAME: Final = re.compile(r"^\s*s\.name\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_VERSION: Final = re.compile(
    r"^\s*s\.version\s*=\s*(?:Gem::Version\.new\()?\s*[\"']([^\"']+)[\"']", re.MULTILINE
)
_LICENSES: Final = re.compile(r"^\s*s\.licenses?\s*=\s*\[?([^\]\n]*)", re.MULTILINE)
_QUOTED: Final = re.compile(r"[\"']([^\"']+)[\"']")


def read(_path: str, content: bytes) -> Iterator[Package]:
    """The gem."""
    text = content.decode("utf-8", "replace")
    name, version, licenses = _NAME.search(text), _VERSION.search(text), _LICENSES.search(text)
    if name is None or version is None:
        raise Unparsable("the gemspec names no gem or no version")
    said = tuple(_QUOTED.findall(licenses[1])) if licenses else ()
    yield Package("gem", name[1], version[1], licenses=said)


RUBY: Final = Reader("ruby", lambda path: bool(_PATH.search(path)), read)
