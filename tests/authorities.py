"""Certificate authorities of our own: chains, Fulcio's leaves with the promises of CT logs in them, notation's leaves.

    root = Authority.new()
    fulcio = root.issue_authority("fulcio", eku=CODE_SIGNING)
    log = CtLog()
    leaf = fulcio_leaf(fulcio, logs=[log])          # .certificate, .private, .chain
    trusted = fulcio.trusted()                      # roots.Authority: fulcio … root
    log.trusted()                                   # roots.TransparencyLog

Timestamps are in `tests.stamping`. Everything has dates around `NOW`; pass `extensions` to replace all of them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pratique.clock import DAY, MINUTE, Moment, parse_rfc3339
from pratique.trust import roots
from pratique.trust.certificates import der
from pratique.trust.keys import parse_public_key

NOW: Final = parse_rfc3339("2026-11-21T12:00:00Z")
START: Final = Moment(NOW - 300 * DAY)
END: Final = Moment(NOW + 300 * DAY)
CODE_SIGNING: Final = ExtendedKeyUsageOID.CODE_SIGNING
TIME_STAMPING: Final = ExtendedKeyUsageOID.TIME_STAMPING
FULCIO: Final = "1.3.6.1.4.1.57264.1"
ISSUER: Final = "https://issuer.example"

PrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)
Extension: TypeAlias = tuple[x509.ExtensionType, bool]
"""An extension and whether it is critical."""

USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def new_p256() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def moment_to_datetime(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)


def key_usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in granted for usage in USAGES})


def authority_extensions(
    path_length: int | None = None, eku: x509.ObjectIdentifier | None = None
) -> list[Extension]:
    """What an authority has: CA flag, keyCertSign, and one extended key usage if it is limited to it."""
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (key_usage("key_cert_sign", "crl_sign"), True),
    ]
    return extensions if eku is None else [*extensions, (x509.ExtendedKeyUsage([eku]), False)]


def leaf_extensions(
    eku: x509.ObjectIdentifier | None = CODE_SIGNING, *, critical: bool = False
) -> list[Extension]:
    """What a signer has: digitalSignature and an extended key usage."""
    extensions: list[Extension] = [(key_usage("digital_signature"), True)]
    return extensions if eku is None else [*extensions, (x509.ExtendedKeyUsage([eku]), critical)]


@dataclass(frozen=True)
class Holder:
    """A certificate, its private key, and the certificates above it up to the root."""

    certificate: x509.Certificate
    private: PrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """From this certificate up to the root."""
        return (self.certificate, *self.above)


@dataclass(frozen=True)
class Authority(Holder):
    """Somebody who issues certificates."""

    @classmethod
    def new(
        cls,
        name: str = "root",
        *,
        private: PrivateKey | None = None,
        extensions: Sequence[Extension] | None = None,
        start: int = START,
        end: int = END,
        hashed: hashes.HashAlgorithm | None = None,
    ) -> "Authority":
        """A root."""
        key = private or new_p256()
        subject = subject_of(name)
        builder = _builder(subject, subject, key, start, end)
        builder = _extended(builder, authority_extensions() if extensions is None else extensions)
        return cls(_signed(builder, key, hashed), key)

    def issue_authority(
        self,
        name: str,
        *,
        path_length: int | None = None,
        eku: x509.ObjectIdentifier | None = None,
        private: PrivateKey | None = None,
        extensions: Sequence[Extension] | None = None,
        start: int = START,
        end: int = END,
    ) -> "Authority":
        """An intermediate authority."""
        extensions = authority_extensions(path_length, eku) if extensions is None else extensions
        issued = self.issue(name, private=private, extensions=extensions, start=start, end=end)
        return Authority(issued.certificate, issued.private, issued.above)

    def issue(
        self,
        name: str | x509.Name = "signer",
        *,
        private: PrivateKey | None = None,
        extensions: Iterable[Extension] | None = None,
        start: int = START,
        end: int = END,
        hashed: hashes.HashAlgorithm | None = None,
        issuer: x509.Name | None = None,
    ) -> Holder:
        """A certificate with these extensions: those of a code signer unless others are given."""
        key = private or new_p256()
        subject = subject_of(name) if isinstance(name, str) else name
        builder = _builder(subject, self.certificate.subject if issuer is None else issuer, key, start, end)
        builder = _extended(builder, leaf_extensions() if extensions is None else extensions)
        return Holder(_signed(builder, self.private, hashed), key, self.chain)

    def trusted(self, start: int = START, end: int | None = None) -> roots.Authority:
        """The service as a trusted root names it: this authority up to the root."""
        return roots.Authority(self.chain, validity(start, end), "https://fulcio.example")


@dataclass(frozen=True)
class CtLog:
    """A certificate transparency log that promises anything."""

    private: PrivateKey = field(default_factory=new_p256)

    @property
    def log_id(self) -> bytes:
        return hashlib.sha256(_spki(self.private)).digest()

    def trusted(self, start: int = START, end: int | None = None) -> roots.TransparencyLog:
        """The log as a trusted root names it."""
        public = self.private.public_key()
        key = parse_public_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return roots.TransparencyLog("https://ct.example", key, self.log_id, validity(start, end))

    def promise(self, tbs: bytes, issuer: x509.Certificate, at: int = NOW, extensions: bytes = b"") -> bytes:
        """A SignedCertificateTimestamp of v1 over a certificate without it (RFC 6962, section 3.2)."""
        stamped = (at // 1_000).to_bytes(8)
        spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        entry = b"\x00\x01" + hashlib.sha256(spki).digest() + len(tbs).to_bytes(3) + tbs
        tail = len(extensions).to_bytes(2) + extensions
        signature = sign(self.private, b"\x00\x00" + stamped + entry + tail)
        algorithm = b"\x04\x01" if isinstance(self.private, rsa.RSAPrivateKey) else b"\x04\x03"
        vector = len(signature).to_bytes(2) + signature
        return b"\x00" + self.log_id + stamped + tail + algorithm + vector


def fulcio_leaf(
    authority: Authority,
    san: x509.GeneralName | None = None,
    *,
    issuer: str | None = ISSUER,
    facts: Mapping[int, str] | None = None,
    logs: Sequence[CtLog] = (),
    scts: Sequence[bytes] | None = None,
    private: PrivateKey | None = None,
    at: int = NOW,
    start: int | None = None,
    end: int | None = None,
    sct_extensions: bytes = b"",
    extensions: Sequence[Extension] | None = None,
) -> Holder:
    """A leaf as Fulcio issues them, for ten minutes from `at`, with an SCT of each log.

    `facts` are .9 and above by their last arc. `scts` replaces the promises by others, as they are serialized.
    """
    key = private or new_p256()
    names = x509.SubjectAlternativeName([san or x509.RFC822Name("someone@example.com")])
    wanted = [*leaf_extensions(), (names, True)] if extensions is None else list(extensions)
    wanted += [] if issuer is None else [(raw_fact(1, issuer), False), (fact(8, issuer), False)]
    wanted += [(fact(arc, value), False) for arc, value in (facts or {}).items()]
    start, end = at if start is None else start, at + 10 * MINUTE if end is None else end
    plain = authority.issue(x509.Name([]), private=key, extensions=wanted, start=start, end=end)
    if not logs and scts is None:
        return plain
    builder = _extended(
        _builder(
            x509.Name([]),
            authority.certificate.subject,
            key,
            start,
            end,
            serial=plain.certificate.serial_number,
        ),
        wanted,
    )
    if scts is None:
        tbs = plain.certificate.tbs_certificate_bytes
        scts = [log.promise(tbs, authority.certificate, at, sct_extensions) for log in logs]
    builder = builder.add_extension(sct_list(scts), critical=False)
    return Holder(_signed(builder, authority.private, None), key, authority.chain)


def sct_list(scts: Sequence[bytes]) -> x509.UnrecognizedExtension:
    """The extension that holds SCTs as they are serialized (RFC 6962, section 3.3)."""
    serialized = b"".join(len(sct).to_bytes(2) + sct for sct in scts)
    value = der.write_element(der.OCTET_STRING, len(serialized).to_bytes(2) + serialized)
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), value)


def fact(arc: int, value: str) -> x509.UnrecognizedExtension:
    """A fact of a build as Fulcio writes it since .8: a UTF8String."""
    encoded = der.write_element(der.UTF8_STRING, value.encode())
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{FULCIO}.{arc}"), encoded)


def raw_fact(arc: int, value: str) -> x509.UnrecognizedExtension:
    """A fact as Fulcio wrote it up to .6: the bytes alone."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{FULCIO}.{arc}"), value.encode())


