"""Which distribution an image is of (os-release(5)); shell quoting as the page allows it, no expansion."""

import shlex
from dataclasses import dataclass
from typing import Final

PATHS: Final = ("etc/os-release", "usr/lib/os-release")
"""The first that is there counts."""
DEBIAN_VERSION: Final = "etc/debian_version"
ALPINE_RELEASE: Final = "etc/alpine-release"
VERSIONS: Final = {ALPINE_RELEASE: "alpine", DEBIAN_VERSION: "debian"}
"""Files with nothing but a release, and the ID of those who have them; they count where there is no os-release."""
CLAIMS: Final = (*PATHS, *VERSIONS)
"""Files that tell the release."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """`id` and `release` are ID and VERSION_ID; "" where the file does not say."""

    id: str
    release: str
    name: str = ""
    like: tuple[str, ...] = ()

    def is_same(self, other: "Distribution") -> bool:
        """Whether both are one release, however it is called."""
        return (self.id, self.release) == (other.id, other.release)


def read_os_release(content: bytes) -> Distribution:
    """What an os-release file says; of what is said twice the last one counts, as when a shell sources it."""
    fields: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            fields[name] = _unquoted(value)
    return Distribution(
        id=fields.get("ID", "").lower(),
        release=fields.get("VERSION_ID", ""),
        name=fields.get("PRETTY_NAME", fields.get("NAME", "")),
        like=tuple(fields.get("ID_LIKE", "").lower().split()),
    )


def read_version(path: str, content: bytes) -> Distribution:
    """What one of `VERSIONS` says."""
    return Distribution(VERSIONS[path], content.decode("utf-8", "replace").strip())


def _unquoted(value: str) -> str:
    try:
        words = shlex.split(value, comments=False, posix=True)
    except ValueError:
        return value.strip("\"'")
    return words[0] if words else ""
