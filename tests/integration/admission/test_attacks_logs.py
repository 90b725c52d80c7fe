"""Attacks on what logs attest: a denied entry under another number, and roots that say one log twice."""

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import NOW, START
from tests.keyless import BUNDLE, NAME, Signing, Sigstore, statement
from tests.rekor import Rekor
from tests.scenes import NUMBERS, Scene
from tests.signing import COSIGN_SIGN, descriptor_of, referrer

from pratique.clock import HOUR, Moment, rfc3339
from pratique.oci.digest import digest_of
from pratique.trust.trusted_roots import NewRoot

EVERYWHERE = pytest.mark.parametrize("everywhere", [False, True], ids=["project", "system"])


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def span(start: int = START, end: int | None = None) -> dict[str, str]:
    return {"start": rfc3339(start)} | ({} if end is None else {"end": rfc3339(end)})


def log_of(rekor: Rekor, **dates: int) -> dict[str, Any]:
    kind = "PKIX_ED25519" if rekor.v2 else "PKIX_ECDSA_P256_SHA_256"
    key = {"rawBytes": b64(rekor.spki), "keyDetails": kind, "validFor": span(**dates)}
    return {
        "baseUrl": rekor.base_url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": key,
        "logId": {"keyId": b64(rekor.log_id)},
    }


@dataclass
class Logged:
    """A Sigstore with logs, and the root of it that a scene imports."""

    store: Sigstore
    name: str

    def root(self, *logs: dict[str, Any]) -> str:
        ct = self.store.ctlog
        spki = ct.trusted().key.der
        ctlog = {
            "baseUrl": "https://ct.example",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": b64(spki),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": span(),
            },
            "logId": {"keyId": b64(hashlib.sha256(spki).digest())},
        }
        authorities = [
            {
                "subject": {"organization": "example", "commonName": "example"},
                "uri": "https://sigstore.example",
                "certChain": {
                    "certificates": [{"rawBytes": b64(each.public_bytes(Encoding.DER))} for each in chain]
                },
                "validFor": span(),
            }
            for chain in (self.store.fulcio.trusted().chain, self.store.stamper.trusted().chain)
        ]
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [*logs],
                "ctlogs": [ctlog],
                "certificateAuthorities": authorities[:1],
                "timestampAuthorities": authorities[1:],
            }
        )

    def both(self) -> list[dict[str, Any]]:
        return [log_of(self.store.rekor), log_of(self.store.rekor2)]


def put_root(scene: Scene, name: str, content: str) -> None:
    roots = scene.home.house.warehouse.roots
    scene.change(lambda tx: roots.put(tx, scene.home.admin, NewRoot(name, content)))


@pytest.fixture
def logged(scene: Scene) -> Logged:
    """Somebody who is trusted by a root with logs."""
    found = Logged(Sigstore.new(), f"logs{next(NUMBERS)}")
    put_root(scene, found.name, found.root(*found.both()))
    scene.trust_identity(found.name, identity=NAME)
    return found


def attach(scene: Scene, image: bytes, signing: Signing) -> None:
    document = json.loads(signing.bundle())
    assert document["mediaType"] == BUNDLE
    scene.attach(referrer(document, descriptor_of(image), COSIGN_SIGN))


def signed(logged: Logged, image: bytes, **how: Any) -> Signing:
    return logged.store.signing(statement(digest_of(image)), **how)


def proven_only(logged: Logged, signing: Signing) -> Signing:
    """The same, without what the log promised: a timestamp authority says when, and only the proof says where."""
    entry = replace(signing.entries[0], promise=None, integrated_time=None)
    stamp = logged.store.stamper.token(signing.signature, NOW)
    return replace(signing, entries=[entry], stamps=[stamp])


# --- denied entries -----------------------------------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("v2", [False, True], ids=["v1", "v2"])
def test_a_denied_log_entry_refuses_what_rests_on_it_at_once_and_later(
    scene: Scene, logged: Logged, everywhere: bool, v2: bool
) -> None:
    image, other = scene.image(), scene.image("other")
    signing = signed(logged, image, v2=v2)
    attach(scene, image, signing)
    attach(scene, other, signed(logged, other, v2=v2))
    assert scene.is_let_out(image)
    entry = signing.entries[0]
    known = {"log_id": entry.log_id.hex(), "index": str(entry.log_index)}
    number = scene.deny("log_entry", known, everywhere=everywhere)
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["DENIED"]
    assert scene.is_let_out(other), "another entry of the same log"
    attach(scene, image, signing)
    scene.home.work()
    assert not scene.is_let_out(image), "pushed again, and verified again"
    scene.allow_again(number, everywhere=everywhere)
    scene.home.work()
    assert scene.is_let_out(image)


@pytest.mark.parametrize("claimed", [0, 1, 999_999], ids=str)
def test_a_denied_log_entry_stays_denied_under_another_number(
    scene: Scene, logged: Logged, claimed: int
) -> None:
    """Where only its inclusion is proven, the number beside the proof is nobody's word."""
    image = scene.image()
    signing = proven_only(logged, signed(logged, image))
    attach(scene, image, signing)
    assert scene.is_let_out(image)
    entry = signing.entries[0]
    assert entry.proof is not None
    for index in (entry.log_index, entry.proof.log_index):
        scene.deny("log_entry", log_id=entry.log_id.hex(), index=str(index))
    renumbered = replace(signing, entries=[replace(entry, log_index=claimed)])
    attach(scene, image, renumbered)
    assert not scene.is_let_out(image)
    assert scene.codes(image) == ["DENIED"]


# --- one log, twice in a root ------------------------------------------------------------------------------------


def test_one_of_two_validities_of_a_log_goes_and_takes_admitted_away_at_once(scene: Scene) -> None:
    """The changes of a root were told by the last entry of a log alone."""
    logged = Logged(Sigstore.new(), f"twice{next(NUMBERS)}")
    early = log_of(logged.store.rekor, end=NOW + HOUR)
    late = log_of(logged.store.rekor, start=NOW + 2 * HOUR)
    put_root(scene, logged.name, logged.root(early, late))
    scene.trust_identity(logged.name, identity=NAME)
    image = scene.image()
    attach(scene, image, signed(logged, image, at=Moment(NOW)))
    assert scene.is_let_out(image)
    put_root(scene, logged.name, logged.root(late))
    assert not scene.is_let_out(image), "narrowing never lags"
