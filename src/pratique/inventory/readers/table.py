"""The readers there are. Whoever changes what one of them finds raises `VERSION`: layers are then read anew."""

from typing import Final

from pratique.inventory.readers.apk import APK
from pratique.inventory.readers.bills import BILL
from pratique.inventory.readers.binaries import BINARY
from pratique.inventory.readers.documents import BITNAMI, DOTNET, NODE, PHP
from pratique.inventory.readers.dpkg import DISTROLESS, DPKG
from pratique.inventory.readers.java import JAVA
from pratique.inventory.readers.python import PYTHON
from pratique.inventory.readers.reader import Reader
from pratique.inventory.readers.rpm import RPM
from pratique.inventory.readers.ruby import RUBY

VERSION: Final = "2"

READERS: Final[tuple[Reader, ...]] = (
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
    BINARY,
)
