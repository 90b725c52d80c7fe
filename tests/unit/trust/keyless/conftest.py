"""One Sigstore for all tests of a module: making keys takes longer than asking."""

import pytest
from tests.keyless import Sigstore


@pytest.fixture(scope="module")
def sigstore() -> Sigstore:
    return Sigstore.new()
