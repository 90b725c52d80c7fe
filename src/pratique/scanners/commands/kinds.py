"""The programs that are known: how each is asked, and how what it says is read. A closed list; there is no shell.

osv-scanner 2 reads an archive of an image and OSV's exports of advisories. Syft reads an image layout and tells what is
inside; what is wrong with that is looked up as it is for what our own examination finds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from pratique.errors import Invalid
from pratique.oci import strict_json
from pratique.policy.refusal import clean
from pratique.scanners.commands.layout import Image, write_archive, write_layout
from pratique.scanners.commands.osv import not_loaded, read_results
from pratique.scanners.commands.running import Ran
from pratique.scanners.commands.syft import VENDOR, read_packages
from pratique.scanners.metadata import Ability
from pratique.scanners.protocol import GENERIC_REPORT, MANIFESTS, SBOM_REPORT, SPDX
from pratique.scanners.reports import DEPTH_LIMIT
from pratique.scanners.values import (
    COMMAND_URL,
    Capability,
    ForeignContents,
    ForeignSbom,
    Maker,
    Registration,
    Told,
)

_VERSION: Final = re.compile(r"^\s*(?:[\w-]+\s+)?version:\s*(\S.{0,99})$", re.IGNORECASE | re.MULTILINE)


class Kind(StrEnum):
    """A program that is known."""

    OSV_SCANNER = "osv-scanner"
    SYFT = "syft"


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of an image, which is laid out in `folder`, to be read.

    `advisories` are OSV's exports, for programs that read them.
    """

    image: Image
    folder: Path
    advisories: Path | None
    capability: Capability


@dataclass(frozen=True, slots=True)
class Heard:
    """What a program of a version has said, when it was asked for something."""

    ran: Ran
    version: str
    capability: Capability


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program is to be run with: arguments, environment, and what it may read beside the image's files."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    reads: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A kind of program: how it is shown among the scanners, who makes it, and what it can."""

    registration: Registration
    vendor: str
    abilities: tuple[Ability, ...]
    version: Sequence[str]
    """The arguments that have it say its version."""
    needs_advisories: bool = False
    """Whether it is given OSV's exports."""


class Command(Protocol):
    """A kind of program."""

    @property
    def described(self) -> Described:
        """What it is."""
        ...

    def ask(self, order: Order) -> Asked:
        """Lay the image out in the folder; what is to be asked then."""
        ...

    def read(self, heard: Heard) -> Told:
        """What it has said. Raises Invalid, TooLarge for what is no report."""
        ...


class OsvScanner:
    """`osv-scanner scan image`, offline."""

    described: Final = Described(
        Registration(
            id="00000000-0000-4000-8000-000000000002",
            name="osv-scanner",
            url=f"{COMMAND_URL}{Kind.OSV_SCANNER}",
            description="What `scanners.osv_scanner` names, offline, on the advisories that were imported here.",
        ),
        vendor="Google",
        abilities=(Ability(Capability.VULNERABILITY, MANIFESTS, (GENERIC_REPORT,)),),
        version=("--version",),
        needs_advisories=True,
    )

    def ask(self, order: Order) -> Asked:
        """An empty file of settings keeps it from those that might lie in the image or beside it."""
        archive, empty = order.folder / "image.tar", order.folder / "empty.toml"
        write_archive(order.image, archive)
        empty.touch()
        given = order.folder if order.advisories is None else order.advisories
        return Asked(
            arguments=(
                *("scan", "image", "--offline", "--offline-vulnerabilities", "--no-resolve"),
                *(
                    "--allow-no-lockfiles",
                    "--config",
                    str(empty),
                    "--format",
                    "json",
                    "--archive",
                    str(archive),
                ),
            ),
            environment={"OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY": str(given)},
            reads=(given,),
        )

    def read(self, heard: Heard) -> Told:
        """It ends with 0 where it finds nothing, with 1 where it finds something, with others where it fails."""
        _require(heard.ran, "osv-scanner", {0, 1})
        if (line := not_loaded(heard.ran.complaint)) is not None:
            raise Invalid(f"osv-scanner had not all advisories: {clean(line)[:300]}")
        return Told(
            Maker("osv-scanner", self.described.vendor, heard.version), tuple(read_results(heard.ran.output))
        )


class Syft:
    """`syft scan oci-dir:…`."""

    described: Final = Described(
        Registration(
            id="00000000-0000-4000-8000-000000000003",
            name="Syft",
            url=f"{COMMAND_URL}{Kind.SYFT}",
            description="What `scanners.syft` names. Packages that it finds beside ours are matched as ours are.",
        ),
        vendor=VENDOR,
        abilities=(
            Ability(Capability.VULNERABILITY, MANIFESTS, (GENERIC_REPORT,)),
            Ability(Capability.SBOM, MANIFESTS, (SBOM_REPORT,), {"sbom_media_types": [SPDX]}),
        ),
        version=("version",),
    )

    def ask(self, order: Order) -> Asked:
        """Without the list of files, which nobody reads here."""
        layout, empty = order.folder / "layout", order.folder / "empty.yaml"
        layout.mkdir()
        write_layout(order.image, layout)
        empty.touch()
        form = "spdx-json" if order.capability is Capability.SBOM else "syft-json"
        return Asked(
            arguments=(
                "scan",
                f"oci-dir:{layout}",
                "--config",
                str(empty),
                "--output",
                form,
            ),
            environment={
                "SYFT_CHECK_FOR_APP_UPDATE": "false",
                "SYFT_FILE_METADATA_SELECTION": "none",
            },
        )

    def read(self, heard: Heard) -> Told:
        """It ends with 0."""
        _require(heard.ran, "Syft", {0})
        ran = heard.ran
        if heard.capability is Capability.SBOM:
            strict_json.check_depth(ran.output, DEPTH_LIMIT)
            document = ran.output.strip()
            if not isinstance(strict_json.parse(document, DEPTH_LIMIT), dict):
                raise Invalid("what Syft says is no list of contents")
            made_by = Maker("syft", self.described.vendor, heard.version)
            return Told(made_by, ForeignSbom(SPDX, document, made_by))
        made_by, packages = read_packages(ran.output)
        return Told(made_by, ForeignContents(tuple(packages)))


COMMANDS: Final[Mapping[Kind, Command]] = {Kind.OSV_SCANNER: OsvScanner(), Kind.SYFT: Syft()}


def kind_of(scanner: Registration) -> Kind | None:
    """Which program a scanner is; None: none that is known."""
    return next((kind for kind in Kind if scanner.url == COMMANDS[kind].described.registration.url), None)


def version_in(output: str) -> str:
    """The version in what a program says of itself; Syft that was built by hand says `[not provided]`."""
    found = _VERSION.search(output)
    return clean(found[1].strip())[:100] if found else "unknown"


def _require(ran: Ran, name: str, well: set[int]) -> None:
    if ran.code not in well:
        said = clean(" ".join(ran.complaint.split()))
        raise Invalid(f"{name} ended with {ran.code}: {said[-500:] or 'without a word'}")
