"""A timestamp authority of our own: RFC 3161 tokens, right ones and each kind of wrong one.

    tsa = Stamper.new(Authority.new("tsa root"))
    token = tsa.token(signature)                              # a TimeStampResp, stamped at NOW
    replace(tsa, response=False).token(signature, at=…)       # a TimeStampToken, as notation has it
    tsa.trusted()                                             # roots.Authority: its own certificate … root

What is signed is written with asn1crypto, not with what reads it in `pratique`.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import algos, cms, core, tsp  # type: ignore[import-untyped]  # asn1crypto has no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.authorities import (
    END,
    NOW,
    START,
    TIME_STAMPING,
    Authority,
    Extension,
    Holder,
    PrivateKey,
    leaf_extensions,
    moment_to_datetime,
    validity,
)

from pratique.trust import roots
from pratique.trust.certificates import der

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - to be refused
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_EXPLICIT: Final = 0xA0
_ECDSA: Final = {
    "sha1": "sha1_ecdsa",
    "sha256": "sha256_ecdsa",
    "sha384": "sha384_ecdsa",
    "sha512": "sha512_ecdsa",
}


@dataclass(frozen=True)
class Stamper:
    """Who stamps, and how: `dataclasses.replace` makes it do one thing wrong."""

    holder: Holder
    embedded: tuple[x509.Certificate, ...] = ()
    digest: str = "sha256"
    imprint: str = "sha256"
    accuracy: dict[str, int] | None = None
    policy: str = "1.3.6.1.4.1.57264.2"
    nonce: int | None = 4_711
    statement_version: int = 1
    statement_extensions: tuple[tuple[str, bool], ...] = ()
    written_time: bytes | None = None
    content_type: str = "tst_info"
    attribute_type: str = "tst_info"
    ess: tuple[str, ...] = ("signing_certificate_v2",)
    ess_of: x509.Certificate | None = None
    ess_serial: int | None = None
    ess_hash: str = "sha256"
    ess_bare: bool = False
    further: int = 0
    left_out: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    by_key_identifier: bool = False
    signed_data_version: str = "v3"
    signer_version: str | None = None
    signers: int = 1
    pss: bool = False
    signature: bytes | None = None
    signature_algorithm: str | None = None
    message_digest: bytes | None = None
    response: bool = True
    status: int = 0

    @classmethod
    def new(
        cls,
        authority: Authority,
        *,
        private: PrivateKey | None = None,
        extensions: list[Extension] | None = None,
        start: int = START,
        end: int = END,
    ) -> "Stamper":
        """An authority's stamper, with the one critical use that RFC 3161 asks for, embedding its certificates."""
        wanted = leaf_extensions(TIME_STAMPING, critical=True) if extensions is None else extensions
        holder = authority.issue("tsa", private=private, extensions=wanted, start=start, end=end)
        return cls(holder, holder.chain[:-1])

    def trusted(self, start: int = START, end: int | None = None) -> roots.Authority:
        """The service as a trusted root names it, with its own certificate first."""
        return roots.Authority(self.holder.chain, validity(start, end), "https://tsa.example")

    def token(self, signed: bytes, at: int = NOW) -> bytes:
        """A stamp on `signed`."""
        content = self._statement(signed, at)
        # By hand around the statement: asn1crypto would parse it, and now and then encode it anew.
        enclosed = der.write_element(_EXPLICIT, der.write_element(der.OCTET_STRING, content))
        parts = [
            cms.CMSVersion(self.signed_data_version).dump(),
            der.write_element(der.SET, algos.DigestAlgorithm({"algorithm": self.digest}).dump()),
            der.write_element(der.SEQUENCE, cms.ContentType(self.content_type).dump() + enclosed),
            der.write_element(_EXPLICIT, b"".join(map(_der, self.embedded))) if self.embedded else b"",
            der.write_element(der.SET, self._signer(content).dump() * self.signers),
        ]
        signed_data = der.write_element(_EXPLICIT, der.write_element(der.SEQUENCE, b"".join(parts)))
        token = der.write_element(der.SEQUENCE, cms.ContentType("signed_data").dump() + signed_data)
        if not self.response:
            return token
        return der.write_element(der.SEQUENCE, tsp.PKIStatusInfo({"status": self.status}).dump() + token)

    def _statement(self, signed: bytes, at: int) -> bytes:
        time = core.GeneralizedTime(moment_to_datetime(at))
        stated = {
            "version": self.statement_version,
            "policy": self.policy,
            "message_imprint": {
                "hash_algorithm": {"algorithm": self.imprint},
                "hashed_message": hashlib.new(self.imprint, signed).digest(),
            },
            "serial_number": 17,
            "gen_time": time,
            "accuracy": self.accuracy,
            "nonce": self.nonce,
            "extensions": [
                {"extn_id": oid, "critical": critical, "extn_value": b""}
                for oid, critical in self.statement_extensions
            ]
            or None,
        }
        encoded = bytes(tsp.TSTInfo(stated).dump())
        if self.written_time is None:
            return encoded
        # asn1crypto now and then writes a time anew that it was given written.
        written = der.write_element(der.GENERALIZED_TIME, self.written_time)
        content = der.read_element(encoded, "").content.replace(time.dump(), written)
        return der.write_element(der.SEQUENCE, content)

    def _signer(self, content: bytes) -> Any:
        attributes = cms.CMSAttributes(self._attributes(content))
        signature = self.signature
        if signature is None:
            signature = self._sign(attributes.dump())
        certificate = _asn1(self.holder.certificate)
        named: dict[str, Any] = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        sid = cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(named))
        if self.by_key_identifier:  # the certificate needs the extension
            sid = cms.SignerIdentifier("subject_key_identifier", certificate.key_identifier_value)
        return cms.SignerInfo(
            {
                "version": self.signer_version or ("v3" if self.by_key_identifier else "v1"),
                "sid": sid,
                "digest_algorithm": {"algorithm": self.digest},
                "signed_attrs": attributes,
                "signature_algorithm": self._algorithm(),
                "signature": signature,
            }
        )

    def _attributes(self, content: bytes) -> list[dict[str, Any]]:
        digest = self.message_digest or hashlib.new(self.digest, content).digest()
        attributes: list[dict[str, Any]] = [
            {"type": "content_type", "values": [self.attribute_type]},
            {"type": "message_digest", "values": [digest]},
            *({"type": kind, "values": [self._named(kind)]} for kind in self.ess),
            *({"type": f"1.2.3.{number}", "values": [core.Null()]} for number in range(self.further)),
        ]
        kept = [each for each in attributes if each["type"] not in self.left_out]
        return kept + [each for each in attributes if each["type"] in self.repeated]

    def _named(self, kind: str) -> Any:
        certificate = _asn1(self.ess_of or self.holder.certificate)
        general = asn1_x509.GeneralName("directory_name", certificate.issuer)
        serial = {"issuer": [general], "serial_number": self.ess_serial or certificate.serial_number}
        named: dict[str, Any] = {
            "cert_hash": hashlib.sha1(certificate.dump(), usedforsecurity=False).digest()
        }
        if kind == "signing_certificate_v2":
            named = {"cert_hash": hashlib.new(self.ess_hash, certificate.dump()).digest()}
        if self.ess_hash != "sha256":
            named["hash_algorithm"] = {"algorithm": self.ess_hash}
        return {"certs": [named if self.ess_bare else {**named, "issuer_serial": serial}]}

    def _algorithm(self) -> Any:
        if self.signature_algorithm is not None:
            return algos.SignedDigestAlgorithm({"algorithm": self.signature_algorithm})
        match self.holder.private:
            case ec.EllipticCurvePrivateKey():
                return algos.SignedDigestAlgorithm({"algorithm": _ECDSA[self.digest]})
            case ed25519.Ed25519PrivateKey():
                return algos.SignedDigestAlgorithm({"algorithm": "ed25519"})
            case _ if self.pss:
                parameters = {
                    "hash_algorithm": {"algorithm": self.digest},
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": self.digest}},
                    "salt_length": HASHES[self.digest].digest_size,
                }
                return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})

    def _sign(self, content: bytes) -> bytes:
        hashed = HASHES[self.digest]
        match self.holder.private:
            case ec.EllipticCurvePrivateKey() as key:
                return key.sign(content, ec.ECDSA(hashed))
            case rsa.RSAPrivateKey() as key if self.pss:
                return key.sign(content, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
            case rsa.RSAPrivateKey() as key:
                return key.sign(content, padding.PKCS1v15(), hashed)
            case key:
                return key.sign(content)


def _asn1(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(_der(certificate))


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
