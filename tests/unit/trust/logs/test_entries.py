"""Entries as a whole: promised, proven, bound to what is ours."""

from dataclasses import replace
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from tests.authorities import NOW, sign
from tests.rekor import Rekor, dsse, hashedrekord, hashedrekord_2, intoto_1

from pratique.clock import SECOND, Moment
from pratique.trust.dsse import IN_TOTO, Envelope
from pratique.trust.logs import LogEntry, LogEntryInvalid
from pratique.trust.logs.binding import Claimed
from pratique.trust.logs.entries import verify_entry
from pratique.trust.logs.promise import verify_promise
from pratique.trust.logs.verifiers import Verifier
from pratique.trust.signed import Signed

PRIVATE: Final = ec.generate_private_key(ec.SECP256R1())
KEY: Final = Rekor(PRIVATE).trusted().key
PEM: Final = KEY.pem.encode()
CONTENT: Final = b"what is signed"
SIGNATURE: Final = sign(PRIVATE, CONTENT)
OURS: Final = Claimed(Signed.of_content(SIGNATURE, CONTENT), Verifier("key", KEY.der))
LOG: Final = Rekor()
ENTRY: Final = LOG.record(hashedrekord(CONTENT, SIGNATURE, PEM))
LOGS: Final = (LOG.trusted(),)
AT: Final = Moment(NOW)


def test_a_right_entry() -> None:
    verified = verify_entry(ENTRY, OURS, LOGS, AT)
    assert verified is not None
    assert (verified.log_id, verified.index, verified.integrated) == (LOG.log_id, ENTRY.log_index, AT)


def test_a_promise_alone_and_a_proof_alone() -> None:
    promised = verify_entry(replace(ENTRY, proof=None), OURS, LOGS, AT)
    assert promised is not None
    assert promised.integrated == AT
    proven = verify_entry(replace(ENTRY, promise=None), OURS, LOGS, AT)
    assert proven is not None
    assert proven.integrated is None
    with pytest.raises(LogEntryInvalid, match="no inclusion proof"):
        verify_entry(replace(ENTRY, promise=None, proof=None), OURS, LOGS, AT)


def test_one_second_later_than_now_is_the_future() -> None:
    with pytest.raises(LogEntryInvalid, match="of the future"):
        verify_entry(ENTRY, OURS, LOGS, Moment(AT - 1))
    endless = LOG.promised(replace(ENTRY, integrated_time=2**62))
    with pytest.raises(LogEntryInvalid, match="does not verify"):
        verify_entry(endless, OURS, LOGS, AT)
    late = LOG.promised(replace(ENTRY, integrated_time=253_402_300_800))
    with pytest.raises(LogEntryInvalid, match="beyond all calendars"):
        verify_entry(late, OURS, LOGS, AT)


def test_numbers_that_json_does_not_know_are_promised_by_nobody() -> None:
    assert verify_promise(ENTRY, LOGS[0])
    assert not verify_promise(replace(ENTRY, log_index=2**60), LOGS[0])
    assert not verify_promise(replace(ENTRY, promise=None), LOGS[0])


def test_whose_log_is_unknown_is_absent() -> None:
    assert verify_entry(ENTRY, OURS, (Rekor().trusted(),), AT) is None
    assert verify_entry(replace(ENTRY, log_id=b"x" * 32), OURS, LOGS, AT) is None
    assert verify_entry(ENTRY, OURS, (), AT) is None


def test_a_second_log_is_found_by_its_checkpoint_where_it_has_no_identifier() -> None:
    log = Rekor.second()
    ours = replace(OURS, verifier=Verifier("certificate", b"leaf"))
    entry = replace(log.record(hashedrekord_2(CONTENT, SIGNATURE, b"leaf")), log_id=b"")
    verified = verify_entry(entry, ours, (LOG.trusted(), log.trusted()), AT)
    assert verified is not None
    assert verified.log_id == log.log_id
    assert verify_entry(replace(entry, proof=None), ours, (log.trusted(),), AT) is None


def test_the_first_log_of_a_name_is_not_found_by_it() -> None:
    """Its checkpoints name trees, and its promises are over its identifier."""
    assert verify_entry(replace(ENTRY, log_id=b""), OURS, LOGS, AT) is None


def test_a_file_of_which_only_the_digest_is_known() -> None:
    known = OURS.signed
    for algorithm, bound in (("sha256", True), ("sha512", False)):
        signed = Signed(known.signature, None, "sha256" if bound else "sha512", known.digest)
        assert signed.algorithm == algorithm
        if bound:
            assert verify_entry(ENTRY, replace(OURS, signed=signed), LOGS, AT) is not None
        else:
            with pytest.raises(LogEntryInvalid, match="of another artifact"):
                verify_entry(ENTRY, replace(OURS, signed=signed), LOGS, AT)


def test_an_entry_for_envelopes_is_not_one_for_files() -> None:
    entry = LOG.record(dsse(CONTENT, SIGNATURE, PEM))
    with pytest.raises(LogEntryInvalid, match="of another payload"):
        verify_entry(entry, OURS, LOGS, AT)


def test_an_intoto_entry_binds_the_document_where_there_is_one() -> None:
    envelope = Envelope(IN_TOTO, CONTENT, (SIGNATURE,))
    ours = replace(OURS, signed=Signed.of_envelope(envelope, SIGNATURE))
    entry = LOG.record(intoto_1(CONTENT, b"the document", PEM))
    assert verify_entry(entry, ours, LOGS, AT) is not None
    assert verify_entry(entry, replace(ours, document=b"the document"), LOGS, AT) is not None
    with pytest.raises(LogEntryInvalid, match="of another envelope"):
        verify_entry(entry, replace(ours, document=b"another"), LOGS, AT)


def test_of_several_signatures_one_must_be_ours_altogether() -> None:
    """Ours by somebody else, and somebody else's by us, do not make one of ours by us."""
    envelope = Envelope(IN_TOTO, CONTENT, (SIGNATURE,))
    ours = replace(OURS, signed=Signed.of_envelope(envelope, SIGNATURE))
    stranger = Rekor().trusted().key.pem.encode()
    mine, crossed, lent = (
        dsse(CONTENT, SIGNATURE, PEM),
        dsse(CONTENT, b"another", PEM),
        dsse(CONTENT, SIGNATURE, stranger),
    )
    for bodies, holds in (((crossed, mine), True), ((crossed, lent), False)):
        body = {**mine, "spec": {**mine["spec"]}}
        body["spec"]["signatures"] = [each["spec"]["signatures"][0] for each in bodies]
        if holds:
            assert verify_entry(LOG.record(body), ours, LOGS, AT) is not None
        else:
            with pytest.raises(LogEntryInvalid, match="by another key"):
                verify_entry(LOG.record(body), ours, LOGS, AT)


@given(st.sampled_from(sorted({"log_index", "integrated_time", "body", "promise"})), st.data())
def test_nothing_that_a_promise_is_over_may_change(name: str, data: st.DataObject) -> None:
    value = getattr(ENTRY, name)
    if isinstance(value, int):
        other: object = data.draw(st.integers(0, NOW // SECOND).filter(lambda number: number != value))
    else:
        at = data.draw(st.integers(0, len(value) - 1))
        other = value[:at] + bytes([value[at] ^ 1 << data.draw(st.integers(0, 7))]) + value[at + 1 :]
    values = {field: getattr(ENTRY, field) for field in LogEntry.__slots__}
    with pytest.raises(LogEntryInvalid):
        verify_entry(LogEntry(**{**values, name: other}), OURS, LOGS, AT)
