"""notation's envelopes of our own: JWS and COSE, with anything in them.

    root = Authority.new()                           # tests.authorities
    signer = notation_signer(root)                   # a Holder; .chain is leaf … root
    content = sign_jws(signer, descriptor(digest, 512))
    content = sign_cose(signer, descriptor(digest, 512), expiry=NOW + DAY)
    alone = self_signed_signer()
    content = stamped(content, stamper)              # tests.stamping, with response=False
    scene.attach(attached(manifest, content))        # tests.scenes
    trust_policy("audit", stores=["ca:acme"])        # a trustpolicy.json

`protected` and `header` change what a format says last, by its own names (a value of DROP takes the name away);
`payload` replaces the descriptor's document; `chain` the certificates. Times are moments.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.authorities import (
    END,
    NOW,
    START,
    Authority,
    Extension,
    Holder,
    PrivateKey,
    leaf_extensions,
    moment_to_datetime,
)
from tests.signing import Signed, descriptor_of
from tests.stamping import Stamper

from pratique.clock import SECOND
from pratique.oci.digest import digest_of
from pratique.trust.notation.cose import to_be_signed

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
PAYLOAD: Final = "application/vnd.cncf.notary.payload.v1+json"
X509: Final = "notary.x509"
AUTHORITY: Final = "notary.x509.signingAuthority"
NAME: Final = "io.cncf.notary."
DROP: Final = object()
"""Takes a header away."""

_COSE: Final = {"PS256": -37, "PS384": -38, "PS512": -39, "ES256": -7, "ES384": -35, "ES512": -36}
_HASHES: Final = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def notation_subject(name: str = "signer", organization: str = "example") -> x509.Name:
    """A name as trusted identities need them: C, ST, O and a common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "WA"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def notation_signer(
    authority: Authority,
    name: str | x509.Name = "signer",
    *,
    private: PrivateKey | None = None,
    extensions: Sequence[Extension] | None = None,
    start: int = START,
    end: int = END,
) -> Holder:
    """A leaf that may sign, issued by `authority`."""
    subject = notation_subject(name) if isinstance(name, str) else name
    wanted = leaf_extensions() if extensions is None else extensions
    return authority.issue(subject, private=private, extensions=wanted, start=start, end=end)


def self_signed_signer(
    name: str = "alone",
    *,
    private: PrivateKey | None = None,
    extensions: Sequence[Extension] | None = None,
    start: int = START,
    end: int = END,
) -> Holder:
    """A certificate that signed itself and meets the rules of leaves, as `notation cert generate-test` makes."""
    key = private or ec.generate_private_key(ec.SECP256R1())
    maker = Authority.new(name, private=key, start=start, end=end)
    subject = notation_subject(name)
    wanted = leaf_extensions() if extensions is None else extensions
    made = maker.issue(subject, private=key, issuer=subject, extensions=wanted, start=start, end=end)
    return Holder(made.certificate, key)


def descriptor(digest: str, size: int, media_type: str = MANIFEST, **annotations: str) -> dict[str, Any]:
    """What is signed; `annotations` are the user's metadata."""
    found: dict[str, Any] = {"mediaType": media_type, "digest": digest, "size": size}
    return {**found, "annotations": annotations} if annotations else found


def sign_jws(
    signer: Holder,
    artifact: Mapping[str, Any],
    *,
    scheme: str = X509,
    at: int = NOW,
    expiry: int | None = None,
    timestamp: bytes | None = None,
    plugin: str | None = None,
    protected: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    payload: bytes | None = None,
    chain: Sequence[x509.Certificate] | None = None,
    raw_protected: bytes | None = None,
) -> bytes:
    """A JWS envelope. `raw_protected` replaces all protected headers by what may not even be JSON."""
    algorithm = algorithm_for(signer.private)
    times = {name: jws_time(moment) for name, moment in _times(scheme, at, expiry).items()}
    headers: dict[str, Any] = {
        "alg": algorithm,
        "cty": PAYLOAD,
        "crit": _critical(scheme, expiry, plugin),
        **_named(scheme, times, plugin),
    }
    ders = _ders(signer.chain if chain is None else chain)
    unsigned: dict[str, Any] = {"x5c": [base64.b64encode(der).decode() for der in ders]}
    unsigned[f"{NAME}signingAgent"] = "notation/1.3.0"
    if timestamp is not None:
        unsigned[f"{NAME}timestampSignature"] = base64.b64encode(timestamp).decode()
    written = json.dumps(_changed(headers, protected)).encode() if raw_protected is None else raw_protected
    first, second = base64url(written), base64url(_payload(artifact, payload))
    signature = raw_signature(signer.private, f"{first}.{second}".encode(), algorithm)
    return json.dumps(
        {
            "payload": second,
            "protected": first,
            "header": _changed(unsigned, header),
            "signature": base64url(signature),
        }
    ).encode()