def username(name: str) -> x509.OtherName:
    """Fulcio's own form of a name."""
    return x509.OtherName(
        x509.ObjectIdentifier(f"{FULCIO}.7"), der.write_element(der.UTF8_STRING, name.encode())
    )


def validity(start: int = START, end: int | None = None) -> roots.Validity:
    return roots.Validity(Moment(start), None if end is None else Moment(end))


def subject_of(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "example"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def sign(private: PrivateKey, content: bytes) -> bytes:
    """With SHA-256, PKCS #1 v1.5 for RSA."""
    match private:
        case ec.EllipticCurvePrivateKey():
            return private.sign(content, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            return private.sign(content, padding.PKCS1v15(), hashes.SHA256())
    return private.sign(content)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, start: int, end: int, serial: int | None = None
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(moment_to_datetime(start))
        .not_valid_after(moment_to_datetime(end))
    )


def _extended(builder: x509.CertificateBuilder, extensions: Iterable[Extension]) -> x509.CertificateBuilder:
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    return builder


def _signed(
    builder: x509.CertificateBuilder, private: PrivateKey, hashed: hashes.HashAlgorithm | None
) -> x509.Certificate:
    if isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return builder.sign(private, None)
    allowed = hashed or hashes.SHA256()
    return builder.sign(private, allowed)  # type: ignore[arg-type]  # tests sign with hashes of old, too


def _spki(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def self_issued_crowd(number: int) -> list[Authority]:
    """Authorities of one name and one key, each with a certificate of its own."""
    private = new_p256()
    return [Authority.new("crowd", private=private) for _ in range(number)]
