"""The package mirror this machine's apt is set up with, and a private apt for another suite of it.

Reads both forms of sources.list(5): one line an entry, and deb822.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.toolbox.tool import ToolboxError

APT = Path("/etc/apt")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$"
)

_PRIVATE = """\
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
APT::Sandbox::User "root";
Acquire::Languages "none";
// A frozen mirror's rolling suite is past its date; its signature is still checked.
Acquire::Check-Valid-Until "false";
"""


@dataclass(frozen=True)
class Entry:
    """One archive of sources.list."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    keyring: str


def of_this_machine(apt: Path = APT, os_release: Path = Path("/etc/os-release")) -> Entry:
    """The archive that this machine's own release comes from.

    Raises ToolboxError when this is no Debian, or its apt names no such archive.
    """
    codename = _codename(os_release)
    for entry in _entries(apt):
        if codename in entry.suites and "main" in entry.components:
            return entry
    raise ToolboxError(f"no archive of Debian {codename or '(not a Debian)'} in {apt}")


def private_apt(root: Path, suite: str) -> Path:
    """Lay out below `root` an apt that knows only `suite`; returns the file for APT_CONFIG."""
    entry = of_this_machine()
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "sources.list").write_text(f"deb [signed-by={entry.keyring}] {entry.uri} {suite} main\n")
    (root / "apt.conf").write_text(_PRIVATE.format(root=root))
    return root / "apt.conf"


def _codename(os_release: Path) -> str:
    lines = os_release.read_text().splitlines() if os_release.exists() else []
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return (
        fields.get("VERSION_CODENAME", "").strip('"') if fields.get("ID", "").strip('"') == "debian" else ""
    )


def _entries(apt: Path) -> Iterator[Entry]:
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        yield from _deb822(path.read_text())
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        if path.exists():
            yield from _lines(path.read_text())


def _deb822(text: str) -> Iterator[Entry]:
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", bare):
        fields = {
            key.lower(): value.strip()
            for key, _, value in (line.partition(":") for line in stanza.splitlines())
        }
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        signed = fields.get("signed-by", "")
        yield Entry(
            fields["uris"].split()[0],
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            signed if signed.startswith("/") else KEYRING,
        )


def _lines(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        found = _ONE_LINE.match(line.strip())
        if found is None:
            continue
        options = dict(each.split("=", 1) for each in (found["options"] or "").split() if "=" in each)
        yield Entry(
            found["uri"],
            (found["suite"],),
            tuple(found["components"].split()),
            options.get("signed-by", KEYRING),
        )
