"""How artifacts are named on the command line, and the place that a name leads to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pratique.cli.evidence import EvidenceSource, Layout
from pratique.errors import BadRequest
from pratique.oci.digest import parse_digest
from pratique.oci.references import Reference

_LAYOUT: Final = "oci:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an artifact is, and by what it is asked for there."""

    source: EvidenceSource
    wanted: Reference


def place_of(name: str) -> Place:
    """The place of `oci:DIR@DIGEST`. Raises PratiqueError with what is wrong with the name or the place."""
    if not name.startswith(_LAYOUT):
        raise BadRequest(
            f"{name} is not the name of an artifact: oci:DIR@DIGEST is; a bundle needs FILE_OR_DIGEST beside it"
        )
    folder, at, digest = name.removeprefix(_LAYOUT).rpartition("@")
    if not at:
        raise BadRequest(f"{name} does not say which artifact of the layout: name its digest, oci:DIR@DIGEST")
    return Place(Layout(Path(folder)), Reference(None, parse_digest(digest)))
