"""A certificate authority for each project's notation signatures: a root of ten years and a leaf of one, P-256.

What certificates must be: notaryproject, signature-specification.md, "Certificate Requirements".

Certificates are signed by a `Signer`, whose private half may lie in an HSM. cryptography builds what is signed; since
it signs with keys in memory only, it does so with a key made for the purpose, and the signature is put in its place.
Nothing of that key stays: the certificate names the authority's key as its own.

The leaf names no place where revocation can be asked: it lives a year, and the root is published by the registry.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pratique.clock import DAY, SECOND, Moment
from pratique.trust.keys import PublicKey
from pratique.trust.signing.signer import Signer

AUTHORITY_LIFE: Final = 3_652 * DAY
LEAF_LIFE: Final = 365 * DAY
RENEWED_BEFORE: Final = 60 * DAY
"""How long before its end a leaf is replaced, and everything signed again."""

BACKDATED: Final = 300 * SECOND
"""Certificates hold from a little before they were made: other machines' clocks differ."""

COUNTRY: Final = "ZZ"
STATE: Final = "Registry"
ORGANISATION: Final = "Pratique"
"""notation's trusted identities need a country, a state and an organisation. ZZ is no country's (ISO 3166-1)."""

_NAME_LIMIT: Final = 64
_ECDSA_WITH_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")
_USAGES: Final = (
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


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf and its root."""

    leaf: x509.Certificate
    root: x509.Certificate

    @property
    def pem(self) -> str:
        """Both, the leaf first."""
        return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in (self.leaf, self.root))

    @property
    def root_pem(self) -> str:
        """The root alone."""
        return self.root.public_bytes(Encoding.PEM).decode("ascii")

    @classmethod
    def parse(cls, pem: str) -> "Chain":
        """As `pem` wrote it. Raises ValueError."""
        leaf, root = x509.load_pem_x509_certificates(pem.encode("ascii"))
        return cls(leaf, root)

    @property
    def der(self) -> tuple[bytes, bytes]:
        """Both, the leaf first."""
        return self.leaf.public_bytes(Encoding.DER), self.root.public_bytes(Encoding.DER)

    @property
    def ends(self) -> Moment:
        """When the leaf's year is over."""
        return Moment(int(self.leaf.not_valid_after_utc.timestamp()) * SECOND)

    def is_due(self, now: Moment) -> bool:
        """Whether it is time for another leaf."""
        return self.ends - now <= RENEWED_BEFORE


def new_root(authority: Signer, project: str, now: Moment) -> x509.Certificate:
    """A self-signed root for a project's signatures."""
    name = _name(f"{project} authority")
    builder = _begun(name, name, authority.public_key, now, AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _signed(builder.add_extension(_usage("key_cert_sign", "crl_sign"), critical=True), authority)


def new_leaf(
    authority: Signer, root: x509.Certificate, key: PublicKey, project: str, now: Moment
) -> x509.Certificate:
    """A leaf for a key, issued by the root's key. It never outlives the root."""
    life = min(LEAF_LIFE, int(root.not_valid_after_utc.timestamp()) * SECOND - now)
    builder = _begun(_name(project), root.subject, key, now, life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage("digital_signature"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    own = x509.SubjectKeyIdentifier.from_public_key(_issuing_key(authority.public_key))
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
    return _signed(builder.add_extension(issuer, critical=False), authority)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: Moment, life: int
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp((now - BACKDATED) // SECOND, UTC)
    public = _issuing_key(key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(microseconds=life + BACKDATED))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _issuing_key(key: PublicKey) -> ec.EllipticCurvePublicKey:
    found = load_der_public_key(key.der)
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise TypeError("keys of the registry are ECDSA keys")
    return found


def _name(common: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, COUNTRY),
        (NameOID.STATE_OR_PROVINCE_NAME, STATE),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.COMMON_NAME, common[:_NAME_LIMIT]),
    )
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def _usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in wanted for usage in _USAGES})


def _signed(builder: x509.CertificateBuilder, authority: Signer) -> x509.Certificate:
    """RFC 5280, 4.1: tbsCertificate, its signature's algorithm, the signature as a bit string."""
    content = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).tbs_certificate_bytes
    signature = authority.sign(content)
    made = _der(0x30, content + _ECDSA_WITH_SHA256 + _der(0x03, b"\x00" + signature))
    certificate = x509.load_der_x509_certificate(made)
    _issuing_key(authority.public_key).verify(signature, content, ec.ECDSA(hashes.SHA256()))
    return certificate


def _der(tag: int, content: bytes) -> bytes:
    """A DER value (X.690, 8.1.3: the length in one octet up to 127, else with a count before it)."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content
