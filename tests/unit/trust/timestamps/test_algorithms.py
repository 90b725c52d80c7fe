"""Algorithms as CMS writes them, with parameters that change what they mean."""

from typing import Any

import pytest
from asn1crypto import algos  # type: ignore[import-untyped]  # asn1crypto has no types
from cryptography.hazmat.primitives import hashes

from pratique.trust.certificates.der import SEQUENCE, Element, read_element, write_element
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
        ({"hash_algorithm": {"algorithm": "sha256"}, "mask_gen_algorithm": MGF1}, "RSA-PSS and SHA-1"),
        ({"mask_gen_algorithm": MGF1, "salt_length": 32}, "RSA-PSS and SHA-1"),
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


SHA256 = "300b0609608648016503040201"
MGF = "06092a864886f70d010108"


@pytest.mark.parametrize(
    "mask",
    ["300b" + MGF, "3018" + "06092a864886f70d010109" + SHA256],
    ids=["MGF1 of nothing", "another function"],
)
def test_the_mask_is_of_the_digest(mask: str) -> None:
    """By hand, since the default of MGF1 is what one can't leave out with a library."""
    hashed = write_element(0xA0, bytes.fromhex(SHA256))
    masked = write_element(0xA1, bytes.fromhex(mask))
    parameters = write_element(SEQUENCE, hashed + masked + b"\xa2\x03\x02\x01\x20")
    algorithm = write_element(SEQUENCE, bytes.fromhex("06092a864886f70d01010a") + parameters)
    with pytest.raises(Unreadable, match="not those of its digest"):
        read_signature_algorithm(read_element(algorithm, ""), hashes.SHA256())


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
