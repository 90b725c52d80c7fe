"""Bills of materials that lie in an image: SPDX 2 and CycloneDX in JSON, as Chainguard, Bitnami and others leave them.

Somebody's word, which may add packages and never takes the place of what is there: `merge` sees to that.
"""

import re
from collections.abc import Iterator
from typing import Final

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader
from pratique.inventory.sbom.reading import read_sbom

_PATH: Final = re.compile(r"(?:\.spdx\.json|\.cdx\.json|(?:^|/)bom\.json|(?:^|/)\.spdx-[^/]+\.spdx)$")


def read(_path: str, content: bytes) -> Iterator[Package]:
    """The packages that a bill names."""
    yield from read_sbom(content)


BILL: Final = Reader("sbom", lambda path: bool(_PATH.search(path)), read)
