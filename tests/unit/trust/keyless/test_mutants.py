"""Mutants of real bundles, keyless and logged: one passes only if it says what the original said.

The judge is not our reader: the standard library reads the mutant, taking the first and the last of equal names, and
asn1crypto its timestamps. What must be the same is every value that a check uses; of a second Rekor's entry that is
neither a time, a promise nor the tree beside its checkpoint (rekor-tiles, CLIENTS.md). Beside that, entries and
timestamps of services that nobody knows may be there, and say anything. sigstore-python has the last word.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from asn1crypto import cms, tsp  # type: ignore[import-untyped]  # asn1crypto has no types
from hypothesis import given
from hypothesis import strategies as st
from sigstore.errors import Error
from tests.unit.trust.keyless.cases import Case, needs_cases
from tests.unit.trust.keyless.test_sigstore_python import ask as ask_sigstore_python
from tests.unit.trust.mutations import (
    base64_changed,
    bytes_changed,
    decoded,
    lenient,
    mutating,
    said_twice,
    values_changed,
)

from pratique.trust.embedded import public_good_root

CASES: Final = [
    "happy-path-v0.3",
    "happy-path-intoto-in-dsse-v3",
    "rekor2-happy-path",
    "rekor2-dsse-happy-path",
    "rekor2-timestamp-with-embedded-cert",
    "managed-key-happy-path",
]
KEYED: Final = "managed-key-happy-path"
STRICTER: Final = ("duplicate timestamp", "expected exactly one log entry", "exactly one", "validation error")
"""What sigstore-python refuses beside us: further entries, timestamps it can't read, and names of the .proto file."""
STRICTER_OF_SECOND: Final = (
    "invalid log entry: inclusion proof",
    "Signature not found for log ID",
    "not enough sources of verified time",
    "Invalid Timestamp Response",
)
"""And, with a second Rekor, which clients ignore or do without: the tree beside its checkpoint, the log's identifier,
the certificates beside a timestamp whose authority the root names whole.
"""

pytestmark = needs_cases
each_case = pytest.mark.parametrize("name", CASES)


@pytest.fixture(scope="module")
def public_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("root") / "trusted_root.json"
    file.write_bytes(public_good_root())
    return file


# --- what the checks use --------------------------------------------------------------------------------------------


def used_content(document: Any) -> Any:
    """Of what is signed, and by whom."""
    envelope, message = document.get("dsseenvelope"), document.get("messagesignature")
    material = document["verificationmaterial"]
    certificate = material.get("certificate")
    said: Any = {"form": (envelope is not None, message is not None, certificate is not None)}
    if certificate is not None:
        said["certificate"] = decoded(certificate["rawbytes"])
    if envelope is not None:
        signatures = [decoded(one["sig"]) for one in envelope["signatures"]]
        said["envelope"] = (envelope["payloadtype"], decoded(envelope["payload"]), signatures)
    if message is not None:
        digest = message["messagedigest"]
        said["message"] = (digest["algorithm"], decoded(digest["digest"]), decoded(message["signature"]))
    return said


def used_entry(entry: Any) -> Any:
    """Of a log entry."""
    proof = entry.get("inclusionproof") or {}
    kind = entry["kindversion"]
    text, _, lines = (proof.get("checkpoint") or {}).get("envelope", "").rpartition("\n\n")
    is_second = kind["version"] == "0.0.2"
    said: Any = {
        # A second Rekor is known by its checkpoint too.
        "log": text.partition("\n")[0] if is_second else decoded(entry["logid"]["keyid"]),
        "kind": (kind["kind"], kind["version"]),
        "index": int(entry["logindex"]),
        "body": decoded(entry["canonicalizedbody"]),
        "hashes": [decoded(each) for each in proof.get("hashes") or ()],
        "checkpoint": (text, _first_signature(lines)),
    }
    if not is_second:
        said["time"] = int(entry.get("integratedtime") or 0)
        said["promise"] = decoded((entry.get("inclusionpromise") or {}).get("signedentrytimestamp"))
        said["tree"] = (int(proof["logindex"]), decoded(proof["roothash"]), int(proof["treesize"]))
    return said


def _first_signature(lines: str) -> str:
    """The log's own; those of witnesses follow it, and may say anything."""
    return lines.partition("\n")[0]


