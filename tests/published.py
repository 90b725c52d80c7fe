"""Public vectors beside the checkout, in pieces: certificates, timestamps and roots, for tests of each step.

`CONFORMANCE` names the cases; skip with `needs_vectors` where the folder is missing. Roots are read leniently here, so
that a case shows what the step in question says, not what a reader of roots does.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pratique.clock import Moment, parse_rfc3339
from pratique.trust.certificates import read_certificate
from pratique.trust.keys import parse_public_key
from pratique.trust.roots import Authority, TransparencyLog, Validity

VECTORS: Final = Path(__file__).parents[2] / "shared/testdata"
CONFORMANCE: Final = VECTORS / "sigstore-conformance"
SLSA: Final = VECTORS / "slsa-verifier/gha_generic_container"
NOTATION: Final = VECTORS / "notation"
needs_vectors = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason="the public test vectors are not beside the checkout"
)


@dataclass(frozen=True)
class Root:
    """The services of a trusted root."""

    authorities: tuple[Authority, ...]
    ctlogs: tuple[TransparencyLog, ...]
    timestamp_authorities: tuple[Authority, ...]


@dataclass(frozen=True)
class Case:
    """A case of sigstore-conformance."""

    name: str

    @property
    def bundle(self) -> dict[str, Any]:
        bundle: dict[str, Any] = json.loads((CONFORMANCE / self.name / "bundle.sigstore.json").read_bytes())
        return bundle

    @property
    def material(self) -> dict[str, Any]:
        material: dict[str, Any] = self.bundle["verificationMaterial"]
        return material

    @property
    def certificates(self) -> list[x509.Certificate]:
        """The certificates of the bundle, leaf first; none where it is signed with a key."""
        material = self.material
        alone = [material["certificate"]] if "certificate" in material else []
        chain = material.get("x509CertificateChain", {}).get("certificates", [])
        return [read_certificate(base64.b64decode(each["rawBytes"])) for each in alone or chain]

    @property
    def signature(self) -> bytes:
        if "messageSignature" in self.bundle:
            return base64.b64decode(self.bundle["messageSignature"]["signature"])
        return base64.b64decode(self.bundle["dsseEnvelope"]["signatures"][0]["sig"])

    @property
    def timestamps(self) -> list[bytes]:
        stamps = (self.material.get("timestampVerificationData") or {}).get("rfc3161Timestamps", [])
        return [base64.b64decode(each["signedTimestamp"]) for each in stamps]

    @property
    def root(self) -> Root:
        own = CONFORMANCE / self.name / "trusted_root.json"
        return read_root(own.read_bytes()) if own.is_file() else production_root()


def cases() -> list[Case]:
    """All of which the bundle is JSON."""
    return list(_cases()) if CONFORMANCE.is_dir() else []


def production_root() -> Root:
    """The public-good root that the sigstore wheel brings along."""
    store = files("sigstore._store") / "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
    return read_root((store / "trusted_root.json").read_bytes())


def read_root(content: bytes) -> Root:
    root = json.loads(content)
    return Root(
        tuple(_authority(each) for each in root.get("certificateAuthorities", [])),
        tuple(log for each in root.get("ctlogs", []) for log in _log(each)),
        tuple(_authority(each) for each in root.get("timestampAuthorities", [])),
    )


def _cases() -> Iterator[Case]:
    for path in sorted(CONFORMANCE.glob("*/bundle.sigstore.json")):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            continue
        yield Case(path.parent.name)


def _authority(value: dict[str, Any]) -> Authority:
    chain = (base64.b64decode(each["rawBytes"]) for each in value["certChain"]["certificates"])
    return Authority(tuple(map(read_certificate, chain)), _validity(value["validFor"]))


def _log(value: dict[str, Any]) -> Iterator[TransparencyLog]:
    try:
        key = load_der_public_key(base64.b64decode(value["publicKey"]["rawBytes"]))
    except ValueError:
        return
    public = parse_public_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    log_id = base64.b64decode(value["logId"]["keyId"])
    yield TransparencyLog(value["baseUrl"], public, log_id, _validity(value["publicKey"]["validFor"]))


def _validity(value: dict[str, str]) -> Validity:
    end = parse_rfc3339(value["end"]) if value.get("end") else None
    return Validity(parse_rfc3339(value["start"]) if value.get("start") else Moment(0), end)
