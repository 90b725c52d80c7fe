"""Layers that are two things at once: what is let out unexamined is nothing that somebody could unpack."""

import json
import tarfile

import pytest
from tests.images import file, image, sha256
from tests.unit.admission.test_looking import CHART, looked, names

from pratique.admission.looking import HELM_CHART, HELM_CONFIG, HELM_PROVENANCE
from pratique.inventory import CouldNotBeExamined
from pratique.inventory.tar import is_tar

WASM = "application/wasm"
EVIL = image([file("usr/lib/evil.dist-info/METADATA", "Name: evil\nVersion: 1.0\n")])


def called(first: bytes, *, is_signed: bool = False) -> bytes:
    """The evil layer behind an entry whose name begins so. `is_signed`: its checksum adds signed bytes."""
    info = tarfile.TarInfo("x" * 60)
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    block[: len(first)] = first
    if is_signed:
        block[265:270] = b"\xff" * 5
    block[148:156] = b" " * 8
    total = sum(block) - (0x100 * 5 if is_signed else 0)
    block[148:156] = b"%06o\0 " % total
    return bytes(block) + EVIL.layers[0]


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_module_that_is_an_archive_too(is_signed: bool) -> None:
    both = called(b"\0asm", is_signed=is_signed)
    assert is_tar(both)
    configuration = json.dumps({"rootfs": {"diff_ids": [sha256(both)]}}).encode()
    with pytest.raises(CouldNotBeExamined):
        looked((both, WASM), config=b"{}", kind=WASM)
    if not is_signed:
        assert names(looked((both, WASM), config=configuration, kind=WASM)) == ["evil"]


def test_a_provenance_that_is_an_archive_too() -> None:
    both = called(b"-----BEGIN PGP SIGNED MESSAGE-----")
    with pytest.raises(CouldNotBeExamined, match="is none whose contents are known"):
        looked((CHART, HELM_CHART), (both, HELM_PROVENANCE), kind=HELM_CONFIG)


def odd(oddity: bytes) -> bytes:
    """A configuration that Go reads."""
    named = json.dumps({"diff_ids": [sha256(CHART)]}).encode()
    return b'{"rootfs": ' + named + b', "name": ' + oddity + b"}"


@pytest.mark.parametrize("oddity", [b'"\xff"', b"9" * 6_000])
def test_a_configuration_that_is_not_quite_json_is_that_of_an_image(oddity: bytes) -> None:
    found = looked((CHART, HELM_CHART), config=odd(oddity), kind=HELM_CONFIG)
    assert found.facts is not None


def test_a_configuration_that_nests_too_deep_may_be_that_of_an_image() -> None:
    with pytest.raises(CouldNotBeExamined, match="is not that of an image"):
        looked((CHART, HELM_CHART), config=odd(b"[" * 5_000 + b"]" * 5_000), kind=HELM_CONFIG)
