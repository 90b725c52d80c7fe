"""Images that lie in an image, as an OCI layout (image-spec, image-layout.md).

They are not looked into. That one is there is told as a package of its own, of a kind that no advisories speak of: so
the image is not taken for covered. Steps not taken: archives, as `docker save` writes them, are files like any other.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pratique.inventory.package import Package
from pratique.inventory.readers.reader import Reader, Unparsable

NAME: Final = "oci-layout"


def read(_path: str, content: bytes) -> Iterator[Package]:
    """An image without a name."""
    try:
        said: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unparsable("it is no OCI layout") from error
    if not isinstance(said, dict) or "imageLayoutVersion" not in said:
        raise Unparsable("it is no OCI layout")
    yield Package("oci", "image", "")


LAYOUT: Final = Reader("oci-layout", lambda path: path.rpartition("/")[2] == NAME, read)
