"""Logs and timestamps: what proves that a signature was seen and when, and everything that only looks so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from tests.authorities import NOW, START, Authority, fulcio_leaf, sign
from tests.keyless import Signing, Sigstore, ask, failing, seconds, statement
from tests.rekor import Rekor, dsse
from tests.stamping import Stamper

from pratique.clock import HOUR, MINUTE, SECOND, Moment
from pratique.oci.digest import digest_of
from pratique.trust.roots import Thresholds

OTHER: Final = statement(digest_of(b"another manifest"))


@pytest.mark.parametrize("v2", [False, True])
def test_a_right_one_verifies(sigstore: Sigstore, v2: bool) -> None:
    record = ask(sigstore.signing(v2=v2).bundle(), sigstore.trust())
    assert (record.code, failing(record)) == ("VERIFIED", {})
    assert record.parties == {"identity:1"}
    assert record.times == (NOW,)
    assert record.valid_until is None
    assert record.is_signature


Change = Callable[[Sigstore, Signing], None]


def promise_of_another(store: Sigstore, signing: Signing) -> None:
    (other,) = store.signing(OTHER).entries
    signing.entries[0] = replace(signing.entries[0], promise=other.promise)


def entry_of_another_artifact(store: Sigstore, signing: Signing) -> None:
    signing.entries[:] = store.signing(OTHER).entries


def entry_of_another_signer(store: Sigstore, signing: Signing) -> None:
    signing.entries[:] = store.signing().entries


def entry_with_another_certificate(store: Sigstore, signing: Signing) -> None:
    pem = store.signing().pem
    signing.entries[0] = store.rekor.record(dsse(signing.payload, signing.signature, pem))


def entry_with_the_bare_key(store: Sigstore, signing: Signing) -> None:
    pem = sigstore_key_pem(signing)
    signing.entries[0] = store.rekor.record(dsse(signing.payload, signing.signature, pem))


def sigstore_key_pem(signing: Signing) -> bytes:
    return Rekor(signing.holder.private).trusted().key.pem.encode()


def another_time(_: Sigstore, signing: Signing) -> None:
    signing.entries[0] = replace(signing.entries[0], integrated_time=seconds(NOW) + 1)


def another_index(_: Sigstore, signing: Signing) -> None:
    signing.entries[0] = replace(signing.entries[0], log_index=signing.entries[0].log_index + 1)


def neither_promise_nor_proof(_: Sigstore, signing: Signing) -> None:
    signing.entries[0] = replace(signing.entries[0], promise=None)
    proof = signing.entries[0].proof
    assert proof is not None
    signing.entries[0] = replace(signing.entries[0], proof=replace(proof, checkpoint=""))


def kind_that_is_not_the_bodys(_: Sigstore, signing: Signing) -> None:
    signing.entries[0] = replace(signing.entries[0], kind="hashedrekord")


def kind_that_nobody_knows(store: Sigstore, signing: Signing) -> None:
    body = {**dsse(signing.payload, signing.signature, signing.pem), "kind": "helm"}
    signing.entries[0] = store.rekor.record(body)


def time_of_the_future(store: Sigstore, signing: Signing) -> None:
    body = dsse(signing.payload, signing.signature, signing.pem)
    signing.entries[0] = store.rekor.record(body, NOW + 2 * HOUR)


def checkpoint_of_a_shard_that_is_called_otherwise(store: Sigstore, signing: Signing) -> None:
    entry = signing.entries[0]
    assert entry.proof is not None
    checkpoint = store.rekor.checkpoint(origin="evil.example - 4711")
    signing.entries[0] = replace(entry, proof=replace(entry.proof, checkpoint=checkpoint))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (promise_of_another, "signed entry timestamp"),
        (entry_of_another_artifact, "of another payload"),
        (entry_of_another_signer, "another signature"),
        (entry_with_another_certificate, "by another certificate"),
        (entry_with_the_bare_key, "by another certificate"),
        (another_time, "signed entry timestamp"),
        (another_index, "signed entry timestamp"),
        (neither_promise_nor_proof, "no checkpoint"),
        (kind_that_is_not_the_bodys, "not the hashedrekord"),
        (kind_that_nobody_knows, "helm"),
        (time_of_the_future, "of the future"),
        (checkpoint_of_a_shard_that_is_called_otherwise, "no signature of the log"),
    ],
)
def test_a_wrong_entry_fails_the_bundle(sigstore: Sigstore, change: Change, reason: str) -> None:
    signing = sigstore.signing()
    change(sigstore, signing)
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "LOG_ENTRY_INVALID"
    assert reason in failing(record)["log entry 1 is ours"]


@pytest.mark.parametrize("change", [entry_of_another_artifact, promise_of_another])
def test_a_wrong_entry_beside_a_right_one_fails_the_bundle(sigstore: Sigstore, change: Change) -> None:
    signing, wrong = sigstore.signing(), sigstore.signing()
    change(sigstore, wrong)
    signing.entries += wrong.entries
    assert ask(signing.bundle(), sigstore.trust()).code == "LOG_ENTRY_INVALID"


def test_an_entry_of_an_unknown_log_counts_as_absent(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    body = dsse(signing.payload, signing.signature, signing.pem)
    signing.entries.append(Rekor(base_url="https://elsewhere.example").record(body))
    assert ask(signing.bundle(), sigstore.trust()).verified
    signing.entries.pop(0)
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "LOG_ENTRY_INVALID"
    assert "0 known transparency logs" in failing(record)["at least 1 transparency logs have it"]


@pytest.mark.parametrize("origin", ["log2027.example", "log2026.example - 1", "LOG2026.example"])
def test_a_checkpoint_of_an_unknown_origin_with_a_known_key(sigstore: Sigstore, origin: str) -> None:
    signing = sigstore.signing(v2=True)
    (entry,) = signing.entries
    assert entry.proof is not None
    for name in (origin.split(maxsplit=1)[0], sigstore.rekor2.host):
        checkpoint = sigstore.rekor2.checkpoint(origin=origin, name=name)
        signing.entries = [replace(entry, proof=replace(entry.proof, checkpoint=checkpoint))]
        record = ask(signing.bundle(), sigstore.trust())
        assert record.code == "LOG_ENTRY_INVALID"
        assert f"the checkpoint is of {origin!r}" in failing(record)["log entry 1 is ours"]


def test_of_a_second_logs_proof_only_index_and_checkpoint_count(sigstore: Sigstore) -> None:
    signing = sigstore.signing(v2=True)
    (entry,) = signing.entries
    assert entry.proof is not None
    ignored = replace(entry.proof, log_index=7, tree_size=9, root_hash=b"\1" * 32)
    signing.entries = [replace(entry, proof=ignored)]
    assert ask(signing.bundle(), sigstore.trust()).verified
    signing.entries = [replace(entry, log_index=entry.log_index - 1)]
    assert ask(signing.bundle(), sigstore.trust()).code == "LOG_ENTRY_INVALID"


def test_a_time_that_no_log_has_signed_is_none(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    signing.entries[0] = replace(signing.entries[0], promise=None)
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "TIMESTAMP_INVALID"
    signing.stamps.append(sigstore.stamper.token(signing.signature, NOW + MINUTE))
    record = ask(signing.bundle(), sigstore.trust())
    assert record.verified
    assert record.times == (NOW + MINUTE,)


def test_a_second_logs_promise_makes_no_time(sigstore: Sigstore) -> None:
    signing = sigstore.signing(v2=True)
    timed = replace(signing.entries[0], integrated_time=seconds(NOW))
    signing.entries, signing.stamps = [sigstore.rekor2.promised(timed)], []
    assert ask(signing.bundle(), sigstore.trust()).code == "TIMESTAMP_INVALID"


def test_a_timestamp_of_an_authority_that_only_the_token_names(sigstore: Sigstore) -> None:
    stranger = Stamper.new(Authority.new("a stranger's root"))
    signing = sigstore.signing(v2=True)
    signing.stamps = [stranger.token(signing.signature)]
    assert ask(signing.bundle(), sigstore.trust()).code == "TIMESTAMP_INVALID"
    signing.stamps.append(sigstore.stamper.token(signing.signature))
    assert ask(signing.bundle(), sigstore.trust()).verified


def test_a_wrong_timestamp_beside_a_right_one_fails_the_bundle(sigstore: Sigstore) -> None:
    signing = sigstore.signing(v2=True)
    signing.stamps.append(sigstore.stamper.token(b"another signature"))
    record = ask(signing.bundle(), sigstore.trust())
    assert record.code == "TIMESTAMP_INVALID"
    assert "over something else" in failing(record)["timestamp 2 is of the signature"]


def test_a_timestamp_of_the_future_is_refused(sigstore: Sigstore) -> None:
    signing = sigstore.signing(v2=True, at=NOW + 5 * MINUTE)
    assert ask(signing.bundle(), sigstore.trust(), Moment(NOW + 5 * MINUTE)).verified
    record = ask(signing.bundle(), sigstore.trust(), Moment(NOW + 4 * MINUTE))
    assert record.code == "TIMESTAMP_INVALID"
    assert "of the future" in failing(record)["timestamp 1 is of the signature"]


@pytest.mark.parametrize("v2", [False, True])
def test_a_log_counts_within_its_validity_ends_included(sigstore: Sigstore, v2: bool) -> None:
    bundle = sigstore.signing(v2=v2).bundle()
    log = sigstore.rekor2 if v2 else sigstore.rekor
    for within in (log.trusted(NOW, NOW), log.trusted(START, NOW), log.trusted(NOW)):
        assert ask(bundle, sigstore.trust(tlogs=(within,))).verified
    for outside in (log.trusted(NOW + 1), log.trusted(START, NOW - SECOND)):
        assert ask(bundle, sigstore.trust(tlogs=(outside,))).code == "LOG_ENTRY_INVALID"
    twice = (log.trusted(START, NOW - SECOND), log.trusted(NOW, None))
    assert ask(bundle, sigstore.trust(tlogs=twice)).verified


def test_a_timestamp_authority_counts_within_its_validity(sigstore: Sigstore) -> None:
    bundle = sigstore.signing(v2=True).bundle()
    stamper = sigstore.stamper
    assert ask(bundle, sigstore.trust(timestamp_authorities=(stamper.trusted(NOW, NOW),))).verified
    record = ask(bundle, sigstore.trust(timestamp_authorities=(stamper.trusted(NOW + 1),)))
    assert record.code == "TIMESTAMP_INVALID"


def test_two_entries_of_one_log_count_once(sigstore: Sigstore) -> None:
    signing = sigstore.signing()
    body = dsse(signing.payload, signing.signature, signing.pem)
    signing.entries.append(sigstore.rekor.record(body, NOW + SECOND))
    assert ask(signing.bundle(), sigstore.trust(thresholds=Thresholds(tlog=1))).verified
    record = ask(signing.bundle(), sigstore.trust(thresholds=Thresholds(tlog=2)))
    assert "1 known transparency logs" in failing(record)["at least 2 transparency logs have it"]
    record = ask(signing.bundle(), sigstore.trust(thresholds=Thresholds(timestamp=2)))
    assert record.code == "TIMESTAMP_INVALID"
    other = Rekor(base_url="https://other.example")
    signing.entries.append(other.record(body))
    trust = sigstore.trust(
        thresholds=Thresholds(tlog=2, timestamp=2), tlogs=(sigstore.rekor.trusted(), other.trusted())
    )
    assert ask(signing.bundle(), trust).verified


def test_two_timestamps_of_one_authority_count_once(sigstore: Sigstore) -> None:
    signing = sigstore.signing(v2=True)
    signing.stamps.append(sigstore.stamper.token(signing.signature, NOW + SECOND))
    assert (
        ask(signing.bundle(), sigstore.trust(thresholds=Thresholds(timestamp=2))).code == "TIMESTAMP_INVALID"
    )
    other = Stamper.new(Authority.new("another tsa root"))
    signing.stamps.append(other.token(signing.signature))
    both = (sigstore.stamper.trusted(), other.trusted())
    trust = sigstore.trust(thresholds=Thresholds(timestamp=2), timestamp_authorities=both)
    assert ask(signing.bundle(), trust).verified


def test_a_promise_of_the_future_to_publish_the_certificate_is_none(sigstore: Sigstore) -> None:
    """RFC 6962, 5.2: the time of an SCT is not after that of whoever looks."""
    made = Moment(NOW + 2 * HOUR)
    holder = fulcio_leaf(sigstore.fulcio, at=made, start=NOW, logs=[sigstore.ctlog])
    signing = Signing(holder, statement(), b"")
    signing.signature = sign(holder.private, signing.pae)
    body = dsse(signing.payload, signing.signature, signing.pem)
    signing.entries.append(sigstore.rekor.record(body, NOW))
    early = ask(signing.bundle(), sigstore.trust(), Moment(made - SECOND))
    assert early.code == "CHAIN_INVALID"
    assert list(failing(early).values()) == ["an SCT is of a time to come (root private)"]
    assert ask(signing.bundle(), sigstore.trust(), made).code == "VERIFIED"
