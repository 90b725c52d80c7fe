"""Where the keys lie that the registry signs with."""

import sys
from pathlib import Path

import pytest
from tests.houses import furnish

from pratique.errors import Unavailable


def test_an_hsm_without_the_extra_for_it_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "pratique.trust.signing.hsm_keys", raising=False)
    signing = {"hsm_module": "/usr/lib/softhsm.so", "hsm_token": "pratique", "hsm_pin": "1234"}
    with pytest.raises(Unavailable, match=r"pratique\[pkcs11\]"):
        furnish(f"sqlite:///{tmp_path / 'pratique.db'}", tmp_path, signing=signing)
