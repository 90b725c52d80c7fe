"""What a log recorded, read out of the canonical entry (rekor, pkg/types; rekor-tiles, api/proto; rekor-v2-spec, 6).

Five kinds: Rekor v1's hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, and Rekor v2's hashedrekord 0.0.2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from pratique.errors import ManifestInvalid
from pratique.oci.fields import Fields
from pratique.trust.logs.verifiers import Verifier, read_pem_verifier, read_v2_verifier
from pratique.trust.strict import Closed, Unreadable, decode_base64, open_object, read_json

Kind: TypeAlias = tuple[str, str]
Over: TypeAlias = Literal["content", "payload"]

SIGNATURES_LIMIT: Final = 16
"""Signatures of one entry."""

_ALGORITHMS: Final = {"sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
_V2_ALGORITHMS: Final = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
_SIZES: Final = {"sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True)
class RecordedSignature:
    """A signature and who made it. Of intoto 0.0.1 the signature (None) is only part of the envelope's hash."""

    signature: bytes | None
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an entry says was signed, and by whom.

    `digest` is, by `algorithm`, that of what is signed (`over` is "content": a file, or the PAE of an envelope) or of
    the payload of an envelope. `envelope` is that of the whole envelope in its JSON, as (algorithm, digest); it binds
    only where those bytes are at hand.
    """

    over: Over
    algorithm: str
    digest: bytes
    signatures: tuple[RecordedSignature, ...]
    envelope: tuple[str, bytes] | None = None


def read_body(body: bytes, kind: str, version: str) -> Recorded:
    """What the canonical entry, said to be of this kind and version, records. Raises Unreadable."""
    try:
        entry = open_object(read_json(body), "the entry", ("apiVersion", "kind", "spec"))
        found = (entry.needed_text("kind"), entry.needed_text("apiVersion"))
        if found != (kind, version):
            raise Unreadable(
                f"the entry is a {found[0][:60]} {found[1][:20]}, not the {kind} {version} it is said to be"
            )
        reader = _READERS.get(found)
        if reader is None:
            raise Unreadable(f"entries of the kind {kind[:60]} {version[:20]} are not known here")
        return reader(entry.value("spec"))
    except ManifestInvalid as error:
        raise Unreadable(error.message) from error


def _hashedrekord(value: Any) -> Recorded:
    spec = open_object(value, "spec", ("data", "signature"))
    data = open_object(spec.value("data"), "spec.data", ("hash",))
    algorithm, digest = _hash(data, "hash")
    signature = open_object(spec.value("signature"), "spec.signature", ("content", "publicKey"))
    public = open_object(signature.value("publicKey"), "spec.signature.publicKey", ("content",))
    signed = RecordedSignature(_bytes(signature, "content"), read_pem_verifier(_bytes(public, "content")))
    return Recorded("content", algorithm, digest, (signed,))


def _dsse(value: Any) -> Recorded:
    spec = open_object(value, "spec", ("envelopeHash", "payloadHash", "signatures", "proposedContent"))
    algorithm, digest = _hash(spec, "payloadHash")
    signatures = tuple(
        RecordedSignature(_bytes(one, "signature"), read_pem_verifier(_bytes(one, "verifier")))
        for one in _objects(spec, "signatures", ("signature", "verifier"))
    )
    return Recorded("payload", algorithm, digest, signatures, _hash(spec, "envelopeHash"))


def _intoto_1(value: Any) -> Recorded:
    spec = open_object(value, "spec", ("content", "publicKey"))
    content = open_object(spec.value("content"), "spec.content", ("hash", "payloadHash", "envelope"))
    algorithm, digest = _hash(content, "payloadHash")
    signed = RecordedSignature(None, read_pem_verifier(_bytes(spec, "publicKey")))
    return Recorded("payload", algorithm, digest, (signed,), _hash(content, "hash"))


def _intoto_2(value: Any) -> Recorded:
    """The signature is in base64 twice as a rule: once by the envelope's own JSON, once by the entry's."""
    spec = open_object(value, "spec", ("content",))
    content = open_object(spec.value("content"), "spec.content", ("hash", "payloadHash", "envelope"))
    algorithm, digest = _hash(content, "payloadHash")
    names = ("payload", "payloadType", "signatures")
    envelope = open_object(content.value("envelope"), "spec.content.envelope", names)
    signatures = tuple(
        RecordedSignature(_twice(one), read_pem_verifier(_bytes(one, "publicKey")))
        for one in _objects(envelope, "signatures", ("sig", "publicKey", "keyid"))
    )
    return Recorded("payload", algorithm, digest, signatures, _hash(content, "hash"))


def _hashedrekord_2(value: Any) -> Recorded:
    """A protobuf message in JSON: closed."""
    record = Closed(value, "spec", ("hashedRekordV002",)).closed("hashedRekordV002", ("data", "signature"))
    data = record.closed("data", ("algorithm", "digest"))
    named = data.needed_text("algorithm")
    algorithm = _V2_ALGORITHMS.get(named) or data.refuse(
        "algorithm", f"is {named[:40]!r}, which is not known here"
    )
    digest = _sized(algorithm, data.needed_content("digest", 64), data.place("digest"))
    signature = record.closed("signature", ("content", "verifier"))
    signed = RecordedSignature(signature.needed_content("content", 4_096), read_v2_verifier(signature))
    return Recorded("content", algorithm, digest, (signed,))


_READERS: Final[Mapping[Kind, Callable[[Any], Recorded]]] = {
    ("hashedrekord", "0.0.1"): _hashedrekord,
    ("dsse", "0.0.1"): _dsse,
    ("intoto", "0.0.1"): _intoto_1,
    ("intoto", "0.0.2"): _intoto_2,
    ("hashedrekord", "0.0.2"): _hashedrekord_2,
}
REKOR_V2: Final[frozenset[Kind]] = frozenset({("hashedrekord", "0.0.2")})
"""Kinds of Rekor v2, which promises nothing and says no time."""


def _hash(fields: Fields, name: str) -> tuple[str, bytes]:
    place = fields.place(name)
    found = open_object(fields.value(name), place, ("algorithm", "value"))
    named = found.needed_text("algorithm")
    algorithm = _ALGORITHMS.get(named) or found.refuse(
        "algorithm", f"is {named[:40]!r}, which is not known here"
    )
    text = found.needed_text("value")
    if not set(text) <= set("0123456789abcdef") or len(text) % 2:
        found.refuse("value", "is not lower-case hexadecimal")
    return algorithm, _sized(algorithm, bytes.fromhex(text), place)


def _sized(algorithm: str, digest: bytes, place: str) -> bytes:
    if len(digest) != _SIZES[algorithm]:
        raise Unreadable(f"{place} is no {algorithm}")
    return digest


def _bytes(fields: Fields, name: str) -> bytes:
    return decode_base64(fields.needed_text(name), fields.place(name))


def _twice(fields: Fields) -> bytes:
    """Some logs have it in base64 once only: what is in no base64 any more is the signature itself."""
    content = _bytes(fields, "sig")
    try:
        return decode_base64(content.decode("ascii"), fields.place("sig"), url_safe=True)
    except (Unreadable, UnicodeDecodeError):
        return content


def _objects(fields: Fields, name: str, known: tuple[str, ...]) -> list[Fields]:
    values = fields.items(name)
    if not 1 <= len(values) <= SIGNATURES_LIMIT:
        raise Unreadable(f"{fields.place(name)} has {len(values)} entries; 1 to {SIGNATURES_LIMIT} are read")
    return [open_object(value, fields.place(name), known) for value in values]
