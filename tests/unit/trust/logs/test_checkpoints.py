"""Checkpoints and the notes that they are: read strictly, and signed by the log that is meant."""

import base64
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from tests.rekor import Rekor

from pratique.trust.logs import LogEntryInvalid
from pratique.trust.logs.checkpoint import read_checkpoint, verify_checkpoint
from pratique.trust.logs.notes import SIGNATURES_LIMIT, read_note
from pratique.trust.strict import Unreadable

ROOT: Final = base64.b64encode(b"r" * 32).decode()
WITNESS: Final = "\u2014 witness.example/w1 " + base64.b64encode(b"hint" + b"s" * 72).decode() + "\n"
LOGS: Final = [Rekor(), Rekor.second(), Rekor(ec.generate_private_key(ec.SECP384R1()))]
each_log = pytest.mark.parametrize("log", LOGS, ids=["v1", "v2", "p384"])


@each_log
def test_a_logs_checkpoint_verifies(log: Rekor) -> None:
    checkpoint = read_checkpoint(log.checkpoint(others=["Timestamp: 1", "more"]))
    assert (checkpoint.origin, checkpoint.size) == (log.origin, len(log.leaves))
    assert checkpoint.others == ("Timestamp: 1", "more")
    verify_checkpoint(checkpoint, log.trusted(), exact_origin=log.v2)


@each_log
def test_signatures_of_others_count_for_nothing_wherever_they_stand(log: Rekor) -> None:
    text, _, line = log.checkpoint().rpartition("\n\n")
    stranger = Rekor(base_url=log.base_url).signature_line(f"{text}\n")
    for lines in (WITNESS + line, line + WITNESS, stranger + line, line + stranger + WITNESS, line + line):
        verify_checkpoint(read_checkpoint(f"{text}\n\n{lines}"), log.trusted(), exact_origin=log.v2)
    for lines in (WITNESS, stranger, stranger + WITNESS):
        with pytest.raises(LogEntryInvalid, match="no signature of the log"):
            verify_checkpoint(read_checkpoint(f"{text}\n\n{lines}"), log.trusted(), exact_origin=log.v2)


@each_log
def test_of_a_known_key_no_signature_may_be_wrong(log: Rekor) -> None:
    text, _, line = log.checkpoint().rpartition("\n\n")
    wrong = log.signature_line("another text\n")
    for lines in (wrong, wrong + line, line + wrong):
        with pytest.raises(LogEntryInvalid, match="does not verify"):
            verify_checkpoint(read_checkpoint(f"{text}\n\n{lines}"), log.trusted(), exact_origin=log.v2)


@each_log
def test_another_name_is_another_signer(log: Rekor) -> None:
    checkpoint = read_checkpoint(log.checkpoint(name="other.example"))
    with pytest.raises(LogEntryInvalid, match="no signature of the log"):
        verify_checkpoint(checkpoint, log.trusted(), exact_origin=log.v2)


def test_a_second_log_is_called_exactly_so() -> None:
    log = LOGS[1]
    for origin in (f"{log.host} - 1", f"{log.host}.evil.example", f"{log.host}:443"):
        checkpoint = read_checkpoint(log.checkpoint(origin=origin))
        with pytest.raises(LogEntryInvalid, match="not of the log"):
            verify_checkpoint(checkpoint, log.trusted(), exact_origin=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a text"),
        ("rekor.example\n", "an origin, a size and a hash"),
        (f"1\n{ROOT}\n", "an origin, a size and a hash"),
        (f"\n1\n{ROOT}\n", "no origin"),
        (f"rekor.example\n01\n{ROOT}\n", "no size"),
        (f"rekor.example\n-1\n{ROOT}\n", "no size"),
        (f"rekor.example\n+1\n{ROOT}\n", "no size"),
        (f"rekor.example\n\u0661\n{ROOT}\n", "no size"),
        (f"rekor.example\n{ROOT}\n1\n", "no size"),
        (f"rekor.example\n1\n{ROOT[:-4]}\n", "has 30 bytes"),
        (f"rekor.example\n1\n{ROOT}=\n", "not base64"),
        (f"rekor.example\n1\n {ROOT}\n", "not base64"),
        (f"rekor.example\n1\n{ROOT}\n\nmore\n", "an empty line"),
        (f"rekor.example\r\n1\n{ROOT}\n", "control characters"),
        (f"rekor.example\n1\n{ROOT}\n\0", "control characters"),
    ],
)
def test_what_is_no_checkpoint(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_checkpoint(LOGS[0].note(text))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("", "lines of signatures"),
        ("\n", "lines of signatures"),
        ("- rekor.example AAAAAAAA\n", "that is none"),
        ("\u2014 rekor.example\n", "that is none"),
        ("\u2014  AAAAAAAA\n", "that is none"),
        ("\u2014 a+b AAAAAAAA\n", "that is none"),
        ("\u2014 rekor.example AAAAAAAA", "lines of signatures"),
        ("\u2014 rekor.example AAAAAA==\n", "too short"),
        ("\u2014 rekor.example AAAAAAB=\n", "not canonical"),
        ("\u2014 rekor.example AA AAAA\n", "not base64"),
        (WITNESS * (SIGNATURES_LIMIT + 1), "more than 64"),
    ],
)
def test_what_is_no_signature(lines: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_note(f"rekor.example\n1\n{ROOT}\n\n{lines}")


def test_sizes_and_characters_are_bounded() -> None:
    with pytest.raises(Unreadable, match="more than 32768 bytes"):
        read_note("x" * 40_000)
    with pytest.raises(Unreadable, match="not UTF-8"):
        read_note("\ud800\n\n" + WITNESS)


@given(
    st.text() | st.lists(st.sampled_from(["\n", "\n\n", "\u2014 ", "a ", "AAAAAAAA", ROOT, "1"])).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        checkpoint = read_checkpoint(text)
    except Unreadable:
        return
    assert text.startswith(checkpoint.note.text)
    assert checkpoint.note.signatures
