"""What every backend of signing keys must do, run on sealed keys and on SoftHSM by PKCS#11."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pratique.clock import SECOND, Moment
from pratique.errors import Unavailable
from pratique.trust.signing import KeyBackend, SealedKeys, SealingKey, notary
from pratique.trust.signing.authority import Chain, new_leaf, new_root
from pratique.trust.signing.hsm_keys import HsmKeys

NOW = Moment(1_800_000_000 * SECOND)
PIN = "1234"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


def missing(reason: str) -> None:
    if os.environ.get("PRATIQUE_TEST_REQUIRE") == "all":
        pytest.fail(f"required, and missing: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HsmKeys]:
    """A token of SoftHSM; the library reads its configuration once a process, so there is one for all tests."""
    library = next((path for path in LIBRARIES if Path(path).exists()), None)
    if library is None or shutil.which("softhsm2-util") is None:
        missing("softhsm2; try: python -m tests.toolbox install softhsm2-util")
    assert library is not None
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    pins = ["--pin", PIN, "--so-pin", "12345678"]
    command = ["softhsm2-util", "--init-token", "--free", "--label", "pratique", *pins]
    subprocess.run(command, check=True, capture_output=True)
    yield HsmKeys(library, "pratique", PIN)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(params=["sealed", "pkcs11"])
def backend(request: pytest.FixtureRequest) -> KeyBackend:
    if request.param == "sealed":
        return SealedKeys(SealingKey(os.urandom(32)))
    backend: KeyBackend = request.getfixturevalue("token")
    return backend


def test_what_it_signs_verifies_with_the_public_half(backend: KeyBackend) -> None:
    made = backend.make("countersignature of team")
    signer = backend.signer(made)
    signature = signer.sign(b"content")
    assert signer.public_key == made.public_key
    assert signer.key_id == made.public_key.fingerprint
    assert made.public_key.verify(signature, b"content")
    assert not made.public_key.verify(signature, b"other content")


def test_signatures_are_ecdsa_on_p256_in_der(backend: KeyBackend) -> None:
    made = backend.make("verdict of team")
    public = load_der_public_key(made.public_key.der)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    for content in (b"", b"a", b"b" * 100_000):
        public.verify(backend.signer(made).sign(content), content, ec.ECDSA(hashes.SHA256()))


def test_certificates_are_issued_by_a_key_wherever_it_lies(backend: KeyBackend) -> None:
    authority, key = backend.make("authority"), backend.make("leaf")
    signer = backend.signer(authority)
    root = new_root(signer, "team", NOW)
    chain = Chain(new_leaf(signer, root, key.public_key, "team", NOW), root)
    root.verify_directly_issued_by(root)
    chain.leaf.verify_directly_issued_by(root)
    envelope = json.loads(notary.envelope(backend.signer(key), chain, b"{}", NOW))
    signature = base64.urlsafe_b64decode(envelope["signature"] + "==")
    signed = f"{envelope['protected']}.{envelope['payload']}".encode()
    assert len(signature) == 64
    assert key.public_key.verify(signature, signed, allow_raw=True)


def test_each_key_is_another(backend: KeyBackend) -> None:
    one, other = backend.make("same label"), backend.make("same label")
    signature = backend.signer(one).sign(b"content")
    assert one.public_key != other.public_key
    assert one.reference != other.reference
    public = load_der_public_key(other.public_key.der)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"content", ec.ECDSA(hashes.SHA256()))


def test_a_key_is_found_again_by_what_is_stored(backend: KeyBackend) -> None:
    made = backend.make("kept")
    for _ in range(3):
        assert made.public_key.verify(backend.signer(made).sign(b"content"), b"content")


def test_destroying_twice_is_no_mistake(backend: KeyBackend) -> None:
    kept, going = backend.make("kept"), backend.make("going")
    backend.destroy(going)
    backend.destroy(going)
    assert kept.public_key.verify(backend.signer(kept).sign(b"content"), b"content")


def test_a_destroyed_key_of_a_token_signs_nothing(token: HsmKeys) -> None:
    going = token.make("going")
    token.destroy(going)
    with pytest.raises(Unavailable, match="can't be used"):
        token.signer(going).sign(b"content")


def test_a_token_that_is_not_there_is_unavailable(token: HsmKeys) -> None:
    elsewhere = HsmKeys(token._module, "no such token", PIN)
    with pytest.raises(Unavailable, match="no such token"):
        elsewhere.make("label")


def test_a_wrong_pin_is_unavailable_and_never_quoted(token: HsmKeys) -> None:
    wrong = HsmKeys(token._module, "pratique", "9182736450")
    with pytest.raises(Unavailable) as refused:
        wrong.make("label")
    assert "9182736450" not in str(refused.value)


def test_a_private_key_never_leaves_its_token(token: HsmKeys) -> None:
    import pkcs11

    made = token.make("stays")
    with token._session() as session:
        private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=bytes.fromhex(made.reference))
        assert not private[pkcs11.Attribute.EXTRACTABLE]
        with pytest.raises(pkcs11.AttributeSensitive):
            private[pkcs11.Attribute.VALUE]