def sign_cose(
    signer: Holder,
    artifact: Mapping[str, Any],
    *,
    scheme: str = X509,
    at: int = NOW,
    expiry: int | None = None,
    timestamp: bytes | None = None,
    plugin: str | None = None,
    protected: Mapping[Any, Any] | None = None,
    header: Mapping[Any, Any] | None = None,
    payload: bytes | None = None,
    chain: Sequence[x509.Certificate] | None = None,
    raw_protected: bytes | None = None,
    tag: int = 18,
) -> bytes:
    """A COSE envelope. `raw_protected` replaces all protected headers by what may not even be CBOR."""
    algorithm = algorithm_for(signer.private)
    times = {name: cose_time(moment) for name, moment in _times(scheme, at, expiry).items()}
    headers: dict[Any, Any] = {
        1: _COSE[algorithm],
        2: _critical(scheme, expiry, plugin),
        3: PAYLOAD,
        **_named(scheme, times, plugin),
    }
    unsigned: dict[Any, Any] = {33: _ders(signer.chain if chain is None else chain)}
    unsigned[f"{NAME}signingAgent"] = "notation/1.3.0"
    if timestamp is not None:
        unsigned[f"{NAME}timestampSignature"] = timestamp
    written = (
        cbor2.dumps(_changed(headers, protected), canonical=True) if raw_protected is None else raw_protected
    )
    content = _payload(artifact, payload)
    signature = raw_signature(signer.private, to_be_signed(written, content), algorithm)
    parts = [written, _changed(unsigned, header), content, signature]
    return cbor2.dumps(cbor2.CBORTag(tag, parts), canonical=True)


def stamped(content: bytes, stamper: Stamper, at: int = NOW) -> bytes:
    """The same envelope with a timestamp on its signature."""
    name = f"{NAME}timestampSignature"
    if content[:1] == b"{":
        envelope = json.loads(content)
        text = envelope["signature"]
        signature = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert base64url(signature) == text
        envelope["header"][name] = base64.b64encode(stamper.token(signature, at)).decode()
        return json.dumps(envelope).encode()
    tagged = cbor2.loads(content)
    protected, unprotected, payload, signature = tagged.value
    unprotected = {**unprotected, name: stamper.token(signature, at)}
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, payload, signature]), canonical=True)


def attached(subject: bytes, envelope: bytes, media_type: str = MANIFEST) -> Signed:
    """The manifest by which `notation sign` attaches an envelope to a manifest, with its blobs."""
    kind = "application/jose+json" if envelope[:1] == b"{" else "application/cose"
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.cncf.notary.signature",
        "config": descriptor_of(b"{}", "application/vnd.oci.empty.v1+json"),
        "layers": [descriptor_of(envelope, kind)],
        "subject": descriptor_of(subject, media_type),
    }
    return json.dumps(document).encode(), {digest_of(blob): blob for blob in (b"{}", envelope)}


def trust_policy(
    level: str = "strict",
    *,
    stores: Sequence[str] = ("ca:acme",),
    identities: Sequence[str] = ("*",),
    scopes: Sequence[str] = ("*",),
    override: Mapping[str, str] | None = None,
    timestamp: str = "always",
) -> bytes:
    """A trust policy document with one policy."""
    verification: dict[str, Any] = {"level": level, "verifyTimestamp": timestamp}
    if override:
        verification["override"] = dict(override)
    policy = {
        "name": "releases",
        "registryScopes": list(scopes),
        "signatureVerification": verification,
        "trustStores": list(stores),
        "trustedIdentities": list(identities),
    }
    return json.dumps({"version": "1.0", "trustPolicies": [policy]}).encode()


def raw_signature(private: PrivateKey, content: bytes, algorithm: str) -> bytes:
    """A signature as both formats have it: PSS, or r||s."""
    hashed = _HASHES[algorithm[2:]]
    match private:
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
            return private.sign(content, pss, hashed)
        case ec.EllipticCurvePrivateKey():
            size = (private.key_size + 7) // 8
            r, s = decode_dss_signature(private.sign(content, ec.ECDSA(hashed)))
            return r.to_bytes(size) + s.to_bytes(size)
    raise AssertionError("notation has no algorithm for such keys")


def algorithm_for(private: PrivateKey) -> str:
    """By the table of the specification; keys that are not in it sign with its nearest line."""
    match private:
        case rsa.RSAPrivateKey():
            return {3_072: "PS384", 4_096: "PS512"}.get(private.key_size, "PS256")
        case ec.EllipticCurvePrivateKey():
            return {384: "ES384", 521: "ES512"}.get(private.key_size, "ES256")
    raise AssertionError("notation has no algorithm for such keys")


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def jws_time(moment: int) -> str:
    return moment_to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def cose_time(moment: int) -> cbor2.CBORTag:
    return cbor2.CBORTag(1, moment // SECOND)


def _times(scheme: str, at: int, expiry: int | None) -> dict[str, int]:
    name = "authenticSigningTime" if scheme == AUTHORITY else "signingTime"
    return {name: at} if expiry is None else {name: at, "expiry": expiry}


def _critical(scheme: str, expiry: int | None, plugin: str | None) -> list[str]:
    names = ["signingScheme"]
    names += ["authenticSigningTime"] if scheme == AUTHORITY else []
    names += [] if expiry is None else ["expiry"]
    names += [] if plugin is None else ["verificationPlugin"]
    return [NAME + name for name in names]


def _named(scheme: str, times: Mapping[str, Any], plugin: str | None) -> dict[str, Any]:
    named = {"signingScheme": scheme, **times}
    if plugin is not None:
        named["verificationPlugin"] = plugin
    return {NAME + name: value for name, value in named.items()}


def _ders(chain: Sequence[x509.Certificate]) -> list[bytes]:
    return [certificate.public_bytes(Encoding.DER) for certificate in chain]


def _payload(artifact: Mapping[str, Any], payload: bytes | None) -> bytes:
    return json.dumps({"targetArtifact": dict(artifact)}).encode() if payload is None else payload


def _changed(headers: dict[Any, Any], changes: Mapping[Any, Any] | None) -> dict[Any, Any]:
    merged = {**headers, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not DROP}
