"""Timestamps of real authorities: sigstore-conformance's, and those in notation's layouts."""

import base64
import contextlib
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from tests.published import NOTATION, Case, cases, needs_vectors

from pratique.clock import Moment, rfc3339
from pratique.trust.certificates import read_certificate
from pratique.trust.roots import Authority
from pratique.trust.strict import Unreadable
from pratique.trust.timestamps import TimestampInvalid, verify_timestamp, verify_token
from pratique.trust.timestamps.token import read_token

CASES = [case for case in cases() if case.timestamps]
REFUSED = {
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "its authority does not count",
    "rekor2-timestamp-outside-tsa-cert-validity_fail": "'CN=Test TSA Timestamping,O=local' was not valid",
    "rekor2-timestamp-payload-mismatch_fail": "over something else",
}
ABSENT = {
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail",
}


def moment_of(case: Case) -> Moment | None:
    (token,) = case.timestamps
    return verify_timestamp(token, case.signature, case.root.timestamp_authorities)


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conformance_timestamps(case: Case) -> None:
    if case.name in REFUSED:
        with pytest.raises(TimestampInvalid, match=REFUSED[case.name]):
            moment_of(case)
        return
    moment = moment_of(case)
    assert (moment is None) == (case.name in ABSENT)
    if moment is None:
        return
    (token,) = case.timestamps
    expected = decode_timestamp_response(token).tst_info.gen_time
    assert rfc3339(moment) == expected.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_implementation_says_the_same(case: Case) -> None:
    """All but the dates of the root's services, which rfc3161-client does not know."""
    (token,) = case.timestamps
    expected = case.name not in {*ABSENT, *REFUSED} or "trust-root" in case.name
    assert any(_verifies(token, case.signature, each) for each in case.root.timestamp_authorities) == expected


def _verifies(token: bytes, signature: bytes, authority: Authority) -> bool:
    leaf, *between, root = (
        load_der_x509_certificate(each.public_bytes(Encoding.DER)) for each in authority.chain
    )
    builder = VerifierBuilder().tsa_certificate(leaf).add_root_certificate(root)
    for each in between:
        builder = builder.add_intermediate_certificate(each)
    try:
        return bool(builder.build().verify_message(decode_timestamp_response(token), signature))
    except (VerificationError, ValueError):
        return False


@needs_vectors
def test_a_token_of_a_notation_signature() -> None:
    """Microsoft's: RSA, its chain embedded but for the root; the authority above the signer stands in for it."""
    token, signature = _stamped("timestamped")
    anchor = next(each for each in read_token(token).certificates if not read_token(token).signer.is_of(each))
    stamp = verify_token(token, signature, [anchor])
    assert (rfc3339(stamp.moment), stamp.accuracy) == ("2025-01-21T09:17:46.641Z", 500_000)
    for other in ("globalsignTSARoot.cer", "DigiCertTSARootSHA384.cer"):
        root = read_certificate((NOTATION / "config/timestamp" / other).read_bytes())
        with pytest.raises(TimestampInvalid, match="no chain leads"):
            verify_token(token, signature, [root])
    with pytest.raises(TimestampInvalid, match="something else"):
        verify_token(token, signature[::-1], [anchor])


@needs_vectors
def test_what_is_no_token_in_a_notation_signature() -> None:
    token, signature = _stamped("invalid-timestamped")
    with pytest.raises(Unreadable, match="ends within"):
        verify_token(token, signature, [])


def _stamped(layout: str) -> tuple[bytes, bytes]:
    """The token and the signature of the one notation envelope of a layout."""
    for path in (NOTATION / f"oci_layout/e2e-with-{layout}-signature/blobs/sha256").iterdir():
        with contextlib.suppress(ValueError):
            envelope = json.loads(path.read_bytes())
            if "protected" in envelope:
                token = base64.b64decode(envelope["header"]["io.cncf.notary.timestampSignature"])
                return token, base64.urlsafe_b64decode(envelope["signature"] + "==")
    raise AssertionError("there is no envelope in the layout")