def used_stamp(encoded: str) -> Any:
    """Of a timestamp: who signed what, when; None where nobody can read it."""
    content = decoded(encoded)
    try:
        token = tsp.TimeStampResp.load(content)["time_stamp_token"]["content"]
        (signer,) = token["signer_infos"]
        statement = token["encap_content_info"]["content"].contents
        attributes = signer["signed_attrs"].untag().dump()
    except (ValueError, TypeError):
        return None
    identifier = signer["sid"].chosen
    assert isinstance(identifier, cms.IssuerAndSerialNumber)
    return identifier["serial_number"].native, statement, attributes, signer["signature"].native


def entries_of(document: Any) -> list[Any]:
    return [used_entry(each) for each in document["verificationmaterial"].get("tlogentries") or ()]


def stamps_of(document: Any) -> list[Any]:
    there = document["verificationmaterial"].get("timestampverificationdata") or {}
    return [used_stamp(each["signedtimestamp"]) for each in there.get("rfc3161timestamps") or ()]


def of_known(values: Sequence[Any], known: Sequence[Any], name: Any) -> list[Any]:
    """Those of the services that the original names."""
    services = [each[name] for each in known]
    return [each for each in values if each is not None and each[name] in services]


def check_same(content: bytes, original: bytes, *, needs_times: bool) -> None:
    """Whoever reads the mutant reads what the original said; of times, where anybody asks for one."""
    expected = lenient(original, first=True)
    for first in (False, True):
        document = lenient(content, first=first)
        assert used_content(document) == used_content(expected)
        for read, name in ((entries_of, "log"), (stamps_of, 0)):
            theirs, ours = read(document), read(expected)
            known = of_known(theirs, ours, name)
            if not needs_times:
                known, ours = ([_without_promise(each) for each in some] for some in (known, ours))
            assert all(each in known for each in ours) or (read is stamps_of and not needs_times)
            assert all(each in ours for each in known)


def _without_promise(value: Any) -> Any:
    """Beside a proof of inclusion a promise says the time alone; with one it must verify, which others look after."""
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in {"promise", "time"}}
    return value


# --- mutants --------------------------------------------------------------------------------------------------------


def document_of(name: str) -> Any:
    return json.loads(Case(name).bundle)


def donors(name: str) -> list[Any]:
    """Other good bundles, of the same log and of another."""
    return [document_of(each) for each in CASES if each != name]


def check(name: str, content: bytes, public_root: Path) -> bool:
    case = Case(name)
    record = case.ask(content)
    if not record.verified:
        assert record.message
        return False
    check_same(content, case.bundle, needs_times=name != KEYED)
    if name != KEYED:
        refused = opinion(case, public_root, content)
        reasons = (*STRICTER, *STRICTER_OF_SECOND) if name.startswith("rekor2") else STRICTER
        assert not refused or any(reason in refused for reason in reasons), refused
    return True


def opinion(case: Case, public_root: Path, content: bytes) -> str:
    """Why sigstore-python refuses it; "" where it does not."""
    try:
        ask_sigstore_python(case, public_root, bundle=content)
    except Error as refused:
        return str(refused)
    return ""


@each_case
def test_the_originals_pass(name: str, public_root: Path) -> None:
    assert check(name, Case(name).bundle, public_root)
    compact = json.dumps(document_of(name), separators=(",", ":")).encode()
    assert check(name, compact.replace(b'"tlogEntries"', b'"tlog_entries"'), public_root)


@each_case
@mutating(60)
@given(st.data())
def test_a_mutant_of_its_bytes_passes_only_if_it_says_the_same(
    name: str, public_root: Path, data: st.DataObject
) -> None:
    content = json.dumps(document_of(name)).encode()
    check(name, data.draw(bytes_changed(content)), public_root)


@each_case
@mutating(100)
@given(st.data())
def test_a_mutant_of_its_values_passes_only_if_it_says_the_same(
    name: str, public_root: Path, data: st.DataObject
) -> None:
    mutant = data.draw(values_changed(document_of(name), donors(name)))
    check(name, json.dumps(mutant).encode(), public_root)


@each_case
@mutating(60)
@given(st.data())
def test_a_mutant_of_its_base64_passes_only_if_it_says_the_same(
    name: str, public_root: Path, data: st.DataObject
) -> None:
    mutant = data.draw(base64_changed(document_of(name)))
    check(name, json.dumps(mutant).encode(), public_root)


@each_case
@mutating(60)
@given(st.data())
def test_a_mutant_that_says_a_member_twice_never_passes(
    name: str, public_root: Path, data: st.DataObject
) -> None:
    assert not check(name, data.draw(said_twice(document_of(name))), public_root)
