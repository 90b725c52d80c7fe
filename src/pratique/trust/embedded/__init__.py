"""The root of Sigstore's public instance, as it was when this version was made.

Public data of sigstore/root-signing (Apache-2.0), taken unchanged from the `sigstore` 4.5.1 distribution on PyPI:

- `trusted_root.json`: the target of that name in the TUF repository https://tuf-repo-cdn.sigstore.dev, media type
  v0.1, SHA-256 6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66;
- `root.json`: TUF's root, version 15, with which a refresh begins. That its date (2026-11-20) passes means nothing to
  verification; it only bounds how long a refresh may trust it without finding a newer one.
"""

from functools import cache
from importlib.resources import files
from typing import Final

from pratique.trust.logs import read_trusted_root
from pratique.trust.parties import PUBLIC_GOOD
from pratique.trust.roots import TrustedRoot

TUF_REPOSITORY: Final = "https://tuf-repo-cdn.sigstore.dev"
TARGET: Final = "trusted_root.json"


def public_good_root() -> bytes:
    """The trusted root of the public instance: its file, as JSON."""
    return files(__name__).joinpath(TARGET).read_bytes()


@cache
def public_good() -> TrustedRoot:
    """The trusted root of the public instance, read: a constant that costs a few milliseconds once."""
    return read_trusted_root(public_good_root(), PUBLIC_GOOD)


def tuf_root() -> bytes:
    """TUF's root metadata: where trust begins when the trusted root is refreshed."""
    return files(__name__).joinpath("root.json").read_bytes()
