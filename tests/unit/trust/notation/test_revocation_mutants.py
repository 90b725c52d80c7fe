"""Bytes of strangers are read or refused, and a mutant never says what its original did not."""

from typing import Final

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.authorities import NOW, Authority
from tests.revoking import crl, crl_place, entry, ocsp_answer, ocsp_place, responder_of, signer_of

from pratique.clock import DAY
from pratique.trust.notation.revocations import OcspAnswer, RevocationList, status_of, store_of
from pratique.trust.notation.revocations.narrowing import by_answer, by_list
from pratique.trust.notation.revocations.scope import scope_of_crl, scope_of_ocsp
from pratique.trust.revocation_lists import read_either
from pratique.trust.strict import Unreadable

ROOT = Authority.new("root")
SIGNER = signer_of(ROOT, crl_place(), ocsp_place())
RESPONDER = responder_of(ROOT)
LISTED = entry(SIGNER, reason=x509.ReasonFlags.key_compromise, invalid_from=NOW - DAY)
KEY = (x509.AuthorityKeyIdentifier(b"1" * 20, None, None), False)
SEEDS: Final = (
    (crl(ROOT, LISTED, extensions=[KEY]), "revoked"),
    (crl(ROOT), "good"),
    (ocsp_answer(ROOT, SIGNER), "good"),
    (ocsp_answer(ROOT, SIGNER, responder=RESPONDER, extra={"sha1": True}), "good"),
    (ocsp_answer(ROOT, SIGNER, ocsp.OCSPCertStatus.REVOKED, responder=RESPONDER), "revoked"),
)


def said(content: bytes) -> str:
    """How the signer stands by it, through everything that looks at a list."""
    _der, read = read_either(content)
    if isinstance(read, RevocationList):
        assert scope_of_crl(read.crl)
        by_list(read, None)
        store = store_of((read,))
    else:
        assert isinstance(read, OcspAnswer)
        assert scope_of_ocsp(read.response)
        by_answer(read, None)
        store = store_of((), (read,))
    return status_of(store, SIGNER.certificate, ROOT.certificate, NOW).state


@pytest.mark.parametrize(("content", "state"), SEEDS)
def test_the_originals_say_what_they_say(content: bytes, state: str) -> None:
    assert said(content) == state


# What cryptography only warns of in names is none of a list's faults.
@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
@settings(max_examples=1_500, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_a_mutant_is_refused_or_says_the_same_or_nothing(
    seed: tuple[bytes, str], changes: list[tuple[float, int]]
) -> None:
    content, state = seed
    mutant = bytearray(content)
    for where, value in changes:
        mutant[int(where * len(mutant))] = value
    try:
        found = said(bytes(mutant))
    except Unreadable:
        return
    assert found in {state, "unavailable"}


@given(st.binary(max_size=300))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_either(content)


@given(st.sampled_from(SEEDS), st.floats(0, 0.9999))
def test_pieces_are_refused(seed: tuple[bytes, str], part: float) -> None:
    content = seed[0]
    for wrong in (content[: int(part * len(content))], content + b"\0", b"\0" + content):
        with pytest.raises(Unreadable):
            read_either(wrong)
