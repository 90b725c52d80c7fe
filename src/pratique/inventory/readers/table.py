"""The readers there are: ours, and those of other installed distributions.

Whoever changes what one of ours finds raises `OWN_VERSION`; the others are told by the versions of what brought them. A
layer whose catalogue is of another version is read anew.
"""

from importlib.metadata import entry_points
from typing import Final

from pratique.inventory.readers.apk import APK
from pratique.inventory.readers.bills import BILL
from pratique.inventory.readers.binaries import BINARY
from pratique.inventory.readers.documents import BITNAMI, DOTNET, NODE, PHP
from pratique.inventory.readers.dpkg import DISTROLESS, DPKG
from pratique.inventory.readers.installed import GROUP, installed, versions
from pratique.inventory.readers.java import JAVA
from pratique.inventory.readers.layouts import LAYOUT
from pratique.inventory.readers.python import PYTHON
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.rpm import RPM
from pratique.inventory.readers.ruby import RUBY

OWN_VERSION: Final = "3"

OWN: Final[tuple[Reader, ...]] = (
    DPKG,
    DISTROLESS,
    APK,
    *RPM,
    PYTHON,
    NODE,
    JAVA,
    RUBY,
    PHP,
    DOTNET,
    BITNAMI,
    BILL,
    LAYOUT,
    BINARY,
)

_POINTS: Final = entry_points(group=GROUP)

VERSION: Final = f"{OWN_VERSION}{versions(_POINTS)}"

READERS: Final = (*OWN, *installed(_POINTS, {reader.name for reader in OWN}))
