"""Where the advisories are: beside the blobs, in files of their own; and whose bundles of them count."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from pratique.advisories import Importer, Releases, Revisions
from pratique.advisories.importing import Progress
from pratique.advisories.packed import Sealed, Vouched
from pratique.clock import Clock
from pratique.errors import BadRequest, Forbidden, PratiqueError
from pratique.oci.descriptor import Descriptor
from pratique.oci.digest import Digest, digest_of
from pratique.settings import Settings
from pratique.trust import Item, Subject, TrustSet, parse_public_key, verify
from pratique.trust.bundle import read_bundle
from pratique.trust.dsse import Envelope
from pratique.trust.parties import KeyParty
from pratique.trust.signing.envelopes import BUNDLE, bundle, bundle_referrer
from pratique.trust.signing.sealed_keys import OpenedKey
from pratique.trust.signing.written import Named
from pratique.trust.statement import read_statement

FOLDER = "advisories"


def revisions_of(settings: Settings) -> Revisions:
    """The revisions in the data directory."""
    return Revisions(settings.storage.directory / FOLDER)


def importer_of(
    settings: Settings, clock: Clock, tell: Progress, releases: Releases | None = None
) -> Importer:
    """Who imports into them. `releases` knows what an import would let out."""
    return Importer(
        revisions_of(settings),
        clock,
        tell,
        releases=releases,
        allow_unsigned=settings.advisories.allow_unsigned,
    )


def witness_of(settings: Settings, clock: Clock) -> "KeyWitness":
    """Whose bundles count. Raises BadRequest where a key can't be read."""
    return KeyWitness(tuple(map(Path, settings.advisories.bundle_keys)), clock)


class KeyWitness:
    """Believes bundles that one of some keys signed; a log or a certificate is not asked for. Raises BadRequest."""

    def __init__(self, files: tuple[Path, ...], clock: Clock) -> None:
        self._clock = clock
        keys = []
        for file in files:
            try:
                keys.append(KeyParty(str(file), parse_public_key(file.read_bytes())))
            except (OSError, PratiqueError) as error:
                raise BadRequest(
                    f"{file}, a key for bundles of advisories, can't be read: {error}"
                ) from error
        self._trust = TrustSet("advisories.bundle_keys", keys=tuple(keys))

    def vouch(self, content: bytes, subject: Digest, predicate_type: str) -> Vouched:
        """As Witness."""
        if not self._trust.keys:
            raise Forbidden("it names no key")
        item = Item(BUNDLE, content, digest_of(content))
        record = verify(item, Subject(subject), self._trust, self._clock.now())
        if record is None or not record.verified or record.signer is None:
            raise Forbidden(record.message if record else "it is no signature")
        said = read_bundle(content).content
        if not isinstance(said, Envelope) or record.predicate_type != predicate_type:
            raise Forbidden(f"what is signed is no statement about advisories ({predicate_type})")
        return Vouched(read_statement(said.payload).predicate, record.signer.fingerprint)


class KeySealer:
    """Signs with a private key from a file."""

    def __init__(self, key: OpenedKey) -> None:
        self._key = key

    def seal(self, statement: bytes, subject: Descriptor, created: str) -> Sealed:
        """As Sealer."""
        named = Named("", "", subject.digest, subject.media_type, subject.size)
        written = bundle_referrer(named, bundle(self._key, statement), created)
        return Sealed(written.manifest, written.blobs)


def sealer_of(file: Path, password: bytes | None) -> KeySealer:
    """Who signs with the private key (PEM, ECDSA on P-256) in a file. Raises BadRequest; the key is never quoted."""
    try:
        key = load_pem_private_key(file.read_bytes(), password)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadRequest(
            f"{file} is no private key that can be opened: make one with "
            "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`; of one with a password say its file"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise BadRequest(f"{file} is no key of ECDSA on P-256")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeySealer(OpenedKey(parse_public_key(public), key))
