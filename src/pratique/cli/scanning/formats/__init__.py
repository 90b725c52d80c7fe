"""How a scan is told: one module for each format, one table of them all."""

from collections.abc import Callable, Mapping
from typing import Final

from pratique.cli.scanning.formats import bills, harbor, plain, sarif, table
from pratique.cli.scanning.scanned import Scanned

FORMATS: Final[Mapping[str, Callable[[Scanned], str]]] = {
    "table": table.render,
    "json": plain.render,
    "sarif": sarif.render,
    "cyclonedx": bills.render_cyclonedx,
    "spdx": bills.render_spdx,
    "harbor": harbor.render,
}
"""By the word of `--format`."""

__all__ = ["FORMATS"]
