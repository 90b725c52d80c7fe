"""A good bundle written otherwise: where sigstore-go and we come to another verdict of it, and for which reason.

We are stricter wherever a document could be read in two ways. It is stricter in one thing, which the specification
leaves open.
"""

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clients.conformance import Case, ours
from tests.clients.runners import Answer, Question, SecondOpinion
from tests.published import CONFORMANCE, needs_vectors

from pratique.trust.embedded import public_good_root

Document = dict[str, Any]
Change = Callable[[Document], None]

pytestmark = needs_vectors


def material(bundle: Document) -> Document:
    found: Document = bundle["verificationMaterial"]
    return found


def entry(bundle: Document) -> Document:
    found: Document = material(bundle)["tlogEntries"][0]
    return found


def other_alphabet(bundle: Document) -> None:
    signed = bundle["messageSignature"]
    signed["signature"] = signed["signature"].replace("+", "-").replace("/", "_")


def without_padding(bundle: Document) -> None:
    signed = bundle["messageSignature"]
    signed["signature"] = signed["signature"].rstrip("=")


def entry_twice(bundle: Document) -> None:
    material(bundle)["tlogEntries"] *= 2


def entry_of_an_unknown_log(bundle: Document) -> None:
    other = copy.deepcopy(entry(bundle))
    other["logId"]["keyId"] = base64.b64encode(bytes(32)).decode()
    material(bundle)["tlogEntries"].append(other)


def stamp_that_is_none(bundle: Document) -> None:
    stamps = [{"signedTimestamp": base64.b64encode(b"no stamp").decode()}]
    material(bundle)["timestampVerificationData"] = {"rfc3161Timestamps": stamps}


def both_spellings(bundle: Document) -> None:
    material(bundle)["tlog_entries"] = material(bundle)["tlogEntries"]


def other_spelling(bundle: Document) -> None:
    material(bundle)["tlog_entries"] = material(bundle).pop("tlogEntries")


def setting(path: str, value: Any) -> Change:
    """Sets what a path of names leads to."""

    def change(bundle: Document) -> None:
        *names, last = path.split(".")
        place = bundle
        for name in names:
            place = place[name][0] if name == "tlogEntries" else place[name]
        place[last] = value

    return change


ENTRY: Final = "verificationMaterial.tlogEntries"
UNPROMISED: Final = "the signed entry timestamp does not verify"
OLDER: Final = "application/vnd.dev.sigstore.bundle+json;version="

WE_REFUSE: Final[dict[str, tuple[Change, str]]] = {
    "base64 of the other alphabet": (other_alphabet, "messageSignature.signature is not base64"),
    "base64 without padding": (without_padding, "messageSignature.signature is not base64"),
    "a whole number with a fraction": (setting(f"{ENTRY}.logIndex", 79571823.0), "which is no int64"),
    "a word of a list as its number": (
        setting("messageSignature.messageDigest.algorithm", 1),
        "is not a string",
    ),
    "a timestamp that is none": (stamp_that_is_none, "the timestamp ends within an element"),
    "the form of 0.3 called 0.1": (
        setting("mediaType", f"{OLDER}0.1"),
        "v0.1 has no field for a single certificate",
    ),
    "the form of 0.3 called 0.2": (
        setting("mediaType", f"{OLDER}0.2"),
        "v0.2 has no field for a single certificate",
    ),
    "an entry of another kind than its body": (setting(f"{ENTRY}.kindVersion.kind", "dsse"), "not the dsse"),
}
IT_REFUSES: Final[dict[str, tuple[Change, str]]] = {
    # For us, entries of one log count once.
    "an entry twice": (entry_twice, "duplicate tlog entries"),
}
BOTH_ACCEPT: Final[dict[str, Change]] = {
    "as it is": lambda _: None,
    "the other spelling of a field": other_spelling,
    "a number as a number": setting(f"{ENTRY}.logIndex", 79571823),
    "a field that is null": setting("verificationMaterial.publicKey", None),
    "a second entry of an unknown log": entry_of_an_unknown_log,
}
BOTH_REFUSE: Final[dict[str, tuple[Change, str, str]]] = {
    "an unknown field": (setting("further", 1), "has an unknown field", "unknown field"),
    "both spellings of a field": (both_spellings, "in two spellings", "duplicate field"),
    "another digest": (
        setting("messageSignature.messageDigest.digest", base64.b64encode(bytes(32)).decode()),
        "its message digest is another",
        "does not match",
    ),
    "another place in the log": (
        setting(f"{ENTRY}.logIndex", "5"),
        UNPROMISED,
        "not enough verified log entries",
    ),
    "another time": (setting(f"{ENTRY}.integratedTime", "1"), UNPROMISED, "not enough verified log entries"),
}


@pytest.fixture
def question(tmp_path: Path) -> Question:
    """The good bundle, which the public Sigstore made."""
    root = tmp_path / "trusted_root.json"
    root.write_bytes(public_good_root())
    return Case(CONFORMANCE / "happy-path-v0.3", root).question()


def changed(question: Question, change: Change, folder: Path) -> Question:
    bundle = json.loads(Path(question.bundle).read_text())
    change(bundle)
    place = folder / "bundle.json"
    place.write_text(json.dumps(bundle))
    return replace(question, bundle=str(place))


@pytest.mark.parametrize("name", BOTH_ACCEPT)
def test_both_accept(question: Question, opinion: SecondOpinion, tmp_path: Path, name: str) -> None:
    asked = changed(question, BOTH_ACCEPT[name], tmp_path)
    assert [ours(asked)] == opinion.ask([asked]) == [Answer(verified=True, reason="")]


@pytest.mark.parametrize("name", WE_REFUSE)
def test_we_refuse(question: Question, opinion: SecondOpinion, tmp_path: Path, name: str) -> None:
    change, reason = WE_REFUSE[name]
    asked = changed(question, change, tmp_path)
    assert opinion.ask([asked]) == [Answer(verified=True, reason="")]
    assert not ours(asked).verified
    assert reason in ours(asked).reason


@pytest.mark.parametrize("name", IT_REFUSES)
def test_it_refuses(question: Question, opinion: SecondOpinion, tmp_path: Path, name: str) -> None:
    change, reason = IT_REFUSES[name]
    asked = changed(question, change, tmp_path)
    assert ours(asked) == Answer(verified=True, reason="")
    (answer,) = opinion.ask([asked])
    assert not answer.verified
    assert reason in answer.reason


@pytest.mark.parametrize("name", BOTH_REFUSE)
def test_both_refuse(question: Question, opinion: SecondOpinion, tmp_path: Path, name: str) -> None:
    change, our_reason, their_reason = BOTH_REFUSE[name]
    asked = changed(question, change, tmp_path)
    (theirs,), us = opinion.ask([asked]), ours(asked)
    assert (us.verified, theirs.verified) == (False, False)
    assert our_reason in us.reason
    assert their_reason in theirs.reason
