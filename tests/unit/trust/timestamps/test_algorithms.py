"""Algorithms as CMS writes them, with parameters that change what they mean."""

from typing import Any

import pytest
from asn1crypto import algos  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography.hazmat.primitives import hashes

from pratique.trust.certificates.der import Element, read_element
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps.algorithms import read_hash, read_signature_algorithm

MGF1 = {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}}


def pss(**parameters: Any) -> Element:
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
    return read_element(algorithm.dump(), "")


def test_the_parameters_of_pss_are_read() -> None:
    algorithm = pss(hash_algorithm={"algorithm": "sha256"}, mask_gen_algorithm=MGF1, salt_length=32)
    assert read_signature_algorithm(algorithm, hashes.SHA256()).salt == 32


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"salt_length": 32}, "RSA-PSS and SHA-1"),
        ({"hash_algorithm": {"algorithm": "sha256"}, "salt_length": 32}, "RSA-PSS and SHA-1"),
        (
            {"hash_algorithm": {"algorithm": "sha512"}, "mask_gen_algorithm": MGF1, "salt_length": 32},
            "not those of its digest",
        ),
        (
            {
                "hash_algorithm": {"algorithm": "sha256"},
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha512"}},
                "salt_length": 32,
            },
            "not those of its digest",
        ),
        (
            {"hash_algorithm": {"algorithm": "sha256"}, "mask_gen_algorithm": MGF1, "salt_length": 2_000},
            "not those of its digest",
        ),
        (
            {"hash_algorithm": {"algorithm": "sha256"}, "mask_gen_algorithm": MGF1, "salt_length": -1},
            "not those of its digest",
        ),
    ],
)
def test_other_parameters_are_refused(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_signature_algorithm(pss(**parameters), hashes.SHA256())


@pytest.mark.parametrize(
    "encoded",
    [
        "3000",
        "300d06096086480165030402010101ff",
        "300c0609608648016503040201010100",
        "300f0609608648016503040201" + "05000500",
    ],
)
def test_a_hash_has_no_parameters(encoded: str) -> None:
    content = bytes.fromhex(encoded)
    with pytest.raises(Unreadable):
        read_hash(read_element(content[:1] + bytes((len(content) - 2,)) + content[2:], ""))


@pytest.mark.parametrize("encoded", ["300b0609608648016503040201", "300d06096086480165030402010500"])
def test_null_is_no_parameter(encoded: str) -> None:
    assert read_hash(read_element(bytes.fromhex(encoded), "")).name == "sha256"
