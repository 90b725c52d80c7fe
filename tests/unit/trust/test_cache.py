"""Remembered verification: the same answer again, and never the answer to another question."""

import json
from dataclasses import replace

import pytest
from tests.signing import BUNDLE, SIMPLE_SIGNING, SigningKey, bundle, sign_classic, statement
from tests.unit.trust.asking import NOW, OTHER, SUBJECT, trusting

from pratique.clock import Moment
from pratique.oci.digest import Digest, digest_of
from pratique.policy import Code
from pratique.trust import EvidenceRecord, Item, Subject, TrustSet, verify
from pratique.trust.cache import DOUBTED_FOR, RememberingVerifier

KEY = SigningKey()
TRUST = trusting(KEY)
ASKED = Subject(SUBJECT, "application/vnd.oci.image.manifest.v1+json", 12, "registry.example/app")


def item_of(content: bytes, media_type: str = BUNDLE, annotations: dict[str, str] | None = None) -> Item:
    return Item(media_type, content, digest_of(b"its manifest"), annotations or {})


GOOD = item_of(json.dumps(bundle(KEY, statement(SUBJECT))).encode())


class Counting:
    """Verification that counts how often it is asked, and may date what it answers."""

    def __init__(self, valid_until: Moment | None = None) -> None:
        self.asked = 0
        self._valid_until = valid_until

    def __call__(self, item: Item, subject: Subject, trust: TrustSet, at: Moment) -> EvidenceRecord | None:
        self.asked += 1
        record = verify(item, subject, trust, at)
        return record and replace(record, valid_until=self._valid_until)


def test_the_second_time_is_a_look_up() -> None:
    counting = Counting()
    remembering = RememberingVerifier(counting)
    first = remembering.verify(GOOD, ASKED, TRUST, NOW)
    again = remembering.verify(item_of(GOOD.content), replace(ASKED), TRUST, Moment(NOW + 10**15))
    assert first is not None
    assert first.verified
    assert again is first
    assert counting.asked == 1


@pytest.mark.parametrize(
    ("item", "subject", "trust"),
    [
        (GOOD, replace(ASKED, digest=OTHER), TRUST),
        (GOOD, replace(ASKED, media_type="application/vnd.oci.image.index.v1+json"), TRUST),
        (GOOD, replace(ASKED, size=13), TRUST),
        (GOOD, replace(ASKED, reference="registry.example/other"), TRUST),
        (GOOD, replace(ASKED, content=b"the manifest"), TRUST),
        (GOOD, ASKED, replace(TRUST, version="2")),
        (replace(GOOD, content=GOOD.content + b" "), ASKED, TRUST),
        (replace(GOOD, digest=digest_of(b"another manifest of evidence")), ASKED, TRUST),
        (replace(GOOD, annotations={"a": "b"}), ASKED, TRUST),
        (replace(GOOD, media_type="application/vnd.dev.sigstore.bundle+json;version=0.3"), ASKED, TRUST),
    ],
)
def test_every_part_of_the_question_makes_another_one(item: Item, subject: Subject, trust: TrustSet) -> None:
    counting = Counting()
    remembering = RememberingVerifier(counting)
    remembering.verify(GOOD, ASKED, TRUST, NOW)
    remembering.verify(item, subject, trust, NOW)
    assert counting.asked == 2


def test_an_admitted_images_signature_under_another_digests_tag_is_of_the_wrong_subject() -> None:
    manifest, blobs = sign_classic(KEY, subject=SUBJECT)
    (layer,) = json.loads(manifest)["layers"]
    signature = item_of(blobs[Digest(layer["digest"])], SIMPLE_SIGNING, layer["annotations"])
    remembering = RememberingVerifier()
    good = remembering.verify(signature, Subject(SUBJECT), TRUST, NOW)
    moved = remembering.verify(signature, Subject(OTHER), TRUST, NOW)
    assert good is not None
    assert moved is not None
    assert (good.code, moved.code, moved.subject) == (Code.VERIFIED, Code.SIGNATURE_WRONG_SUBJECT, OTHER)


def test_what_a_date_ends_is_not_remembered_beyond_it() -> None:
    counting = Counting(valid_until=Moment(NOW + 10))
    remembering = RememberingVerifier(counting)
    for at, asked in ((NOW, 1), (NOW + 9, 1), (NOW + 10, 2), (NOW + 10, 3)):
        remembering.verify(GOOD, ASKED, TRUST, Moment(at))
        assert counting.asked == asked


def test_an_answer_is_not_given_for_a_time_before_it_was_found_out() -> None:
    counting = Counting()
    remembering = RememberingVerifier(counting)
    for at in (NOW, NOW - 1, NOW):
        remembering.verify(GOOD, ASKED, TRUST, Moment(at))
    assert counting.asked == 2


def test_what_does_not_count_is_looked_at_again_soon() -> None:
    counting = Counting()
    remembering = RememberingVerifier(counting)
    other = replace(ASKED, digest=OTHER)
    for at, asked in ((NOW, 1), (NOW + DOUBTED_FOR - 1, 1), (NOW + DOUBTED_FOR, 2)):
        remembering.verify(GOOD, other, TRUST, Moment(at))
        assert counting.asked == asked


def test_the_least_recently_asked_is_forgotten_first() -> None:
    counting = Counting()
    remembering = RememberingVerifier(counting, limit=2)
    one, two, three = (replace(ASKED, size=size) for size in (1, 2, 3))
    for subject in (one, two, one, three, one):
        remembering.verify(GOOD, subject, TRUST, NOW)
    assert counting.asked == 3
    remembering.verify(GOOD, two, TRUST, NOW)
    assert counting.asked == 4


def test_what_is_no_evidence_is_not_remembered() -> None:
    assert RememberingVerifier().verify(item_of(b"{}", "text/plain"), ASKED, TRUST, NOW) is None
