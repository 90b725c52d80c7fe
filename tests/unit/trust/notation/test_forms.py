"""What holds of notation's envelopes in either form: JWS and COSE."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.authorities import Authority, PrivateKey
from tests.notation import descriptor, notation_signer, self_signed_signer, sign_cose, sign_jws

from pratique.trust.notation import Envelope, NotationInvalid, check_signature, read_cose, read_jws

ARTIFACT: Final = descriptor(f"sha256:{'a' * 64}", 512)


@dataclass(frozen=True)
class Form:
    """How an envelope is written, and read."""

    sign: Callable[..., bytes]
    read: Callable[[bytes], Envelope]


each_form = pytest.mark.parametrize(
    "form", [Form(sign_jws, read_jws), Form(sign_cose, read_cose)], ids=["jws", "cose"]
)


@cache
def private_key(kind: str) -> PrivateKey:
    """Of `p-256` or `rsa-2048`; made once, for RSA takes its time."""
    family, _, bits = kind.partition("-")
    if family == "rsa":
        return rsa.generate_private_key(65_537, int(bits))
    return ec.generate_private_key(
        {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}[bits]
    )


@each_form
@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa-2048", "PS256"),
        ("rsa-3072", "PS384"),
        ("rsa-4096", "PS512"),
        ("p-256", "ES256"),
        ("p-384", "ES384"),
        ("p-521", "ES512"),
    ],
)
def test_each_key_signs_by_its_algorithm(form: Form, kind: str, algorithm: str) -> None:
    envelope = form.read(form.sign(self_signed_signer(private=private_key(kind)), ARTIFACT))
    check_signature(envelope)
    assert envelope.algorithm == algorithm


@each_form
def test_an_rsa_key_between_the_sizes_does_not_sign(form: Form) -> None:
    envelope = form.read(form.sign(self_signed_signer(private=private_key("rsa-2560")), ARTIFACT))
    with pytest.raises(NotationInvalid, match="2560 bits"):
        check_signature(envelope)


@each_form
def test_another_s_signature_is_refused(form: Form) -> None:
    ours, other = notation_signer(Authority.new()), notation_signer(Authority.new("other"))
    envelope = form.read(form.sign(other, ARTIFACT, chain=ours.chain))
    with pytest.raises(NotationInvalid, match="not the signer's"):
        check_signature(envelope)
